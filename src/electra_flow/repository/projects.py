"""Which projects there are below a folder, and which other folders each of them depends on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from electra_flow.checks.library import NAME, path_of_wheel, requirements
from electra_flow.checks.path_dependencies import path_dependencies
from electra_flow.checks.toml_file import TomlError, parse, read_text, table
from electra_flow.generation.vendor import repository_above

# Where no project is, and where looking would take long.
_NOT_LOOKED_AT = {"__pycache__", "build", "dist", "node_modules", "site-packages", "vendor", "venv"}


@dataclass(frozen=True)
class FlowProject:
    """A project of flows, as its folder says it.

    Attributes:
        folder: Its folder, an absolute path.
        top: The top of its Git repository; its own folder if it stands in none.
        name: Its name in pyproject.toml, or else its folder's.
        library: The version of electra-flow that it asks for; None if it names no single one.
        wheel: The library's wheel that it names, an absolute path; None if it names none.
        needs: The folders of its path dependencies, and of theirs, absolute paths.
        problem: Why nothing can be done with it, a sentence of Spanish; None if it is in order.
    """

    folder: Path
    top: Path
    name: str
    library: str | None = None
    wheel: Path | None = None
    needs: tuple[Path, ...] = ()
    problem: str | None = None

    @property
    def place(self) -> str:
        """Its place in the repository, with slashes; «.» if it is the whole of it."""
        return self.folder.relative_to(self.top).as_posix()


def find_projects(folder: Path) -> list[FlowProject]:
    """Return the projects in a folder and below it, in the order of their places.

    What has a `deploy.py` beside a `pyproject.toml` that depends on electra-flow is one, and so is
    what of them cannot be read: it has a `problem`. Hidden folders and environments are left out.
    """
    return sorted(_projects(folder.resolve()), key=lambda project: project.folder)


def _projects(folder: Path) -> Iterator[FlowProject]:
    for path, folders, files in os.walk(folder):
        if {"deploy.py", "pyproject.toml"} <= set(files):
            project = _read(Path(path))
            if project is not None:
                yield project
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_LOOKED_AT
            and not Path(path, name, "pyvenv.cfg").exists()
        ]


def _read(folder: Path) -> FlowProject | None:
    """Return the project of a folder; None if what stands there is something else."""
    top = Path(repository_above(str(folder)) or folder)
    try:
        settings = _pyproject(folder)
    except TomlError as problem:
        return FlowProject(folder, top, folder.name, problem=f"{problem}.")
    name = str(table(settings, "project").get("name") or folder.name)
    if (folder / "deployment" / "deploy.py").is_file():
        old = "Es de la versión 0.1.0: pasalo a la de ahora (electra-flow docs actualizar)."
        return FlowProject(folder, top, name, problem=old)
    asked = requirements(settings)
    if NAME not in asked:
        return None
    pinned = re.search(r"==\s*([^\s,;]+)", asked[NAME])
    path = path_of_wheel(folder)
    return FlowProject(
        folder=folder,
        top=top,
        name=name,
        library=pinned[1] if pinned else None,
        wheel=_absolute(folder, path) if path else None,
        needs=tuple(sorted(path_dependencies(folder, settings))),
    )


def _absolute(folder: Path, path: str) -> Path:
    return Path(os.path.normpath(folder / path))


def _pyproject(folder: Path) -> dict[str, Any]:
    text = read_text(str(folder / "pyproject.toml"), "pyproject.toml")
    return parse(text or "", "pyproject.toml")
