"""The schedules of `deploy.py` and those that the server has, merged.

Never may a schedule that an operator stopped run, or one that ran stop, because of a deployment.
Where it cannot be known which is which, that is said, and they are left paused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from electra_flow.deploying.same_schedule import Matching, describe, has_start, match, same

if TYPE_CHECKING:
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.schedules import Schedule


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
    found = match(declared, stored)
    new = [index for index in range(len(declared)) if index not in found.pairs]
    # One that is left on each side is the same, with another hour; of several, it is not known.
    if len(new) == len(found.rest) == 1 and found.is_sole(declared[new[0]], found.rest[0]):
        found.pair(new.pop(), found.rest[0])
    # A new one may be one that is left, in another state than a new one has.
    candidates = found.rest + found.forgotten
    unclear = bool(new) and any(old.active != starts_active for old in candidates)
    merge = Merge([])
    for index, schedule in enumerate(declared):
        old = found.pairs.get(index)
        running = old.active if old else starts_active and not unclear
        active = schedule.active and (activate or running and index not in found.unsure)
        schedule = replace(_with_stored_anchor(schedule, old, found), active=active)
        merge.schedules.append(schedule)
        merge.inactive |= declared[index].active and not active
        merge.changes += _told(schedule, old, redeployed=bool(stored))
    for gone in found.rest:
        was = "" if gone.active else " (estaba en pausa)"
        merge.changes.append(f"desaparece {describe(gone.schedule, gone.parameters)}{was}")
    if (unclear or found.unsure) and not activate:
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


def _told(new: Schedule, old: DeploymentSchedule | None, *, redeployed: bool) -> list[str]:
    name = describe(new, new.parameters)
    if old is None:
        if redeployed:
            return [f"se agrega {name}{'' if new.active else ' (en pausa)'}"]
        return [] if new.active else [f"nueva, en pausa: {name}"]
    if not same(new, old):
        before = describe(old.schedule, old.parameters)
        pause = " (queda en pausa)" if old.active else " (sigue en pausa)"
        return [f"cambia {before} por {name}{'' if new.active else pause}"]
    if new.active and not old.active:
        return [f"se activa {name}"]
    return [] if new.active else [f"{'queda' if old.active else 'sigue'} en pausa {name}"]


def _with_stored_anchor(
    schedule: Schedule, old: DeploymentSchedule | None, found: Matching
) -> Schedule:
    """Keep the server's start of an interval that declares none.

    Prefect takes the moment of deploying then, and each deployment would move the hour.
    """
    if not schedule.interval or has_start(schedule):
        return schedule
    rules: list[Any] = [item.schedule for item in ([old] if old else found.rest)]
    for rule in rules:
        if getattr(rule, "interval", None) == schedule.interval:
            return replace(schedule, anchor_date=rule.anchor_date)
    return schedule
