"""The period of a report, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

PeriodName = Literal["diario", "semanal"]
DAYS = {"diario": 1, "semanal": 7}
WEEKDAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


@dataclass(frozen=True)
class Period:
    """From `start`, which is not part of it, to `end`, which is; in a zone.

    As a text it is what the report says: «de lun 23/11 23:55 a mar 24/11 23:55».
    """

    name: str
    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"de {local_time(self.start)} a {local_time(self.end)}"


def period_until(name: PeriodName, end: datetime, timezone: str) -> Period:
    """Return the day or the week that ends at `end`.

    It goes from a local time to the same local time: with a change of clocks in between, a day has
    23 or 25 hours. So each period begins where the one before it ended, and no run is left out or
    counted twice.

    Args:
        name: «diario» or «semanal».
        end: Where it ends; local time, if it has no zone.
        timezone: Its zone, as «America/Montevideo».

    Raises:
        ZoneInfoNotFoundError: If there is no such zone.
    """
    zone = ZoneInfo(timezone)
    local = end.replace(tzinfo=zone) if end.tzinfo is None else to_zone(end, zone)
    # Between two moments of one zone, Python subtracts what clocks show: just what this takes.
    return Period(name, local - timedelta(days=DAYS[name]), local)


def to_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment in another zone.

    Prefect's moments are Pendulum's, which subtracts in another way: Python's come out of here.
    """
    utc = moment.astimezone(UTC)
    return datetime.combine(utc.date(), utc.time(), UTC).astimezone(zone)


def local_time(moment: datetime) -> str:
    """Write a moment: «mar 24/11 23:55»."""
    return f"{WEEKDAYS[moment.weekday()]} {moment:%d/%m %H:%M}"
