"""A step that failed, and the one line of its output that says why."""

from __future__ import annotations

import re

LONGEST = 200  # characters of that line
# What says why, best first: pytest's own mark, the end of a traceback, what a program calls an error.
TELLING = (
    r"^E\s+(\S.*)",
    r"^\W*((?:\w+\.)*\w*(?:Error|Exception|Failure): .+)",
    r"(?i)^\W*(error\b.*)",
)


class StepError(Exception):
    """A step that did not do what it has to.

    Attributes:
        step: Which.
        output: All that was printed.
    """

    def __init__(self, step: str, output: str) -> None:
        super().__init__(step, output)
        self.step, self.output = step, output

    @property
    def reason(self) -> str:
        """The line that says why, or the last one."""
        lines = re.sub(r"\x1b\[[\d;]*m", "", self.output).splitlines() or ["it printed nothing"]
        for pattern in TELLING:
            if found := next(filter(None, (re.match(pattern, line) for line in lines)), None):
                return found[1].strip()[:LONGEST]
        return next((line.strip() for line in reversed(lines) if line.strip()), lines[0])[:LONGEST]
