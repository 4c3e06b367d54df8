"""Whether a worker of another user can read what a run needs, where it runs on this machine.

What it cannot read ends each of its runs before they begin, as «Crashed», while the author, who can,
sees nothing wrong.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from electra_flow.checks.finding import UV_RUN, Finding, warning
from electra_flow.checks.machine import workers_of

_READ, _ENTER = 4, 1  # bits of a file's mode


def check_readable(pool: str, folder: Path) -> Iterator[Finding]:
    """Warn of what the workers of a pool on this machine, of other users, cannot read.

    Args:
        pool: The work pool.
        folder: The project's folder, which its runs begin in.
    """
    if sys.platform == "win32":  # whose permissions are no bits
        return
    python = Path(sys.executable)
    needed = [folder, python, python.resolve(), Path(sys.base_prefix)]
    for user in sorted(set(_users(pool)) - {os.geteuid(), 0}):
        groups, name = _groups(user)
        closed = [place for path in needed if (place := _closed(path, user, groups))]
        if closed:
            yield warning(
                f"El worker corre con el usuario {name}, que no puede leer {closed[0]}: sus "
                "ejecuciones no empezarían.",
                f"{UV_RUN}electra-flow docs worker",
            )


def _users(pool: str) -> Iterator[int]:
    for process in workers_of(pool):
        with contextlib.suppress(OSError):  # it has ended
            yield process.stat().st_uid


def _groups(user: int) -> tuple[set[int], str]:
    """Return the groups of a user, and its name."""
    import pwd

    try:
        known = pwd.getpwuid(user)
    except KeyError:
        return set(), str(user)
    return set(os.getgrouplist(known.pw_name, known.pw_gid)), known.pw_name


def _closed(path: Path, user: int, groups: set[int]) -> Path | None:
    """Return the first folder on the way that a user cannot enter, or the path if it cannot read it."""
    for place in [*reversed(path.absolute().parents), path]:
        try:
            status = place.stat()
        except OSError:
            return place
        needed = _ENTER if place.is_dir() else 0
        needed |= _READ if place == path else 0
        if status.st_uid == user:
            bits = status.st_mode >> 6
        elif status.st_gid in groups:
            bits = status.st_mode >> 3
        else:
            bits = status.st_mode
        if bits & needed != needed:
            return place
    return None
