"""The dates of `deploy.py --schedule`: local, from the command line and from files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from electra_flow.deploying.dates import DatesError, read_dates

BUENOS_AIRES = "America/Argentina/Buenos_Aires"  # three hours behind UTC all year
NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
EXAMPLE = "por ejemplo «2030-12-24 08:00»"


def read(*arguments: str | Path, timezone: str = BUENOS_AIRES) -> list[str]:
    """Read dates, and return them in UTC."""
    moments = read_dates([str(argument) for argument in arguments], timezone, NOW)
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in moments]


def problems(*arguments: str | Path, timezone: str = BUENOS_AIRES) -> list[str]:
    with pytest.raises(DatesError) as refused:
        read(*arguments, timezone=timezone)
    return str(refused.value).splitlines()


def test_dates_are_local_and_of_any_form() -> None:
    given = ("2030-12-24 08:00", "31/12/2030 08:30", "2030-12-31T23:59", "1/1/2031 0:05")
    assert read(*given) == [
        "2030-12-24 11:00",
        "2030-12-31 11:30",
        "2031-01-01 02:59",
        "2031-01-01 03:05",
    ]


def test_a_date_that_is_given_twice_counts_once_and_the_order_stays() -> None:
    given = ("2030-12-25 08:00", "2030-12-24 08:00", "24/12/2030 08:00")
    assert read(*given) == ["2030-12-25 11:00", "2030-12-24 11:00"]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "as Notepad writes it"])
def test_dates_come_from_a_file_with_comments_and_from_the_command_line(
    tmp_path: Path, mark: str
) -> None:
    file = tmp_path / "fechas de cierre.txt"
    text = f"{mark}# Cierres\r\n\r\n2030-01-31 20:00  # enero\r\n28/02/2030 20:00\r\n"
    file.write_bytes(text.encode())
    dates = read(file, "2030-03-31 20:00")
    assert dates == ["2030-01-31 23:00", "2030-02-28 23:00", "2030-03-31 23:00"]


EXCEL = {
    "one column": "31/01/2030 20:00\r\n28/02/2030 8:00\r\n",
    "two columns": "31/01/2030;20:00\r\n28/02/2030;8:00\r\n",
    "seconds, quotes and empty rows": '31/01/2030 20:00:00;\r\n"28/02/2030 8:00:00";\r\n;\r\n',
}


@pytest.mark.parametrize("case", EXCEL)
def test_dates_come_from_what_excel_saves(tmp_path: Path, case: str) -> None:
    file = tmp_path / "fechas de cierre.csv"
    file.write_bytes(b"\xef\xbb\xbf" + EXCEL[case].encode())
    assert read(file) == ["2030-01-31 23:00", "2030-02-28 11:00"]


def test_all_that_is_wrong_is_said_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "fechas.txt"
    file.write_text("2030-01-31 20:00\n\n31/02/2030 20:00\n2020-01-01 08:00\n", "utf-8")
    day, past, word, far = problems(file, "mañana", "9999-12-31 23:59")
    assert day.startswith(f"{file}, línea 3: «31/02/2030 20:00» no es una fecha que exista; ")
    assert past.startswith(
        f"{file}, línea 4: «2020-01-01 08:00» ya pasó: en {BUENOS_AIRES} son las 15:00 del 26/11/2026"
    )
    assert word.startswith("«mañana» no es un archivo ni una fecha AAAA-MM-DD HH:MM")
    assert far.startswith("«9999-12-31 23:59» no es una fecha que exista; "), (
        "on the other side of UTC it is no date"
    )
    assert all(EXAMPLE in line for line in (day, past, word, far))


def test_a_file_of_something_else_is_not_repeated_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "clientes.csv"
    file.write_text("".join(f"cliente {number};\n" for number in range(500)), "utf-8")
    said = problems(file)
    assert len(said) == 21 and said[-1] == "Y 480 más."
    assert said[0].startswith(f"{file}, línea 1: «cliente 0» no es un archivo ni una fecha")


FILES = {
    "not in UTF-8": ("2030-12-24 08:00 # mañana".encode("utf-16"), "no está en UTF-8"),
    "without a date": (b"# nada\n", f"no tiene ninguna fecha; {EXAMPLE}"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, case: str) -> None:
    content, reason = FILES[case]
    file = tmp_path / "fechas.txt"
    file.write_bytes(content)
    (line,) = problems(file)
    assert line.startswith(f"{file} {reason}")


# In Chile, the clocks jump from 0 to 1 in September, and back from 0 to 23 in April.
CLOCKS = {
    "is skipped": (
        "2030-09-08 00:30",
        "no existe en America/Santiago: ese día el reloj se adelanta",
        ("2030-09-08 01:30", "2030-09-08 04:30"),
    ),
    "comes twice": (
        "2030-04-06 23:30",
        "pasa dos veces en America/Santiago: ese día el reloj se atrasa",
        ("2030-04-07 00:30", "2030-04-07 04:30"),
    ),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_and_another_one_offered(
    case: str,
) -> None:
    hour, reason, (instead, in_utc) = CLOCKS[case]
    (line,) = problems(hour, timezone="America/Santiago")
    assert line.startswith(f"«{hour}» {reason}") and f"por ejemplo «{instead}»" in line
    assert read(instead, timezone="America/Santiago") == [in_utc]
