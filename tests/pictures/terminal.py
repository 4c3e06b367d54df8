"""A terminal session as a picture: what commands print on a real one, drawn as SVG."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COLUMNS = 98
QUESTION = re.compile(r": \x1b\[0m?$|: $")
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\x1b[78=>]|\x1b\].*?(?:\x07|\x1b\\)|\r(?=\n)")


def shown(
    *command: str | Path,
    cwd: Path,
    env: dict[str, str],
    enough: Callable[[str], bool] = lambda _: False,
    seconds: float = 300,
) -> str:
    """Run a command on a terminal, type Enter whenever it asks, and return what it showed.

    Once it has shown enough, Ctrl-C is typed, and what it shows to its end belongs to it.
    """
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    modes = termios.tcgetattr(its)
    modes[3] &= ~termios.ISIG  # not everywhere does a terminal of this sort interrupt: we do
    termios.tcsetattr(its, termios.TCSANOW, modes)
    terminal = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "UV_NO_PROGRESS": "1"}
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=env | terminal,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    output, answered, stopped = b"", 0, False
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            said_more = bool(select.select([ours], [], [], 0.2)[0])
            if said_more:
                try:
                    output += os.read(ours, 65536)
                except OSError:  # on Linux, this is how a terminal says that nobody is left
                    break
            text = output.decode("utf-8", "replace")
            if not stopped and enough(plain(text)):
                os.write(ours, b"\x03")  # which it shows
                os.killpg(process.pid, signal.SIGINT)
                stopped = True
            elif not said_more and len(output) > answered and QUESTION.search(text):
                # It waits: a line whose first half ends as a question does would have gone on.
                answered = len(output)
                os.write(ours, b"\n")
        else:
            raise SystemExit(f"{command}: not done in {seconds} s\n{output.decode()}")
        process.wait(30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        os.close(ours)
    return MOVES.sub("", output.decode("utf-8"))


def plain(text: str) -> str:
    """Return what a person reads of a terminal's output."""
    return re.sub(r"\x1b\[[0-9;]*m", "", MOVES.sub("", text))


FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<style>{styles}
.{unique_id}-matrix{{font:{char_height}px/{line_height}px "Fira Code",Menlo,Consolas,\
"DejaVu Sans Mono",monospace;white-space:pre}}
.{unique_id}-title{{font:bold 18px sans-serif}}</style>
<defs>{lines}</defs>{chrome}
<g transform="translate({terminal_x},{terminal_y})">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def drawing(text: str, title: str) -> str:
    """Return an SVG of that text, in its colours, with its own background and border.

    The frame is ours, since Rich's names fonts that are elsewhere, which a page does not load.
    """
    console = Console(
        record=True, file=StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(text.rstrip()))
    svg = console.export_svg(title=title, code_format=FRAME, unique_id="t")
    return re.sub(r"\n\s+", "\n", svg)
