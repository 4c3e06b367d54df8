"""Husos horarios: solo la zona canónica de un lugar; nunca UTC ni un alias."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

import tzdata  # las tablas de IANA

SUGGESTED = "America/Argentina/Buenos_Aires"
_DATA = Path(tzdata.__file__).with_name("zoneinfo")


class TimezoneProblem(NamedTuple):
    """Por qué una zona no sirve, y cuál usar."""

    reason: str
    instead: str


def timezone_problem(name: str | None) -> TimezoneProblem | None:
    """Dice por qué `name` no sirve como huso horario de una programación.

    Args:
        name: Nombre de una zona de IANA, como «America/Argentina/Buenos_Aires».

    Returns:
        El problema; None si la zona sirve. Sirven las de `zone.tab`, la lista de IANA
        para elegir una zona por su lugar.
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
    """Lee las zonas por lugar."""
    rows = (_DATA / "zone.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(row.split("\t")[2] for row in rows if not row.startswith("#"))


def _canonical(zones: frozenset[str]) -> dict[str, str]:
    """Lee el nombre canónico de cada zona y de cada alias, que van en minúsculas."""
    canonical = {}
    for line in (_DATA / "tzdata.zi").read_text(encoding="utf-8").splitlines():
        kind, *fields = line.split()
        if kind == "Z":  # Z zona reglas…
            canonical[fields[0].casefold()] = fields[0]
        elif kind == "L":  # L zona alias
            canonical[fields[1].casefold()] = fields[0]
    return canonical | {zone.casefold(): zone for zone in zones}


def _nearest(name: str, zones: frozenset[str]) -> str:
    """Devuelve la zona del lugar que más se parece, que suele ser la última parte del nombre."""
    import difflib  # solo hace falta cuando hay un error que explicar

    def place(zone: str) -> str:
        return zone.casefold().replace(" ", "_").rsplit("/", 1)[-1]

    places = {place(zone): zone for zone in sorted(zones)}
    near = difflib.get_close_matches(place(name), places, n=1, cutoff=0.75)
    return places[near[0]] if near else SUGGESTED
