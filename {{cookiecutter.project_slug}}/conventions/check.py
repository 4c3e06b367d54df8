"""Qué se revisa: todas las reglas sobre todo el proyecto."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conventions.exemptions import apply_exemptions
from conventions.project import read_project
from conventions.rules import (
    block_names,
    credentials,
    dates,
    deploying,
    environments,
    github,
    loading,
    logs,
    prefect_yaml,
    schedules,
    tasks,
)

if TYPE_CHECKING:
    from pathlib import Path

    from conventions.findings import Finding

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
)


def check(folder: Path) -> list[Finding]:
    """Devuelve los hallazgos de un proyecto, en orden."""
    project = read_project(folder)
    found = {finding for rule in RULES for finding in rule.check(project)}
    return sorted([*project.problems, *apply_exemptions(project, found)])
