"""The folder that an image is built from: what the project is made of, and nothing else.

    Dockerfile       the project's own, or the library's
    dependencias/    what `uv sync` reads: pyproject.toml, the lock, the library's wheel, shared packages
    codigo/          the rest of the project

Both hold the files at their places in the repository: where pyproject.toml says that the wheel is at
`../../vendor`, it is there. In two folders, a change of the code leaves what was installed in Docker's
cache. What Git ignores does not get in, be it a token or the environment of this machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from electra_flow.model.source import SourceError
from electra_flow.sources.fingerprint import files_of, parts_of

DOCKERFILE = "Dockerfile"
_NEEDED = ("pyproject.toml", "uv.lock", ".python-version")
# What never gets in, even where there is no Git to ignore it, or it is in a commit by mistake.
_NEVER = {".env", ".git", ".prefect", ".venv", "__pycache__"}


def has_dockerfile(project: Path) -> bool:
    """Tell whether a project has a Dockerfile of its own."""
    return (project / DOCKERFILE).is_file()


def dockerfile_of(project: Path) -> Path:
    """Return the Dockerfile of a project: its own, if it has one, or the library's."""
    return (project if has_dockerfile(project) else Path(__file__).parent) / DOCKERFILE


def place_of(project: Path) -> str:
    """Return the place of a project below what it is made of, with slashes; «.» if that is all.

    Raises:
        SourceError: If there is no such place.
    """
    return project.relative_to(_top(parts_of(project))).as_posix()


def write_context(project: Path, into: Path, *, exported: bool, ending: str) -> None:
    """Write what an image is built from into an empty folder.

    Args:
        project: The project's folder, as it is to be deployed.
        into: The folder.
        exported: Whether the project stands in an export of a commit, which holds nothing else.
        ending: The last lines of the Dockerfile.

    Raises:
        SourceError: If what the project is made of cannot be read.
    """
    parts = parts_of(project)
    top = _top(parts)
    needed = {*(project / name for name in _NEEDED), *(parts - {project})}
    try:
        (into / "codigo").mkdir()  # a project may be all dependencies
        for file in _files(parts) if exported else files_of(project):
            if _NEVER.isdisjoint(file.relative_to(top).parts):
                dependency = not needed.isdisjoint({file, *file.parents})
                folder = into / ("dependencias" if dependency else "codigo")
                _copy(file, folder / file.relative_to(top), top)
        text = dockerfile_of(project).read_text(encoding="utf-8")
        (into / DOCKERFILE).write_text(f"{text.rstrip()}\n{ending}", encoding="utf-8", newline="\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise SourceError(f"No se pudo juntar lo que va en la imagen: {problem}") from None


def _top(parts: Iterable[Path]) -> Path:
    """Return the folder that holds all that a project is made of."""
    try:
        return Path(os.path.commonpath([part if part.is_dir() else part.parent for part in parts]))
    except ValueError:  # of Windows
        raise SourceError(
            "Lo que pyproject.toml nombra por su ruta está en otra unidad de disco, y no entra en una "
            "imagen: llevalo a la del proyecto."
        ) from None


def _files(parts: Iterable[Path]) -> Iterable[Path]:
    for part in parts:
        if part.is_file():
            yield part
        for folder, folders, names in os.walk(part):
            links = [name for name in folders if Path(folder, name).is_symlink()]
            yield from (Path(folder, name) for name in (*names, *links))


def _copy(file: Path, to: Path, top: Path) -> None:
    """Copy a file with the rights that Git knows: those of this machine may be its owner's alone."""
    if file.is_symlink():
        target = Path(os.path.normpath(file.parent / file.readlink()))
        if not target.is_relative_to(top):
            raise SourceError(
                f"{file.relative_to(top).as_posix()} es un enlace a {target}, que no va en la imagen: "
                "poné ahí el archivo."
            )
    for folder in reversed(to.parents):
        if not folder.is_dir():
            folder.mkdir()
            folder.chmod(0o755)
    if file.is_symlink() or file.is_file():  # a submodule is a folder, which Git names, too
        shutil.copyfile(file, to, follow_symlinks=False)
    if not to.is_symlink() and to.is_file():
        to.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
