"""The schedules of `deploy.py` and those that the server has, merged.

Never may a schedule that an operator stopped run, or one that ran stop, because of a deployment.
Where it cannot be known which is which, that is said, and they are left paused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.schedules import Schedule

# The start that Prefect gives to a rule without one, and what it wrote before 3.9.
_DEFAULT_START = re.compile(r"DTSTART:20200101T000000Z?\n")
# Prefect's own `Interval` takes the moment at which it is made as its anchor.
_JUST_NOW = timedelta(minutes=1)


@dataclass
class Merge:
    """What goes to the server, and what is said of it, a line each, in Spanish.

    Attributes:
        schedules: The schedules, in the order of `deploy.py`.
        changes: What changes, appears, disappears or stays as an operator left it.
        inactive: Whether one that is declared active stays inactive.
    """

    schedules: list[Schedule]
    changes: list[str] = field(default_factory=list)
    inactive: bool = False


def merge_schedules(
    declared: Sequence[Schedule],
    stored: Sequence[DeploymentSchedule],
    *,
    starts_active: bool = True,
    activate: bool = False,
) -> Merge:
    """Merge the schedules of `deploy.py` with those on the server.

    Args:
        declared: Those of deploy.py, with their zones.
        stored: Those that the server has now.
        starts_active: Whether a new one begins active: the environment's `schedules_active`.
        activate: Whether those that are declared active are to be switched on, whoever stopped them.
    """
    anchored = _with_stored_anchors(declared, stored)
    matches, rest = _match(anchored, stored)
    new = [index for index in range(len(anchored)) if index not in matches]
    merge = Merge([])
    # One that is left on each side is the same, with another hour; of several, it is not known.
    if len(new) == len(rest) == 1:
        matches[new[0]] = rest.pop()
        new = []
    unclear = _unclear(new, rest, starts_active=starts_active)
    for index, schedule in enumerate(anchored):
        old = matches.get(index)
        running = not unclear and starts_active if old is None else old.active
        active = schedule.active and (running or activate)
        merge.schedules.append(replace(schedule, active=active))
        merge.inactive |= schedule.active and not active
        merge.changes += _told(schedule, old, active=active, redeployed=bool(stored))
    for gone in rest:
        was = "" if gone.active else " (estaba en pausa)"
        merge.changes.append(f"desaparece {describe(gone.schedule, gone.parameters)}{was}")
    if unclear and not activate:
        merge.changes.append(
            "no se sabe cuál de las nuevas es cuál de las que estaban, y alguna estaba en pausa: "
            "quedan en pausa las nuevas"
        )
    return merge


def kept(stored: Sequence[DeploymentSchedule]) -> list[Schedule]:
    """Return the server's own schedules, to be passed back as they are."""
    from prefect.schedules import Schedule

    rules = ("cron", "interval", "rrule", "anchor_date", "day_or")
    schedules = []
    for old in stored:
        rule: Any = old.schedule  # a cron, an interval or a rule
        schedules.append(
            Schedule(
                **{name: getattr(rule, name) for name in rules if hasattr(rule, name)},
                timezone=rule.timezone,
                active=old.active,
                parameters=dict(old.parameters),
                slug=old.slug,
            )
        )
    return schedules


def describe(schedule: Any, parameters: Mapping[str, Any]) -> str:
    """Name a schedule, of deploy.py or of the server, by all that tells it apart."""
    zone = schedule.timezone or "UTC"
    details = [f"en {zone}"]
    if cron := getattr(schedule, "cron", None):
        rule = " ".join(cron.split())
        if not schedule.day_or:
            details.append("si coinciden el día y el día de la semana")
    elif interval := getattr(schedule, "interval", None):
        rule = f"cada {interval}"
        anchor = schedule.anchor_date.astimezone(ZoneInfo(zone))
        details.append(f"desde {anchor:%d/%m/%Y %H:%M:%S}")
    else:
        text = _DEFAULT_START.sub("", schedule.rrule)
        rule = " ".join(text.replace("RRULE:", "").split())
    if parameters:
        details.append(f"con {dict(sorted(parameters.items()))}")
    return f"«{rule}» {', '.join(details)}"


def _match(
    declared: Sequence[Schedule], stored: Sequence[DeploymentSchedule]
) -> tuple[dict[int, DeploymentSchedule], list[DeploymentSchedule]]:
    """Pair what is the same for certain: by slug, then by rule; return the pairs and the rest."""
    matches: dict[int, DeploymentSchedule] = {}
    rest = list(stored)
    for key in (_slug, _rule):
        for index, schedule in enumerate(declared):
            if index in matches or key(schedule) is None:
                continue
            same = [old for old in rest if key(old) == key(schedule)]
            if same:
                # Of two alike, one paused, the paused one: it is the other that disappears.
                matches[index] = min(same, key=lambda old: old.active)
                rest.remove(matches[index])
    return matches, rest


def _slug(schedule: Any) -> str | None:
    slug: str | None = schedule.slug
    return slug


def _rule(schedule: Any) -> str:
    return describe(getattr(schedule, "schedule", schedule), schedule.parameters)


def _unclear(new: list[int], rest: list[DeploymentSchedule], *, starts_active: bool) -> bool:
    """Tell whether a new schedule may be one that is left, in another state than a new one has."""
    return bool(new) and any(old.active != starts_active for old in rest)


def _told(
    new: Schedule, old: DeploymentSchedule | None, *, active: bool, redeployed: bool
) -> list[str]:
    name = describe(new, new.parameters)
    if old is None:
        if redeployed:
            return [f"se agrega {name}{'' if active else ' (en pausa)'}"]
        return [] if active else [f"queda en pausa {name}"]
    if _rule(new) != _rule(old):
        pause = "" if active else " (sigue en pausa)"
        return [f"cambia {_rule(old)} por {name}{pause}"]
    if active and not old.active:
        return [f"se activa {name}"]
    return [] if active else [f"sigue en pausa {name}"]


def _with_stored_anchors(
    declared: Sequence[Schedule], stored: Sequence[DeploymentSchedule]
) -> list[Schedule]:
    """Keep the server's start of an interval that declares none.

    Prefect takes the moment of deploying then, and each deployment would move the hour.
    """
    free: list[Any] = [old for old in stored if getattr(old.schedule, "interval", None)]
    result = []
    for new in declared:
        anchors = [old for old in free if old.schedule.interval == new.interval]
        if new.interval and _has_no_anchor(new) and anchors:
            # The most alike first: its slug, then its parameters and zone.
            old = max(
                anchors,
                key=lambda old, new=new: (  # type: ignore[misc]
                    new.slug is not None and old.slug == new.slug,
                    old.parameters == new.parameters,
                    old.schedule.timezone == new.timezone,
                ),
            )
            free.remove(old)
            new = replace(new, anchor_date=old.schedule.anchor_date)
        result.append(new)
    return result


def _has_no_anchor(schedule: Schedule) -> bool:
    return abs(datetime.now(UTC) - schedule.anchor_date) < _JUST_NOW
