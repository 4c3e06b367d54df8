"""Saying things without ever failing: what is generated must not depend on who listens."""

from __future__ import annotations

import sys


def say(*lines: str) -> None:
    """Print lines at once; where nobody can hear them any more, be silent from then on.

    A closed pipe (`| head -1`), a closed output (`>&-`) and a full disk raise, and they do so once
    more when Python ends and flushes; its exit code would tell cookiecutter to delete the project.
    """
    try:
        for line in lines:
            print(line, flush=True)
    except (OSError, ValueError):
        _silence()


def speak_any_language() -> None:
    """Let a terminal that lacks a letter show something in its place."""
    if sys.stdout is not None:  # it is, where the output was closed before Python started
        try:
            sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        except (AttributeError, OSError, ValueError):
            _silence()


def _silence() -> None:
    import os

    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # what is still buffered goes there when Python ends
        os.close(nowhere)
    except OSError:
        pass
    sys.stdout = None
