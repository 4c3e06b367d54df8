"""Going through the steps, and finding the dependency that breaks one."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from newest.culprits import culprits
from newest.failure import StepError
from newest.steps import ALL
from newest.user import DEPENDENCIES, GENERATION, User
from newest.versions import Package, Versions, differing

if TYPE_CHECKING:
    from collections.abc import Sequence

# Does a step again from its beginning: with these versions held, up to that part of it.
Again = Callable[[Versions, str | None], None]


class UnexplainedError(Exception):
    """A step fails, and with the versions that are known to work as well."""


class Search:
    """All the steps of all the kinds of project.

    Args:
        user: Who does them.
        good: The versions that are known to work.
        say: Prints a line.

    Attributes:
        used: The versions that were installed.
        found: A line for each failure that a dependency explains.
    """

    def __init__(self, user: User, good: Versions, say: Callable[[str], None] = print) -> None:
        self.user, self.good, self._say = user, good, say
        self.used: Versions = {}
        self.found: list[str] = []
        self._held: Versions = {}  # what was found to break something, as it was when it did not

    def all_kinds(self) -> None:
        """Go through all the steps; where something breaks one, hold that and go on.

        Raises:
            UnexplainedError: A step fails, and no dependency explains it.
        """
        for kind, steps in ALL.items():
            self.step(f"{kind}, {GENERATION}", lambda held, _, k=kind: self.user.generate(held, k))
            self.step(f"{kind}, {DEPENDENCIES}", lambda held, _: self.user.install(held))
            self.used |= self.user.versions()
            for step in steps:
                name = f"{kind}, {step.__name__}"
                self.step(name, partial(self._install_and, step), partial(step, self.user, None))

    def step(self, name: str, again: Again, first: Callable[[], None] | None = None) -> None:
        """Do a step, and find what breaks it.

        Args:
            name: For whoever reads.
            again: Does it.
            first: Does it where everything is ready for it.
        """
        began, known = time.monotonic(), len(self.found)
        failure = _failure(first or partial(again, self._held, None))
        if failure:
            self._say(f"{name}: {failure.step} failed; once more")
            once, failure = failure, _failure(partial(again, self._held, None))
            if not failure:
                self._say(f"{name}: {once.step} failed once, and not again: {once.reason}")
        while failure:
            self._explain(name, failure, again)
            failure = _failure(partial(again, self._held, None))
        if len(self.found) == known:
            self._say(f"{name}: {time.monotonic() - began:.0f} s")

    def _install_and(
        self, step: Callable[[User, str | None], None], held: Versions, last: str | None
    ) -> None:
        self.user.install(held)
        step(self.user, last)

    def _explain(self, name: str, failure: StepError, again: Again) -> None:
        """Say which dependency it is, and hold it from here on."""
        now = self.user.versions()
        suspects = self._suspects(failure, now)
        self._say(f"{failure.output[-4000:]}\n{name}: {len(suspects)} packages are suspects")

        def fails(free: Sequence[Package]) -> bool:
            held = {one: self.good[one] for one in suspects if one not in free}
            other = _failure(partial(again, self._held | held, failure.step))
            same = other is not None and other.step == failure.step
            self._say(f"  with {len(free)} of them as they are: {'fails' if same else 'does not'}")
            return same

        what = f"{name}: {failure.step} fails"
        if not suspects or fails([]):
            raise UnexplainedError(f"{what}, and no dependency explains it: {failure.reason}")
        guilty = culprits(suspects, fails)
        names = " and ".join(f"{one.name} {now.get(one, '')}".strip() for one in guilty)
        last = ", ".join(f"{one.name} {self.good[one]}" for one in guilty)
        self.found.append(f"{what} with {names} (last good: {last}): {failure.reason}")
        self._say(self.found[-1])
        self._held |= {one: self.good[one] for one in guilty}

    def _suspects(self, failure: StepError, now: Versions) -> list[Package]:
        """Return what may be the reason: where nothing could be installed, all that is known."""
        suspects = list(self.good) if failure.step == DEPENDENCIES else differing(now, self.good)
        # Of the tools, only uv has to do with a project that is there; it is nothing to the first.
        places = {GENERATION: "tools"}.get(failure.step, "project")
        return [
            one
            for one in suspects
            if one not in self._held
            and (one.place == places or (one.place, one.name) == ("tools", "uv"))
        ]


def _failure(action: Callable[[], None]) -> StepError | None:
    try:
        action()
    except StepError as failure:
        return failure
    return None
