"""Read a list of local dates and hours, from the command line or from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M")
SHAPE = re.compile(r"(\d{4}-\d\d?-\d\d?[ T]|\d\d?/\d\d?/\d{4} )\d\d?:\d\d?")
MAX_PROBLEMS = 20  # in a file that is not of dates, each line is wrong
EXAMPLE = "por ejemplo «2030-12-24 08:00» o «24/12/2030 08:00», con comillas si no es en un archivo"


class DatesError(Exception):
    """Why the dates do not serve, a line for each, in Spanish."""


def read_dates(arguments: Sequence[str], timezone: str, now: datetime) -> list[datetime]:
    """Read dates and files of dates.

    A file has a date a line; what follows a # is a comment. A CSV of Excel serves too, with date and
    hour together or in two columns.

    Args:
        arguments: Dates or files.
        timezone: The zone of the dates.
        now: The present moment: dates before it do not serve.

    Returns:
        The dates, in UTC, in their order and without repetitions.

    Raises:
        DatesError: If any does not serve; it names all that do not.
    """
    moments: dict[datetime, None] = {}
    problems = []
    for place, text in _entries(arguments):
        try:
            moments[_moment(text, ZoneInfo(timezone), now)] = None
        except DatesError as problem:
            problems.append(f"{place}{problem}")
    if (hidden := len(problems) - MAX_PROBLEMS) > 0:
        problems[MAX_PROBLEMS:] = [f"Y {hidden} más."]
    if problems:
        raise DatesError("\n".join(problems))
    return list(moments)


def _entries(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give each date, still as a text, with the place that it comes from."""
    for argument in arguments:
        path = Path(argument)
        if not path.is_file():
            yield "", argument
            continue
        try:
            # Windows' editor may write a mark (BOM) at the beginning.
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise DatesError(
                f"{path} no está en UTF-8: guardalo así con «Guardar como», en el Bloc de notas "
                "con la codificación UTF-8, en Excel como «CSV UTF-8»."
            ) from None
        except OSError as error:
            raise DatesError(f"No se puede leer {path}: {error.strerror}.") from None
        numbered = [
            (number, line.split("#")[0].strip(" \t;")) for number, line in enumerate(lines, 1)
        ]
        if not any(text for _, text in numbered):
            raise DatesError(f"{path} no tiene ninguna fecha; {EXAMPLE}.")
        for number, text in numbered:
            if text:
                yield f"{path}, línea {number}: ", text


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Turn a local date into UTC; refuse one that does not come exactly once."""
    local = _parse(text)
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        raise DatesError(
            f"«{text}» no existe en {zone}: ese día el reloj se adelanta y se la saltea; "
            f"por ejemplo «{first.astimezone(zone):%Y-%m-%d %H:%M}»."
        )
    if first != second:
        later = second.astimezone(zone) + timedelta(hours=1)
        raise DatesError(
            f"«{text}» pasa dos veces en {zone}: ese día el reloj se atrasa; elegí otra hora, por "
            f"ejemplo «{later:%Y-%m-%d %H:%M}»."
        )
    if first <= now:
        raise DatesError(
            f"«{text}» ya pasó: en {zone} son las {now.astimezone(zone):%H:%M del %d/%m/%Y}; "
            f"{EXAMPLE}."
        )
    return first


def _parse(text: str) -> datetime:
    # Excel separates by ; and adds seconds.
    plain = " ".join(text.replace(";", " ").replace('"', " ").split())
    plain = re.sub(r"(:\d\d):00$", r"\1", plain)
    for format in FORMATS:
        try:
            local = datetime.strptime(plain, format)  # noqa: DTZ007 - the zone is added later
        except ValueError:
            continue
        if MINYEAR < local.year < MAXYEAR:  # it has to exist in another zone, too
            return local
    if SHAPE.fullmatch(plain):
        raise DatesError(f"«{text}» no es una fecha que exista; {EXAMPLE}.")
    raise DatesError(
        f"«{text}» no es un archivo ni una fecha AAAA-MM-DD HH:MM o DD/MM/AAAA HH:MM; {EXAMPLE}."
    )
