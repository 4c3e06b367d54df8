"""Time zones of schedules: the canonical ones of a place."""

from __future__ import annotations

import zoneinfo

import pytest

from electra_flow.checks.timezones import SUGGESTED, timezone_problem


@pytest.mark.parametrize(
    "zone", [SUGGESTED, "America/Montevideo", "Europe/Madrid", "Asia/Kolkata", "Europe/Kyiv"]
)
def test_the_canonical_zone_of_a_place_will_do(zone: str) -> None:
    assert timezone_problem(zone) is None


@pytest.mark.parametrize(
    ("zone", "reason", "instead"),
    [
        (None, "está vacío y correría en UTC", SUGGESTED),
        ("", "está vacío y correría en UTC", SUGGESTED),
        ("America/Buenos_Aires", "no es el nombre canónico de la zona", SUGGESTED),
        ("Asia/Calcutta", "no es el nombre canónico de la zona", "Asia/Kolkata"),
        ("europe/madrid", "no es el nombre canónico de la zona", "Europe/Madrid"),
        ("UTC", "es UTC o una hora fija, no la hora de un lugar", SUGGESTED),
        ("Etc/GMT+3", "es UTC o una hora fija, no la hora de un lugar", SUGGESTED),
        ("EST5EDT", "es UTC o una hora fija, no la hora de un lugar", SUGGESTED),
        ("utc-3", "es UTC o una hora fija, no la hora de un lugar", SUGGESTED),
        ("montevideo", "no es una zona de IANA", "America/Montevideo"),
        ("Buenos Aires", "no es una zona de IANA", SUGGESTED),
        ("America/Montebideo", "no es una zona de IANA", "America/Montevideo"),
        ("Marte/Olympus", "no es una zona de IANA", SUGGESTED),
    ],
)
def test_anything_else_is_refused_with_the_zone_to_write(
    zone: str | None, reason: str, instead: str
) -> None:
    assert timezone_problem(zone) == (reason, instead)


def test_no_zone_at_all_is_taken_that_is_utc_by_another_name() -> None:
    taken = [zone for zone in zoneinfo.available_timezones() if timezone_problem(zone) is None]
    assert len(taken) > 300
    assert not [
        zone for zone in taken if zone.startswith(("Etc/", "UTC", "GMT")) or "/" not in zone
    ]


def test_what_is_suggested_will_do() -> None:
    for zone in zoneinfo.available_timezones():
        if problem := timezone_problem(zone):
            assert timezone_problem(problem.instead) is None
