"""What `dev` writes: its own lines, and those of the runs after the name of their deployment."""

from __future__ import annotations

import os
import re
import sys
from threading import Lock
from typing import TYPE_CHECKING

from electra_flow.deploying.wording import STYLES

if TYPE_CHECKING:
    from rich.text import Text

    from electra_flow.checks.finding import Finding

NAMES = ("cyan", "magenta", "blue", "green", "yellow")
LEVELS = {
    "DEBUG": "dim",
    "WARNING": "yellow",
    "ERROR": "bold red",
    "CRITICAL": "bold red",
}
LEVEL = re.compile(rf"\b({'|'.join(LEVELS)})\b")
# A line of Prefect's own format, of which the deployment's name makes the run's superfluous.
LINE = re.compile(
    r"(?P<time>\d\d:\d\d:\d\d)\.\d{3} \| (?P<level>[A-Z]+) *\| "
    r"(?:Flow run '[^']*' - |Task run '(?P<task>[^']*)' - )?(?P<text>.*)"
)
# What it tells of each run before the flow begins.
STEPS = re.compile(
    r"(Running \d+ deployment pull|Executing deployment|Deployment|All deployment) step"
)


class Terminal:
    """The output of `dev`, which several threads write to, a line at a time."""

    def __init__(self) -> None:
        """Take the standard output as it is now: while something is deployed, it is another one."""
        self._stream = sys.stdout
        self._lock = Lock()
        self._names: dict[str, str] = {}
        self._coloured = self._stream.isatty()
        if self._coloured:
            from rich.console import Console  # it knows the terminals of Windows, and NO_COLOR

            self._console = Console(file=self._stream)

    def say(self, text: str, style: str = "") -> None:
        """Write a line of our own."""
        self._write(text, [(style, 0, len(text))])

    def show(self, finding: Finding) -> None:
        """Write what a check found."""
        self._write(str(finding), [(STYLES[finding.level], 0, len(finding.level))])

    def tell(self, name: str, line: str) -> None:
        """Write a line of a run, after the name of its deployment."""
        short = shorter(line)
        if short is None:
            return
        line = short
        own = self._names.setdefault(name, NAMES[len(self._names) % len(NAMES)])
        head = f"{name} | "
        spans = [(own, 0, len(head))]
        if level := LEVEL.search(line):
            first = len(head) + level.start()
            spans.append((LEVELS[level[1]], first, first + len(level[1])))
        self._write(head + line, spans)

    def _write(self, text: str, spans: list[tuple[str, int, int]]) -> None:
        with self._lock:
            try:
                if self._coloured:
                    self._console.print(_styled(text, spans), soft_wrap=True)
                else:
                    self._stream.write(f"{text}\n")
                    self._stream.flush()
            except OSError:  # the terminal has gone, or who read this: there is nobody to tell
                self._coloured = False
                self._stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def shorter(line: str) -> str | None:
    """Return a line as it is shown here; None if it is not worth showing."""
    match = LINE.fullmatch(line)
    if match is None:
        return line
    if match["level"] == "INFO" and STEPS.match(match["text"]):
        return None
    task = f"{match['task']}: " if match["task"] else ""
    return f"{match['time']} | {match['level']:7} | {task}{match['text']}"


def _styled(text: str, spans: list[tuple[str, int, int]]) -> Text:
    from rich.text import Text

    styled = Text(text)
    for style, first, last in spans:
        styled.stylize(style, first, last)
    return styled
