"""Con qué corre el flujo: el intérprete y el commit, para saber después qué fue lo que corrió."""

import platform
import subprocess
import sys
from pathlib import Path
{%- if cookiecutter.source == "github" %}

from prefect.runtime import deployment
{%- endif %}

PROJECT = Path(__file__).resolve().parents[1]


def run_info() -> str:
    """Describe la ejecución: «Python 3.12.1 (…/bin/python), commit 1a2b3c4d5e6f».
{%- if cookiecutter.source == "github" %}

    Raises:
        RuntimeError: Si corre un despliegue con otras dependencias que las del proyecto.
    """
{%- else %}"""{% endif %}
{%- if cookiecutter.source == "github" %}
    if deployment.id and not Path(sys.prefix).resolve().is_relative_to(PROJECT):
        raise RuntimeError(
            f"La ejecución usa {sys.executable}, y no el entorno del proyecto: el worker tiene que "
            "encontrar uv y ser Prefect 3.8 o más nuevo."
        )
{%- endif %}
    return f"Python {platform.python_version()} ({sys.executable}), {_commit()}"


def _commit() -> str:
    """Devuelve el commit del código, y si tiene cambios encima."""
    command = ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=, con cambios"]
    try:
        output = subprocess.check_output(
            command, cwd=PROJECT, stderr=subprocess.DEVNULL, encoding="utf-8", timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "sin commit"
    return f"commit {output.strip()}"
