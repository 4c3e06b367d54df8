"""What `electra-flow deploy` is asked for."""

from __future__ import annotations

from dataclasses import dataclass

DEPLOYED = "deployed"  # of --changed: from what is deployed


class UsageError(Exception):
    """What was typed cannot be done: the value, and what would work, in one line of Spanish."""


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes:
        environment: Where: «dev», «prod»…
        changed: The commit that projects have to differ from, or DEPLOYED; None for all of them.
        check: Only check.
        prune: Remove what is declared no longer.
        activate: Switch the declared schedules on.
        from_git: Leave the projects whose runs take the code from a folder of this machine.
        jobs: How many projects at a time.
    """

    environment: str
    changed: str | None
    check: bool
    prune: bool
    activate: bool
    from_git: bool
    jobs: int
