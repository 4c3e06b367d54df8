"""Qué se revisa: todas las reglas sobre todo el proyecto."""

from __future__ import annotations

from typing import TYPE_CHECKING

from electra_flow.conventions.exemptions import apply_exemptions
from electra_flow.conventions.findings import Finding
from electra_flow.conventions.project import UNREADABLE, read_project
from electra_flow.conventions.rules import (
    block_names,
    credentials,
    dates,
    deploying,
    environments,
    github,
    loading,
    logs,
    of_ruff,
    prefect_yaml,
    schedules,
    tasks,
)

if TYPE_CHECKING:
    from pathlib import Path

RULES = (
    schedules,
    environments,
    logs,
    loading,
    credentials,
    block_names,
    tasks,
    github,
    dates,
    deploying,
    prefect_yaml,
    of_ruff,
)


def check(folder: Path) -> list[Finding]:
    """Devuelve los hallazgos de un proyecto, en orden."""
    project = read_project(folder)
    found: set[Finding] = set()
    for rule in RULES:
        try:
            found.update(rule.check(project))
        except RecursionError:
            text = "El proyecto tiene expresiones demasiado anidadas; partilas en variables."
            project.problems.append(Finding("pyproject.toml", 1, 1, UNREADABLE, text))
    return sorted([*project.problems, *apply_exemptions(project, found)])
