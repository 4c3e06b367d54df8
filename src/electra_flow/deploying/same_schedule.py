"""Which schedule of the server is which of `deploy.py`.

What the server gives back is not always what it was given: it writes a start into a rule without one,
and it forgets a schedule's parameters when somebody switches it on or off (Prefect 3.9.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from electra_flow.model.schedules import BEGUN

if TYPE_CHECKING:
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.schedules import Schedule

# The start that Prefect gives to a rule without one; to one of minutes or seconds, a later moment
# from which it falls on the same ones.
_DEFAULT_START = re.compile(r"DTSTART:20200101T000000Z?\n")
_WRITTEN_START = re.compile(
    r"DTSTART:(20200101T000000Z?|\d{8}T\d{6}(?=\n.*FREQ=(MINUTELY|SECONDLY)(?!.*COUNT=)))\n",
    re.DOTALL | re.IGNORECASE,
)


@dataclass
class Matching:
    """What is known of the schedules.

    Attributes:
        pairs: The server's schedule of each of deploy.py that has one, by its index.
        rest: The server's that belong to none.
        forgotten: The server's that were paired by their rule alone, since it forgot the parameters.
        unsure: The indices of those of which it is not known which of the server's they are, and
            whether an operator stopped that.
    """

    pairs: dict[int, DeploymentSchedule] = field(default_factory=dict)
    rest: list[DeploymentSchedule] = field(default_factory=list)
    forgotten: list[DeploymentSchedule] = field(default_factory=list)
    unsure: set[int] = field(default_factory=set)

    def pair(self, index: int, old: DeploymentSchedule) -> None:
        """Note that a schedule of deploy.py is one of the server's."""
        self.pairs[index] = old
        self.rest.remove(old)

    def is_sole(self, new: Schedule, old: DeploymentSchedule) -> bool:
        """Tell whether the only two that are left are the same for certain.

        One whose parameters the server forgot might be the other, unless these have the same.
        """
        if new.parameters and dict(new.parameters) == old.parameters:
            return True
        return all(other.active == old.active for other in self.forgotten)


def match(declared: Sequence[Schedule], stored: Sequence[DeploymentSchedule]) -> Matching:
    """Pair what is the same: by slug, by rule and parameters, and by rule where those are forgotten."""
    # Of two alike, one paused, the paused one first: it is the other that disappears.
    found = Matching(rest=sorted(stored, key=lambda old: old.active))
    for index, new in enumerate(declared):
        for old in [old for old in found.rest if new.slug and old.slug == new.slug][:1]:
            found.pair(index, old)
    # Those that name their own start first: what is left may be of those that do not.
    in_order = sorted(range(len(declared)), key=lambda index: not has_start(declared[index]))
    for index in in_order:
        new = declared[index]
        if index not in found.pairs and new.parameters:
            for old in [old for old in found.rest if same(new, old)][:1]:
                found.pair(index, old)
    for index in in_order:
        if index not in found.pairs:
            _match_bare(found, declared, declared[index], in_order)
    return found


def _match_bare(
    found: Matching, declared: Sequence[Schedule], new: Schedule, in_order: Sequence[int]
) -> None:
    """Pair the server's schedules without parameters of one rule, with all that they may be."""
    bare = [old for old in found.rest if not old.parameters and _alike(new, old)]
    group = [
        index
        for index in in_order
        if index not in found.pairs and any(_alike(declared[index], old) for old in bare)
    ]
    group.sort(key=lambda index: (bool(declared[index].parameters), not has_start(declared[index])))
    if any(declared[index].parameters for index in group):
        found.forgotten += bare
        stopped = [old for old in bare if not old.active]
        if stopped and (len(stopped) < len(bare) or len(group) > len(bare)):
            found.unsure.update(group)
    for index, old in zip(group, bare, strict=False):
        found.pair(index, old)


def same(new: Schedule, old: DeploymentSchedule) -> bool:
    """Tell whether a schedule of the server is as one of deploy.py says."""
    return _alike(new, old) and dict(new.parameters) == old.parameters


def has_start(schedule: Schedule) -> bool:
    """Tell whether a schedule of deploy.py names the moment that it is counted from.

    Prefect's own `Interval` takes the moment at which it is made.
    """
    if schedule.interval:
        return not BEGUN <= schedule.anchor_date <= datetime.now(UTC)
    return not schedule.rrule or "DTSTART" in schedule.rrule.upper()


def describe(schedule: Any, parameters: Mapping[str, Any]) -> str:
    """Name a schedule, of deploy.py or of the server, by all that tells it apart."""
    text = _rule(schedule, start=True)
    return f"{text}, con {dict(sorted(parameters.items()))}" if parameters else text


def _alike(new: Schedule, old: DeploymentSchedule) -> bool:
    """Tell whether the server's schedule has the rule of one of deploy.py, parameters aside."""
    start = has_start(new)
    return _rule(new, start=start) == _rule(old.schedule, start=start)


def _rule(schedule: Any, *, start: bool) -> str:
    """Write a rule; with `start`, by the moment that it is counted from as well."""
    zone = schedule.timezone or "UTC"
    details = [f"en {zone}"]
    if cron := getattr(schedule, "cron", None):
        rule = " ".join(cron.split())
        if not schedule.day_or:
            details.append("si coinciden el día y el día de la semana")
    elif interval := getattr(schedule, "interval", None):
        rule = f"cada {interval}"
        if start:
            anchor = schedule.anchor_date.astimezone(ZoneInfo(zone))
            details.append(f"desde {anchor:%d/%m/%Y %H:%M:%S}")
    else:
        written = _DEFAULT_START if start else _WRITTEN_START
        rule = " ".join(written.sub("", schedule.rrule).replace("RRULE:", "").split())
    return f"«{rule}» {', '.join(details)}"
