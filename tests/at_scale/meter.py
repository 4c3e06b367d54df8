"""What a measurement takes: processor seconds of process trees, memory, and how long answers take."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Tree:
    """The processor time of a process and all below it, also of those that have ended.

    Attributes:
        root: The process.
    """

    root: int

    def seconds(self) -> float:
        """Return its processor seconds so far."""
        return sum(map(_ticks, self._all())) / TICKS

    def megabytes(self) -> float:
        """Return the memory that is its own, shared pages counted once for each process."""
        return sum(map(_resident, self._all())) * PAGE / 1e6

    def processes(self) -> int:
        """Return how many there are now."""
        return len(self._all())

    def _all(self) -> list[int]:
        below: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            fields = _fields(path)
            if fields:
                below.setdefault(int(fields[1]), []).append(int(path.parent.name))
        found, level = [], [self.root]
        while level:
            found += level
            level = [child for one in level for child in below.get(one, [])]
        return found


def _fields(path: Path) -> list[str]:
    """Return the fields of a process from its state on; nothing if it has ended."""
    try:
        return path.read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _ticks(process: int) -> int:
    fields = _fields(Path(f"/proc/{process}/stat"))
    return sum(map(int, fields[11:15])) if fields else 0  # its own, and of children that ended


def _resident(process: int) -> int:
    fields = _fields(Path(f"/proc/{process}/stat"))
    return int(fields[21]) if fields else 0


@dataclass
class Measured:
    """How long something took, and what it cost.

    Attributes:
        seconds: By the clock.
        costs: Processor seconds of each tree.
        load: The machine's load when it began: who else is at work.
    """

    seconds: float = 0
    costs: dict[str, float] = field(default_factory=dict)
    load: float = 0


@contextmanager
def measured(trees: dict[str, Tree]) -> Iterator[Measured]:
    """Measure what is done meanwhile."""
    result = Measured(load=os.getloadavg()[0])
    before = {name: tree.seconds() for name, tree in trees.items()}
    begun = time.monotonic()
    yield result
    result.seconds = time.monotonic() - begun
    result.costs = {name: tree.seconds() - before[name] for name, tree in trees.items()}


def answer_times(ask: Callable[[], Any], times: int = 20) -> tuple[float, float]:
    """Return the median and the longest of some answers, in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), max(taken)


def all_at_once(work: Callable[[int], Any], number: int, threads: int) -> list[Any]:
    """Do something for each number, so many at a time."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(number)))
