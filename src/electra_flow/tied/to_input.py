"""A process that ends when its standard input does: whoever writes to it has ended, even if killed.

That is the same on every system, and needs neither signals nor a list of processes to end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread


def end_with_input(on_line: Callable[[], object] | None = None) -> None:
    """From now on end, with all that this process started, when nobody can write to it any more.

    Args:
        on_line: What is done once something is written to it.
    """
    if sys.platform != "win32":
        with suppress(PermissionError):  # it leads a group of its own already
            os.setpgid(0, 0)  # so that no Ctrl-C of the terminal ends it before its time
    Thread(target=_wait, args=(on_line,), name="input", daemon=True).start()


def end_group(leader: int) -> None:
    """End what a process that did so, and has ended, started itself; on Windows, a job does."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):  # there is nothing, or nothing of ours
            os.killpg(leader, signal.SIGKILL)


def _wait(on_line: Callable[[], object] | None) -> None:
    try:
        while os.read(0, 4096):  # not sys.stdin, which a flow may replace
            if on_line:
                on_line()
    except OSError:  # somebody closed it in this process: that says nothing about the other one
        return
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
