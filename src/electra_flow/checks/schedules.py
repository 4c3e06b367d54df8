"""Whether each schedule of a deployment is one, and can ever be due.

It looks at Prefect's own schedules by their fields, since importing Prefect takes two seconds. What
only Prefect knows about an expression, it says itself when the flows are imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

KINDS = ("cron", "interval", "rrule")
_FIELDS = ("timezone", "active", "parameters", "slug")  # what all schedules have
_PLACES = (
    ("el minuto", 0, 59),
    ("la hora", 0, 23),
    ("el día", 1, 31),
    ("el mes", 1, 12),
    ("el día de la semana", 0, 7),
)


def is_schedule(item: Any) -> bool:
    """Tell whether something is a schedule, ours or Prefect's."""
    return all(hasattr(item, name) for name in _FIELDS)


def schedule_problems(item: Any) -> Iterator[str]:
    """Say in Spanish what is wrong with an item of `schedules`, its zone aside."""
    if not is_schedule(item):
        yield f"lleva {_shown(item)}, que no es Cron(…), Interval(…) ni RRule(…)"
        return
    given = [name for name in KINDS if getattr(item, name, None) is not None]
    if len(given) != 1:
        yield f"{_shown(item)} no dice cuándo: usá Cron(…), Interval(…) o RRule(…)"
        return
    (kind,) = given
    value = getattr(item, kind)
    if kind == "interval":
        if not isinstance(value, timedelta):
            yield f"Interval lleva un timedelta, y lleva {value!r}"
        elif value <= timedelta(0):
            yield f"Interval tiene que ser de más de cero, y es de {value.total_seconds():g} segundos"
    elif not isinstance(value, str):
        yield f"{'Cron' if kind == 'cron' else 'RRule'} lleva un texto, y lleva {value!r}"
    elif kind == "cron":
        yield from _cron_problems(value)
    else:
        yield from _rrule_problems(value)


def _cron_problems(expression: str) -> Iterator[str]:
    """Check the number of fields, and each number in them."""
    fields = expression.split()
    if len(fields) == 1 and expression.startswith("@"):
        return
    if not 5 <= len(fields) <= 7:  # Prefect takes seconds and years too
        yield (
            f"Cron: «{expression}» lleva {len(fields)} campos, y son 5: "
            "minuto, hora, día, mes y día de la semana"
        )
        return
    for field, (place, first, last) in zip(fields, _PLACES, strict=False):
        for part in field.split(","):
            wrong = [
                number
                for number in re.findall(r"\d+", part.partition("/")[0])
                if not first <= int(number) <= last
            ]
            if wrong:
                yield f"Cron: en «{expression}», {place} va de {first} a {last}, y dice {wrong[0]}"


def _rrule_problems(rule: str) -> Iterator[str]:
    """Look at the end, which Prefect takes without a start, and its server cannot calculate."""
    start = re.search(r"DTSTART(;[^:\n]+)?:\d{8}(T\d{6})?(Z?)", rule, re.IGNORECASE)
    in_utc = bool(start and (start[1] or start[3]))
    for until, letter in re.findall(r"(UNTIL=\d{8}T\d{6}(Z?))", rule, re.IGNORECASE):
        if bool(letter) != in_utc:
            right = f"«{until}Z», como DTSTART" if in_utc else f"«{until[:-1]}», en hora local"
            yield f"RRule: en «{' '.join(rule.split())}», «{until}» tiene que ser {right}"


def _shown(item: Any) -> str:
    text = " ".join(repr(item).split())
    return text if len(text) <= 60 else f"{text[:59]}…"
