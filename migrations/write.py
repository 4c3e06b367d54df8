"""All of a plan is written, or none of it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from electra_flow.generation.vendor import FOLDER, CannotPutError, put
from electra_flow.generation.wheel import Wheel
from migrations.problem import CannotThinError


def write_all(writes: Mapping[Path, str | None], wheel: Wheel, top: Path) -> bool:
    """Put the library into a repository, and write files; None takes one away.

    Returns:
        Whether the library was not there yet.

    Raises:
        CannotThinError: Something cannot be written; everything is as it was.
    """
    before = {path: path.read_bytes() if path.exists() else None for path in writes}
    had_folder = (top / FOLDER).exists()
    try:
        done = put(wheel, str(top))
    except CannotPutError as problem:
        raise CannotThinError(str(problem)) from None
    try:
        for path, text in writes.items():
            _write(path, None if text is None else text.encode())
    except BaseException as error:
        for path, content in before.items():
            with contextlib.suppress(OSError):
                _write(path, content)
        if done == "put":
            (top / FOLDER / wheel.name).unlink()
        if not had_folder:
            (top / FOLDER).rmdir()
        if not isinstance(error, OSError):
            raise
        raise CannotThinError(
            f"No se puede escribir {error.filename} ({error.strerror}): quedó todo como estaba; "
            "cerrá lo que lo tenga abierto y volvé a empezar."
        ) from None
    for path in writes:
        _remove_empty(path.parent, top)
    return bool(done)


def _write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _remove_empty(folder: Path, top: Path) -> None:
    """Take away folders in which nothing is left but what Python compiled."""
    while (
        folder != top
        and folder.is_dir()
        and {part.name for part in folder.iterdir()} <= {"__pycache__"}
    ):
        shutil.rmtree(folder, ignore_errors=True)
        folder = folder.parent
