"""Lo que ruff sabe decir de las convenciones, dicho en castellano y con qué escribir.

Las reglas están en ruff.toml, acá al lado, y no en el proyecto. Una excepción lleva el código de
ruff: `# noqa: T201 - motivo`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator

from electra_flow.conventions.banned import RULES, banned
from electra_flow.conventions.findings import Finding
from electra_flow.conventions.project import UNREADABLE, Project
from electra_flow.conventions.rules import dates, logs

CODES = ("T201", "TID251", "DTZ")


def check(project: Project) -> Iterator[Finding]:
    try:
        from ruff.__main__ import find_ruff_bin

        command = [find_ruff_bin(), "check", "--config", str(RULES), "--exit-zero", "--quiet"]
        done = subprocess.run(
            [*command, "--output-format", "json"],
            cwd=project.folder,
            capture_output=True,
            encoding="utf-8",
        )
    except (ImportError, OSError):
        yield Finding("pyproject.toml", 1, 1, UNREADABLE, "Falta ruff; corré: uv sync.")
        return
    if done.returncode and not project.problems:  # si no, ya se dijo
        reason = " ".join(done.stderr.split())
        yield Finding("pyproject.toml", 1, 1, UNREADABLE, f"ruff no puede revisar: {reason}")
    authors = {module.path for module in project.modules.values()}
    for item in json.loads(done.stdout or "[]"):
        path = os.path.relpath(item["filename"], project.folder).replace(os.sep, "/")
        if path in authors and (item["code"] or "").startswith(CODES):
            row, column = item["location"]["row"], item["location"]["column"]
            rule, text = _rule(project, item["code"], item["message"])
            yield Finding(path, row, column, f"{item['code']} {rule}", text)


def _rule(project: Project, code: str, message: str) -> tuple[str, str]:
    """Devuelve cómo se llama una regla de ruff, y qué está mal y qué escribir."""
    name = re.search(r"`([\w.]+)", message)[1]
    if code == "TID251":
        return "no-se-usa", logs.text(name, banned()[name])
    if code == "T201":
        return "logger", logs.text(name, logs.INSTEAD)
    return "fecha-sin-huso", dates.text(project, name)
