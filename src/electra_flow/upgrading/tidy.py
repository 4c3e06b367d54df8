"""Wheels that nobody names any more leave the repository."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection
from pathlib import Path


def remove_unused(top: Path, wheels: Collection[Path]) -> list[Path]:
    """Remove those wheels that no pyproject.toml of a repository names; return them.

    Args:
        top: The top of the repository.
        wheels: Wheels that projects had, or were to have.
    """
    left = {wheel for wheel in wheels if wheel.is_file()}
    for folder, folders, files in os.walk(top) if left else ():
        if "pyproject.toml" in files:
            with contextlib.suppress(OSError):
                content = Path(folder, "pyproject.toml").read_bytes()
                left = {wheel for wheel in left if wheel.name.encode() not in content}
        folders[:] = [
            name
            for name in folders
            if name != ".git" and not Path(folder, name, "pyvenv.cfg").exists()
        ]
    removed = []
    for wheel in sorted(left):
        with contextlib.suppress(OSError):
            wheel.unlink()
            removed.append(wheel)
            wheel.parent.rmdir()  # if it was the last one
    return removed
