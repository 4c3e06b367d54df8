"""How long a command takes, as every benchmark here measures it."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def seconds(*command: str | Path, cwd: Path, env: dict[str, str]) -> float:
    """Run a command once, which has to succeed; return how long it took."""
    before = time.perf_counter()
    # Without a time-out: waiting with one polls, in steps of the size of what is measured here.
    subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - before
