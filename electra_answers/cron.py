"""The rule of the question `cron`."""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTHS = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CRON_FIELDS = (
    # name, lowest, highest, names of its values
    ("minuto", 0, 59, ()),
    ("hora", 0, 23, ()),
    ("día", 1, 31, ()),
    ("mes", 1, 12, _MONTHS),
    ("día de la semana", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def cron_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    """Check a cron expression.

    Source: crontab(5). Prefect's parser takes more (macros, seconds, L, #, 5/15, 6-1), and reads
    some of it otherwise than one would think (59/5, 7-7); that is refused.
    """
    fields = re.split(" +", value.strip(" "))
    if len(fields) != len(CRON_FIELDS):
        return (
            "tiene que llevar cinco campos separados por espacios (minuto, hora, día, mes y día de "
            "la semana), sin macros como @daily"
        )
    values = []
    for text, (name, low, high, words) in zip(fields, CRON_FIELDS, strict=True):
        numbers = cron_numbers(text, low, high, words)
        if not numbers:
            return f"no sirve: el campo de {name} va de {low} a {high}, con comas, guiones o barras"
        values.append(numbers)
    days, months = values[2:4]
    longest = max(calendar.monthrange(2024, month)[1] for month in months)  # 2024: a leap year
    if min(days) > longest:  # with a weekday, too, Prefect finds no date
        return "no corre nunca, porque ese día no existe en ese mes"
    return None


def cron_numbers(text: str, low: int, high: int, words: tuple[str, ...]) -> set[int]:
    """Return the values that one field of a cron expression stands for; none if it is wrong."""
    numbers: set[int] = set()
    for part in text.lower().split(","):
        match = re.fullmatch(
            r"(?:\*|(\w{1,3})-(\w{1,3}))(?:/([0-9]{1,2}))?|(\w{1,3})", part, re.ASCII
        )
        if not match:
            return set()
        first, last, step, only = match.groups()
        start, end = (
            words.index(word) if word in words else int(word) if word.isdecimal() else -1
            for word in (only or first or str(low), only or last or str(high))
        )
        if not low <= start <= end <= high or (step and not 1 <= int(step) <= high):
            return set()
        if first and start == end:  # «7-7»: Prefect reads the whole range
            return set()
        numbers.update(range(start, end + 1, int(step or 1)))
    return numbers
