"""El proyecto: sus archivos, cada uno leído una vez, y lo que deploy.py dice de él."""

from __future__ import annotations

import ast
import os
import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from electra_flow.checks.timezones import SUGGESTED, timezone_problem
from electra_flow.conventions.findings import EXEMPTION, Finding
from electra_flow.conventions.scopes import Module, index
from electra_flow.conventions.values import Constant, External, arguments, called, evaluate

UNREADABLE = f"{EXEMPTION} no-se-puede-leer"
MAX_SIZE = 2_000_000  # bytes; lo que es más grande no lo escribió una persona


@dataclass
class Project:
    """Un proyecto.

    Attributes:
        folder: Su carpeta.
        pyproject: Lo que dice pyproject.toml.
        modules: Los archivos de Python del autor, por su lugar: («src», «ventas»).
        problems: Lo que no se pudo leer.
    """

    folder: Path
    pyproject: dict[str, Any]
    modules: dict[tuple[str, ...], Module] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)

    @cached_property
    def timezone(self) -> str:
        """El huso que dice `Project(…)`, en deploy.py; el de Buenos Aires, si ese no sirve."""
        for call in self._ours("Project"):
            value = evaluate(arguments(call).values.get("timezone"))
            if isinstance(value, Constant) and isinstance(value.value, str):
                return SUGGESTED if timezone_problem(value.value) else value.value
        return SUGGESTED

    @cached_property
    def runs_from_github(self) -> bool:
        """Si algún entorno de deploy.py baja el código de un repositorio: `GitSource(…)`."""
        return any(self._ours("GitSource"))

    def _ours(self, name: str) -> Iterator[ast.Call]:
        """Da las llamadas de deploy.py a algo de electra_flow."""
        module = self.modules.get(("deploy",))
        for call in module.calls if module else ():
            value = called(call)
            if isinstance(value, External) and value.is_ours(name):
                yield call

    @property
    def name(self) -> str:
        return str(self._table("project").get("name", ""))

    def dependencies(self, *, dev: bool) -> list[str]:
        """Las dependencias declaradas; con `dev`, también las de las pruebas."""
        project = self._table("project")
        extras = project.get("optional-dependencies", {})
        lists = [project.get("dependencies", [])]
        lists += extras.values() if isinstance(extras, dict) else []
        groups = self._table("dependency-groups")
        lists += [group for name, group in groups.items() if dev or name != "dev"]
        return [item for names in lists if isinstance(names, list) for item in names]

    def _table(self, *path: str) -> dict[str, Any]:
        table: Any = self.pyproject
        for name in path:
            table = table.get(name, {}) if isinstance(table, dict) else {}
        return table if isinstance(table, dict) else {}

    @cached_property
    def calls(self) -> list:
        """Todas las llamadas del código."""
        return [call for module in self.modules.values() for call in module.calls]

    @cached_property
    def yaml_files(self) -> list[Path]:
        paths = (self.folder / name for name in ("prefect.yaml", "prefect.yml"))
        return [path for path in paths if path.is_file()]


def read_project(folder: Path) -> Project:
    """Lee un proyecto; lo que no se puede leer queda en `problems`."""
    project = Project(folder, {})
    try:
        project.pyproject = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        _report(project, "pyproject.toml", 1, 1, error)
    for path in sorted(_python_files(folder)):
        name = path.relative_to(folder).as_posix()
        _read(project, path, name)
    return project


def _python_files(folder: Path) -> list[Path]:
    """Busca los archivos de Python, salvo en carpetas ocultas y entornos virtuales."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith((".", "__pycache__", "node_modules"))
            and not os.path.exists(f"{parent}/{name}/pyvenv.cfg")  # noqa: PTH110 - pathlib es lento
        ]
        found += [Path(parent, name) for name in files if name.endswith((".py", ".pyw"))]
    return found


def _read(project: Project, path: Path, name: str) -> None:
    try:
        if path.stat().st_size > MAX_SIZE:
            return
        source = path.read_bytes().decode("utf-8-sig")
        parts = tuple(name.rsplit(".", 1)[0].removesuffix("/__init__").split("/"))
        with warnings.catch_warnings():  # un «\d» sin r es asunto de ruff
            warnings.simplefilter("ignore")
            project.modules[parts] = index(Module(name, parts, source, project))
    except SyntaxError as error:
        _report(project, name, error.lineno or 1, error.offset or 1, error.msg)
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        _report(project, name, 1, 1, error)


def _report(project: Project, name: str, line: int, column: int, error: object) -> None:
    reasons = {
        FileNotFoundError: "no está",
        UnicodeDecodeError: "no está en UTF-8; guardalo en UTF-8",
        RecursionError: "tiene expresiones demasiado anidadas; partilas en variables",
        MemoryError: "tiene expresiones demasiado anidadas; partilas en variables",
    }
    reason = reasons.get(type(error), f"no se puede leer: {' '.join(str(error).split())}")
    text = f"El archivo {reason}."
    project.problems.append(Finding(name, line, max(column, 1), UNREADABLE, text))
