"""Where the library's wheel stands: one folder at the top of the repository, for all its projects."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Wheel(Protocol):
        """A file that is to stand there."""

        @property
        def name(self) -> str: ...
        @property
        def content(self) -> bytes: ...


FOLDER = "vendor"


class CannotPutError(Exception):
    """Why the wheel cannot stand there, and what to do, in one line of Spanish."""


def repository_above(project: str) -> str | None:
    """Return the folder of the Git repository that a project stands in, if there is one.

    As Git looks for it, GIT_CEILING_DIRECTORIES included, without a process of Git.
    """
    ceilings = os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)
    folder, outer = project, ""
    while folder != outer and folder not in ceilings:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        folder, outer = os.path.dirname(folder), folder
    return None


def put(wheel: Wheel, top: str) -> str:
    """Make a wheel stand in `top`, unless it does already.

    Returns:
        `put` if it was not there, `mended` if a damaged file was, and `` if nothing was done.

    Raises:
        CannotPutError: Nothing was changed.
    """
    folder = os.path.join(top, FOLDER)
    path = os.path.join(folder, wheel.name)
    there = _read(path)
    if there == wheel.content:
        return ""
    made = not os.path.isdir(folder)
    try:
        if made:
            os.makedirs(folder, exist_ok=True)  # another generation may be quicker
        _write(path, wheel.content)
    except OSError as error:
        if _read(path) == wheel.content:
            return ""  # one was, and Windows did not let its file be replaced
        if made:
            _remove_if_empty(folder)
        raise CannotPutError(_why_not(folder, path, error)) from None
    return "put" if there is None else "mended"


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _write(path: str, content: bytes) -> None:
    """Write a file that is there as a whole or not at all, whoever else writes it too."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.urandom(4).hex()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _remove_if_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass  # it is not there, or holds what others put there


def _why_not(folder: str, path: str, error: OSError) -> str:
    if os.path.lexists(folder) and not os.path.isdir(folder):
        return f"{folder} no es una carpeta, y ahí va la biblioteca: cambiale el nombre."
    if os.path.isdir(path):
        return f"{path} es una carpeta, y ese es el nombre de la biblioteca: borrala."
    return (
        f"No se puede escribir en {folder} ({error.strerror}), donde va la biblioteca de los "
        "flujos: pedí permiso de escritura, o generá el proyecto en otra carpeta."
    )
