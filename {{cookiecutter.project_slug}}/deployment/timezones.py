"""Husos horarios: solo la zona canónica de un lugar; nunca UTC ni un alias."""

from __future__ import annotations

import difflib
import functools
from importlib import resources

SUGGESTED = "America/Argentina/Buenos_Aires"


def timezone_problem(name: str | None) -> str | None:
    """Dice por qué `name` no sirve como huso horario de una programación.

    Args:
        name: Nombre de una zona de IANA, como «America/Argentina/Buenos_Aires».

    Returns:
        El motivo y el nombre que hay que usar; None si la zona sirve. Sirven las
        de `zone.tab`, la lista de IANA para elegir una zona por su lugar.
    """
    zones, canonical = _tables()
    if name in zones:
        return None
    if not name:
        return f"sin huso horario correría en UTC; usá {SUGGESTED}"
    if zone := canonical.get(name.casefold()):
        if zone in zones:
            return f"«{name}» no es el nombre canónico; usá {zone}"
        return f"«{name}» es UTC o una hora fija, no la hora de un lugar; usá {SUGGESTED}"
    if name.casefold().startswith(("utc", "gmt", "etc/")):
        return f"«{name}» es UTC o una hora fija, no la hora de un lugar; usá {SUGGESTED}"
    # La última parte suele bastar para saber qué lugar era: «Buenos Aires».
    places = {_place(zone): zone for zone in sorted(zones)}
    near = difflib.get_close_matches(_place(name), places, n=1, cutoff=0.75)
    example = places[near[0]] if near else SUGGESTED
    return f"«{name}» no es una zona de IANA; usá una como {example}"


def _place(zone: str) -> str:
    """Devuelve el lugar que nombra una zona: «buenos_aires»."""
    return zone.casefold().replace(" ", "_").rsplit("/", 1)[-1]


@functools.cache
def _tables() -> tuple[frozenset[str], dict[str, str]]:
    """Lee las tablas de IANA del paquete `tzdata`, que llega con Prefect.

    Returns:
        Las zonas por lugar, y el nombre canónico de cada zona o alias, que se
        busca en minúsculas.
    """
    data = resources.files("tzdata") / "zoneinfo"
    rows = (data / "zone.tab").read_text(encoding="utf-8").splitlines()
    zones = frozenset(row.split("\t")[2] for row in rows if not row.startswith("#"))
    canonical = {}
    for line in (data / "tzdata.zi").read_text(encoding="utf-8").splitlines():
        kind, *fields = line.split()
        if kind == "Z":  # Z zona reglas…
            canonical.setdefault(fields[0].casefold(), fields[0])
        elif kind == "L":  # L zona alias
            canonical[fields[1].casefold()] = fields[0]
    canonical.update((zone.casefold(), zone) for zone in zones)
    return zones, canonical
