"""Changes to files that can all be taken back."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


class Changes:
    """What was changed, as it was before."""

    def __init__(self) -> None:
        self._before: dict[Path, bytes | None] = {}
        self._made: list[Path] = []

    def keep(self, path: Path) -> None:
        """Remember a file as it is, before somebody else changes it.

        Raises:
            OSError: It cannot be read.
        """
        if path not in self._before:
            self._before[path] = path.read_bytes() if path.is_file() else None
            self._made += [folder for folder in path.parents if not folder.exists()]

    def write(self, path: Path, content: bytes | None) -> None:
        """Write a file as a whole; None takes it away, and folders in which nothing is left.

        Raises:
            OSError: It cannot be written.
        """
        self.keep(path)
        _write(path, content)
        if content is None:
            _remove_empty(path.parent)

    def undo(self) -> list[Path]:
        """Make everything as it was before; return what that was not possible for."""
        left = []
        for path, content in self._before.items():
            try:
                if (path.read_bytes() if path.is_file() else None) != content:
                    _write(path, content)
            except OSError:
                left.append(path)
        for folder in sorted(set(self._made), key=lambda folder: -len(folder.parts)):
            with contextlib.suppress(OSError):
                folder.rmdir()
        return left


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


def _remove_empty(folder: Path) -> None:
    """Take away folders in which nothing is left but what Python compiled."""
    while {part.name for part in folder.iterdir()} <= {"__pycache__"}:
        shutil.rmtree(folder, ignore_errors=True)
        folder = folder.parent
