"""What `electra-flow deploy` writes: how far it is, and a line for each project at the end."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from electra_flow.checks.finding import Finding
from electra_flow.deploying.wording import say, show

DONE, FAILED, LEFT = "✔", "✘", "–"
_STYLES = {DONE: "green", FAILED: "bold red", LEFT: "dim"}


@dataclass(frozen=True)
class Outcome:
    """How it ended for a project.

    Attributes:
        mark: DONE, FAILED or LEFT.
        text: What is said of it, beside its place.
        more: What else is said, a line each.
    """

    mark: str
    text: str
    more: Sequence[str] = ()


def failed(what: str, reasons: Sequence[str]) -> Outcome:
    """Return the outcome of what was not done, with its reasons."""
    first, *others = reasons
    return Outcome(FAILED, f"{what}: {first}", others)


class Screen:
    """The terminal, or the file that stands for it."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._width = 0

    def progress(self, text: str) -> None:
        """Say how far it is, in a line that the next one replaces; nothing where that cannot be."""
        if self._is_terminal:
            # Without codes that only some terminals know: blanks over what was there.
            text = text[: shutil.get_terminal_size().columns - 1]
            print(f"\r{text:<{self._width}}", end="\r", flush=True)
            self._width = len(text)

    def find(self, finding: Finding) -> None:
        """Write what a check found."""
        self.progress("")
        show(finding)

    def say(self, text: str) -> None:
        """Write a line."""
        self.progress("")
        say(text)

    def tell(self, place: str, outcome: Outcome) -> None:
        """Write how it ended for a project."""
        line = f"{outcome.mark} {place}  {outcome.text}"
        if self._is_terminal:
            from rich.console import Console  # it knows the terminals of Windows, and NO_COLOR
            from rich.text import Text

            self.progress("")
            text = Text(line)
            text.stylize(_STYLES[outcome.mark], 0, 1)
            Console().print(text, soft_wrap=True)
        else:
            say(line)
        for more in outcome.more:
            say(f"    {more}")
