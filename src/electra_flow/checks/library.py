"""The library's wheel in the repository: whether it is the one that the project asks for.

uv takes whatever wheel `tool.uv.sources` names, without a look at the version that the requirement
names; pip compares them. So they are compared here.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from electra_flow.checks.finding import UV_RUN, Finding, error
from electra_flow.checks.toml_file import TomlError, parse, read_text, table

NAME = "electra-flow"
PREFECT = '"prefect>=3.8,<4"'
_PATTERN = "electra_flow-*.whl"


def check_library(folder: Path) -> Iterator[Finding]:
    """Check that the wheel that a project depends on is there, whole, and of its version.

    Where the library comes from an index or from Git, only the rest is checked: that Prefect itself
    stands in the dependencies.

    Args:
        folder: The project's folder, with its pyproject.toml.
    """
    try:
        text = read_text(os.fspath(folder / "pyproject.toml"), "pyproject.toml")
        if text is None:
            yield error(
                "No está pyproject.toml, que dice con qué corre el proyecto.",
                "git checkout -- pyproject.toml",
            )
            return
        project = parse(text, "pyproject.toml")
    except TomlError as reason:
        yield error(f"{reason}.")
        return
    asked = requirements(project)
    path = _wheel(project)
    if "prefect" not in asked:
        yield error(
            "pyproject.toml no tiene prefect en dependencies: las ejecuciones desde Git no "
            "instalarían nada.",
            f"agregá {PREFECT} a dependencies y ejecutá {_sync(path)}",
        )
    if path is not None and NAME in asked:
        wheel = folder / path
        if wheel.is_file():
            yield from _check_versions(asked[NAME], wheel, path)
            yield from _check_content(wheel, path)
        else:
            yield _missing(folder, path)


def path_of_wheel(folder: Path) -> str | None:
    """Return the path of the library's wheel in `tool.uv.sources`, relative to the project's folder.

    Returns:
        None if the library comes from elsewhere, or pyproject.toml cannot be read.
    """
    try:
        text = read_text(os.fspath(folder / "pyproject.toml"), "pyproject.toml")
        return _wheel(parse(text or "", "pyproject.toml"))
    except TomlError:
        return None


def requirements(project: Mapping[str, Any]) -> dict[str, str]:
    """Return the project's dependencies by their normalised name."""
    found: dict[str, str] = {}
    dependencies = table(project, "project").get("dependencies")
    for requirement in dependencies if isinstance(dependencies, list) else ():
        name = re.match(r"\s*([\w.-]+)", str(requirement))
        if name:
            found[_normal(name[1])] = str(requirement)
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _wheel(project: Mapping[str, Any]) -> str | None:
    """Return the path of the wheel, if `tool.uv.sources` names one for the library."""
    for name, source in table(project, "tool", "uv", "sources").items():
        for place in source if isinstance(source, list) else [source]:
            path = table(place).get("path")
            if _normal(name) == NAME and isinstance(path, str) and path.endswith(".whl"):
                return path
    return None


def _check_versions(requirement: str, wheel: Path, path: str) -> Iterator[Finding]:
    """Compare the versions of the requirement, of the wheel's name and of what is installed."""
    version = _version(wheel)
    pinned = re.search(r"==\s*([^\s,;]+)", requirement)
    extras = re.search(r"\[.*?\]", requirement)
    line = f'"{NAME}{extras[0] if extras else ""}=={version}"'
    if not pinned or pinned[1].lower() != version.lower():
        asked = pinned[1] if pinned else "cualquier versión"
        yield error(
            f"pyproject.toml pide {NAME} {asked}, y su archivo es {wheel.name}.",
            f"escribí {line} en dependencies y ejecutá {_sync(path)}",
        )
        return
    try:
        installed = importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:  # who works on the library runs its source
        return
    if installed.lower() != version.lower():
        yield error(
            f"Está instalada {NAME} {installed}, y pyproject.toml pide {version}.", _sync(path)
        )


def _check_content(wheel: Path, path: str) -> Iterator[Finding]:
    """Check that the wheel is whole, and the one that its name says."""
    fix = f"git checkout -- {path}"
    try:
        with zipfile.ZipFile(wheel) as archive:
            damaged = archive.testzip()
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        yield error(f"{path} está dañado: no se puede leer.", fix)
        return
    if damaged:
        yield error(f"{path} está dañado, en {damaged}.", fix)
    elif f"electra_flow-{_version(wheel)}.dist-info/METADATA" not in names:
        yield error(f"{path} no es la versión que dice su nombre.", fix)


def _missing(folder: Path, path: str) -> Finding:
    """Say that the wheel is not there, and where it is: a project may have moved."""
    name = path.rpartition("/")[2]
    others: list[str] = []
    for above in [folder.resolve(), *folder.resolve().parents]:
        vendor = above / "vendor"
        if (vendor / name).is_file():
            right = Path(os.path.relpath(vendor / name, folder.resolve())).as_posix()
            return error(
                f"No está {path}: desde esta carpeta, es {right}.",
                f'escribí {NAME} = {{ path = "{right}" }} en tool.uv.sources y ejecutá {_sync(right)}',
            )
        others += sorted(file.name for file in vendor.glob(_PATTERN))
        if (above / ".git").exists():
            break
    text = f"No está {path}, que trae {NAME}"
    text += f"; hay {', '.join(others)}." if others else "."
    return error(text, f"git checkout -- {path}")


def _version(wheel: Path) -> str:
    return wheel.name.split("-")[1] if "-" in wheel.name else ""


def _sync(wheel: str | None) -> str:
    """Return the command that installs what pyproject.toml says."""
    if UV_RUN:
        return "uv sync"
    links = f"--find-links {PurePosixPath(wheel).parent} " if wheel else ""
    return f"pip install {links}-e ."
