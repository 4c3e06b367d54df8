"""What Docker tells while it builds: the step, what it said, and a line for each that takes long."""

from __future__ import annotations

import contextlib
import re
from collections import deque
from typing import NamedTuple, TextIO

_STEP = re.compile(r"Step (\d+)/\d+ : (.+)")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_OF_DOCKER = re.compile(r" ?--->|Removing intermediate|Successfully |\[Warning\]")
_REASON = re.compile(r"\s*(error|×|E:|fatal)", re.IGNORECASE)
_LONGEST = 600  # letters of what is told of a failure


class Step(NamedTuple):
    """An instruction of a Dockerfile."""

    number: int
    command: str


class Progress:
    """A stream that `DockerImage` writes to.

    Attributes:
        step: The step that Docker is at; number 0 before the first one.
    """

    def __init__(self, out: TextIO) -> None:
        """Take the terminal: while `publish` runs, what is printed goes nowhere."""
        self.step = Step(0, "")
        self._out = out
        self._part = ""
        self._lines: deque[str] = deque(maxlen=12)

    def write(self, text: str) -> None:
        """Take what Docker says, in pieces of any length."""
        *lines, self._part = (self._part + text).split("\n")
        for line in (_COLOURS.sub("", line) for line in lines):
            if found := _STEP.match(line):
                self.step = Step(int(found[1]), " ".join(found[2].split()))
                self._lines.clear()
            elif line.startswith(" ---> Running in") and self.step.command.startswith("RUN"):
                self.say(f"    {self.step.command}")  # the others take no time, or are in the cache
            elif line.strip() and not _OF_DOCKER.match(line):
                self._lines.append(line.strip())

    def flush(self) -> None:
        """Nothing is held back."""

    def say(self, line: str) -> None:
        """Tell who waits."""
        with contextlib.suppress(OSError):  # nobody reads any more, as in `deploy.py | head -1`
            print(line, file=self._out, flush=True)

    def last_words(self) -> str:
        """Return why the step failed, in one line: from where it speaks of an error, or the last line."""
        rest = _COLOURS.sub("", self._part).strip()
        lines = [*self._lines, rest] if rest else list(self._lines)
        begins = [at for at, line in enumerate(lines) if _REASON.match(line)]
        said = " ".join(" ".join(lines[begins[-1] if begins else -1 :]).split())
        return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
