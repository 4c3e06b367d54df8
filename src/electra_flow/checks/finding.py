"""What a check found, and how the command that mends it is written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

UV_RUN = "uv run " if shutil.which("uv") else ""


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        level: «bien», «aviso» (does not stop a deployment), «error», or nothing: it only informs.
        text: What it is, in one line, in Spanish.
        fix: The command or the page that mends it.
    """

    level: str
    text: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.level:5}  {self.text}" + (f" Se arregla con: {self.fix}" if self.fix else "")


def ok(text: str) -> Finding:
    """Return what is as it should be."""
    return Finding("bien", text)


def warning(text: str, fix: str = "") -> Finding:
    """Return what does not stop a deployment, but should be known."""
    return Finding("aviso", text, fix)


def error(text: str, fix: str = "") -> Finding:
    """Return what stops a deployment."""
    return Finding("error", text, fix)
