"""Lee una lista de fechas y horas locales, de la línea de comandos o de un archivo."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M")
SHAPE = re.compile(r"(\d{4}-\d\d?-\d\d?[ T]|\d\d?/\d\d?/\d{4} )\d\d?:\d\d?")
MAX_PROBLEMS = 20  # en un archivo que no es de fechas está mal cada línea
EXAMPLE = "por ejemplo «2030-12-24 08:00» o «24/12/2030 08:00», con comillas si no es en un archivo"


class DatesError(Exception):
    """Por qué las fechas no sirven, una línea por cada una."""


def read_dates(arguments: Sequence[str], timezone: str, now: datetime) -> list[datetime]:
    """Lee fechas y archivos de fechas.

    Un archivo lleva una fecha por línea; lo que sigue a un # es un comentario. También sirve un
    CSV de Excel, con la fecha y la hora juntas o en dos columnas.

    Args:
        arguments: Fechas o archivos.
        timezone: El huso horario de las fechas.
        now: El momento actual: las fechas anteriores no sirven.

    Returns:
        Las fechas, en UTC, en su orden y sin repetir.

    Raises:
        DatesError: Si alguna no sirve; dice todas las que no sirven.
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
    """Da cada fecha, todavía como texto, con el lugar de donde sale."""
    for argument in arguments:
        path = Path(argument)
        if not path.is_file():
            yield "", argument
            continue
        try:
            # El Bloc de notas puede poner una marca (BOM) al principio.
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
    """Pasa una fecha local a UTC; no acepta las que no pasan exactamente una vez."""
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
    # Excel separa con ; y agrega segundos.
    plain = " ".join(text.replace(";", " ").replace('"', " ").split())
    plain = re.sub(r"(:\d\d):00$", r"\1", plain)
    for format in FORMATS:
        try:
            local = datetime.strptime(plain, format)  # noqa: DTZ007 - la zona se pone después
        except ValueError:
            continue
        if MINYEAR < local.year < MAXYEAR:  # en otro huso tiene que existir también
            return local
    if SHAPE.fullmatch(plain):
        raise DatesError(f"«{text}» no es una fecha que exista; {EXAMPLE}.")
    raise DatesError(
        f"«{text}» no es un archivo ni una fecha AAAA-MM-DD HH:MM o DD/MM/AAAA HH:MM; {EXAMPLE}."
    )
