"""When a deployment runs, without Prefect, whose own classes take 1.7 seconds to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import prefect.schedules

BEGUN = datetime.now(UTC)  # before deploy.py declares anything


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What every schedule has; each kind says it too, since an editor shows a class's own words."""

    timezone: str | None = None
    active: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)
    slug: str | None = None


@dataclass(frozen=True)
class Cron(Schedule):
    """Una programación de cron: minuto, hora, día, mes y día de la semana.

    Attributes:
        cron: La expresión, como «30 1,13,17 * * *», en hora local del proyecto.
        day_or: Con False, tienen que coincidir el día y el día de la semana.
        timezone: Su huso horario; sin él, el del proyecto. Nunca UTC por omisión.
        active: Si corre; lo que un operador pone en pausa sigue en pausa.
        parameters: Los parámetros que cambian en las ejecuciones de esta programación.
        slug: Un nombre que la identifica, aunque cambie la hora.
    """

    cron: str
    day_or: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class Interval(Schedule):
    """Una programación cada tanto tiempo.

    Attributes:
        interval: Cada cuánto.
        anchor_date: Desde cuándo se cuenta; sin huso, es la hora local del proyecto.
            Si falta, se conserva la del servidor y, la primera vez, es el momento de desplegar.
        timezone: Su huso horario; sin él, el del proyecto. Nunca UTC por omisión.
        active: Si corre; lo que un operador pone en pausa sigue en pausa.
        parameters: Los parámetros que cambian en las ejecuciones de esta programación.
        slug: Un nombre que la identifica, aunque cambie la hora.
    """

    interval: timedelta
    anchor_date: datetime | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class RRule(Schedule):
    """Una programación con una regla de iCalendar (RFC 5545).

    Attributes:
        rrule: La regla, como «FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18;BYMINUTE=0;BYSECOND=0».
        timezone: Su huso horario; sin él, el del proyecto. Nunca UTC por omisión.
        active: Si corre; lo que un operador pone en pausa sigue en pausa.
        parameters: Los parámetros que cambian en las ejecuciones de esta programación.
        slug: Un nombre que la identifica, aunque cambie la hora.
    """

    rrule: str


def as_prefect(
    schedule: Schedule | prefect.schedules.Schedule, timezone: str
) -> prefect.schedules.Schedule:
    """Return a schedule as Prefect's own, in its zone or else in `timezone`.

    Raises:
        ValueError: If Prefect does not take it, such as a wrong cron expression.
    """
    import prefect.schedules

    given = {item.name: getattr(schedule, item.name) for item in fields(schedule)}
    given["timezone"] = zone = schedule.timezone or timezone
    given["parameters"] = dict(schedule.parameters)
    anchor = given.pop("anchor_date", None)
    if anchor is not None:
        if anchor.tzinfo is None:  # a local time, as everything else in deploy.py
            anchor = anchor.replace(tzinfo=ZoneInfo(zone))
        given["anchor_date"] = anchor.astimezone(UTC)
    return prefect.schedules.Schedule(**given)
