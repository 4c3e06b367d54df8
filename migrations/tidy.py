"""Imports in order and ruff's format, as the project's own settings say, for what was rewritten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SORT = ("check", "--quiet", "--select=I", "--fix", "--exit-zero")
_FORMAT = ("format", "--quiet")


def tidy(before: str, after: str, path: Path) -> str:
    """Tidy a text as its author kept it: what was not tidy before would change needlessly.

    Args:
        before: The file's text.
        after: Its new text.
        path: The file, for the settings that hold for it.
    """
    for arguments in (_SORT, _FORMAT):
        if _ruff(arguments, before, path) == before:
            after = _ruff(arguments, after, path)
    return after


def _ruff(arguments: tuple[str, ...], text: str, path: Path) -> str:
    """Return what ruff makes of a text; the text itself where it cannot."""
    # Without --force-exclude and with the name given, the settings are those of its folder.
    command = [
        sys.executable,
        "-m",
        "ruff",
        *arguments,
        "--no-cache",
        "--stdin-filename",
        str(path),
        "-",
    ]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, cwd=path.parent)
    except OSError:
        return text
    return done.stdout.decode() if done.returncode == 0 else text
