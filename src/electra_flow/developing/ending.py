"""When `dev` ends, and that it does: by Ctrl-C, by a signal, or because who started it has ended."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from threading import Thread, Timer
from types import FrameType

LONGEST = 20.0  # seconds that ending in good order may take
LOOK = 1.0  # seconds between two looks at who started us


def end_when_told() -> None:
    """From now on raise KeyboardInterrupt for what asks a program to end, too."""
    signal.signal(signal.SIGTERM, _interrupt)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, _interrupt)
    elif signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup: it is to survive that
        Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()


def end_soon() -> None:
    """From now on end at once at the next Ctrl-C, and in any case after a while.

    What is left then ends by itself, because we have (`electra_flow.tied`).
    """
    signal.signal(signal.SIGINT, _exit)
    signal.signal(signal.SIGTERM, _exit)
    timer = Timer(LONGEST, os._exit, [1])
    timer.daemon = True
    timer.start()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _exit(_signal: int, _frame: FrameType | None) -> None:
    os._exit(1)


def _end_with_parent(parent: int) -> None:
    """End with `uv run`, which may be killed without us; on Windows, uv sees to it."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    _thread.interrupt_main()
