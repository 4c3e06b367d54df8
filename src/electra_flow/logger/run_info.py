"""What a flow runs with: interpreter, commit and image, to know later what it was that ran."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from electra_flow.logger import container

OWN_ENVIRONMENT = "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES"
COMMIT = "ELECTRA_FLOW_COMMIT"  # of the code in an image, which has no repository
GIT = (
    "git",
    # The worker may be another user than the folder's owner, whose code it runs anyway: the answer
    # is as safe as the run. (Git 2.38 or newer; an older one has its administrator's word for it.)
    *("-c", "safe.directory=*"),
    *("-c", "core.fsmonitor=false"),
    *("describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=, con cambios"),
)


def run_info() -> str:
    """Describe la ejecución: «Python 3.12.1 (…/bin/python), commit 1a2b3c4d5e6f».

    El commit es el del proyecto del archivo que llama. En un contenedor sigue la imagen, y si la empezó un
    worker, cuál y en qué máquina: «…, imagen ventas:1a2b3c4d5e6f, worker «ventas-1» en SERVIDOR7».

    Raises:
        RuntimeError: Si un despliegue que pide el entorno del proyecto corre con otro.
    """
    project = _project(sys._getframe(1).f_globals.get("__file__"))
    if _asks_for_own_environment() and not _is_own(Path(sys.prefix).resolve(), project):
        raise RuntimeError(
            f"La ejecución usa {sys.executable}, y no el entorno del proyecto: {_has_to_have()}."
        )
    python = f"Python {platform.python_version()} ({sys.executable})"
    return ", ".join([python, _commit(project), *_image(), *_worker()])


def _project(file: str | None) -> Path:
    """Return the nearest folder with a pyproject.toml, from the caller's file upwards.

    Wherever the working directory is: the file is in the project, or in its clone. Code without a
    file (`python -c`) has the working directory alone.
    """
    start = Path(file).resolve().parent if file else Path.cwd()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file():
            return folder
    return start


def _has_to_have() -> str:
    if container.is_own():
        return "la imagen tiene que traer uv y Prefect 3.8 o más nuevo"
    return "el worker tiene que encontrar uv y ser Prefect 3.8 o más nuevo"


def _asks_for_own_environment() -> bool:
    """Tell whether this is a run that a worker began, and that is to have its own environment."""
    asked = os.environ.get(OWN_ENVIRONMENT, "").lower() in {"true", "t", "1", "yes", "y", "on"}
    return asked and "PREFECT__FLOW_RUN_ID" in os.environ


def _is_own(prefix: Path, project: Path) -> bool:
    """Tell whether an environment is where uv puts the project's: inside of it, or as uv is told.

    In a uv workspace it is that of the workspace, above the project.
    """
    if told := os.environ.get("UV_PROJECT_ENVIRONMENT"):
        return prefix in {(folder / told).resolve() for folder in (project, *project.parents)}
    return prefix.is_relative_to(project) or (
        prefix.name == ".venv"
        and prefix.parent in project.parents
        and (prefix.parent / "pyproject.toml").is_file()
    )


def _commit(project: Path) -> str:
    """Return the commit of the code, and whether there are changes on top of it."""
    try:
        output = subprocess.check_output(
            GIT, cwd=project, stderr=subprocess.DEVNULL, encoding="utf-8", timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        told = os.environ.get(COMMIT)
        return f"commit {told}" if told else "sin commit"
    return f"commit {output.strip()}"


def _image() -> list[str]:
    image = container.image()
    return [f"imagen {image}"] if image else []


def _worker() -> list[str]:
    """Return which worker began this run, and where; nothing for a run without one."""
    name = os.environ.get("PREFECT__WORKER_NAME")
    return [f"worker «{name}» en {platform.node()}"] if name else []
