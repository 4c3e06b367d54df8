"""Time zones: only the canonical zone of a place; never UTC or an alias."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

import tzdata  # IANA's tables

SUGGESTED = "America/Argentina/Buenos_Aires"
_DATA = Path(tzdata.__file__).with_name("zoneinfo")


class TimezoneProblem(NamedTuple):
    """Why a zone will not do, in Spanish, and which to use."""

    reason: str
    instead: str


def timezone_problem(name: str | None) -> TimezoneProblem | None:
    """Say why `name` will not do as the zone of a schedule.

    Args:
        name: The name of an IANA zone, such as «America/Argentina/Buenos_Aires».

    Returns:
        The problem; None if it will do. Those of `zone.tab` do, IANA's list to choose a zone by its
        place.
    """
    zones = _zones()
    if name in zones:
        return None
    if not name:
        return TimezoneProblem("está vacío y correría en UTC", SUGGESTED)
    canonical = _canonical(zones).get(name.casefold())
    if canonical in zones:
        return TimezoneProblem("no es el nombre canónico de la zona", canonical)
    if canonical or name.casefold().startswith(("utc", "gmt", "etc/")):
        return TimezoneProblem("es UTC o una hora fija, no la hora de un lugar", SUGGESTED)
    return TimezoneProblem("no es una zona de IANA", _nearest(name, zones))


@functools.cache
def _zones() -> frozenset[str]:
    """Read the zones by place."""
    rows = (_DATA / "zone.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(row.split("\t")[2] for row in rows if not row.startswith("#"))


def _canonical(zones: frozenset[str]) -> dict[str, str]:
    """Read the canonical name of each zone and alias, which are in lower case."""
    canonical = {}
    for line in (_DATA / "tzdata.zi").read_text(encoding="utf-8").splitlines():
        kind, *fields = line.split()
        if kind == "Z":  # Z zone rules…
            canonical[fields[0].casefold()] = fields[0]
        elif kind == "L":  # L zone alias
            canonical[fields[1].casefold()] = fields[0]
    return canonical | {zone.casefold(): zone for zone in zones}


def _nearest(name: str, zones: frozenset[str]) -> str:
    """Return the zone whose place, usually the last part of a name, is the most like it."""
    import difflib  # only needed where there is a mistake to explain

    def place(zone: str) -> str:
        return zone.casefold().replace(" ", "_").rsplit("/", 1)[-1]

    places = {place(zone): zone for zone in sorted(zones)}
    near = difflib.get_close_matches(place(name), places, n=1, cutoff=0.75)
    return places[near[0]] if near else SUGGESTED
