"""The period of a report: local time, no gap and no overlap, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prefect.runtime import flow_run

from electra_flow.report.period import period_until

BUENOS_AIRES = "America/Argentina/Buenos_Aires"
SANTIAGO = "America/Santiago"  # clocks change twice a year


def local(*parts: int) -> datetime:
    """Return a time as people write it, without a zone."""
    return datetime(*parts)  # noqa: DTZ001 - that it is taken for local is what is tested


def test_the_day_ends_at_the_local_time_that_is_expected() -> None:
    period = period_until("diario", datetime(2026, 11, 25, 2, 55, tzinfo=UTC), BUENOS_AIRES)
    assert str(period) == "de lun 23/11 23:55 a mar 24/11 23:55"
    assert period.start.astimezone(UTC) == datetime(2026, 11, 24, 2, 55, tzinfo=UTC)


def test_prefect_s_moments_are_subtracted_as_python_s() -> None:
    period = period_until("semanal", flow_run.get_scheduled_start_time(), SANTIAGO)
    assert type(period.end) is type(period.start) is datetime
    assert f"{period.start:%a %H:%M}" == f"{period.end:%a %H:%M}"


def test_a_time_without_a_zone_is_local() -> None:
    period = period_until("semanal", local(2026, 11, 22, 23, 55), BUENOS_AIRES)
    assert str(period) == "de dom 15/11 23:55 a dom 22/11 23:55"


@pytest.mark.parametrize(
    ("end", "hours"),
    [
        (local(2026, 9, 6, 23, 55), 23),
        (local(2026, 4, 5, 23, 55), 25),
        (local(2026, 6, 1, 23, 55), 24),
    ],
)
def test_with_a_change_of_clocks_a_day_has_23_or_25_hours(end: datetime, hours: int) -> None:
    period = period_until("diario", end, SANTIAGO)
    length = period.end.astimezone(UTC) - period.start.astimezone(UTC)
    assert length == timedelta(hours=hours)


@pytest.mark.parametrize("zone", [BUENOS_AIRES, SANTIAGO, "Europe/Madrid"])
def test_each_day_begins_where_the_last_one_ended_all_year(zone: str) -> None:
    last = None
    for day in range(400):
        end = local(2026, 1, 1, 23, 55) + timedelta(days=day)
        period = period_until("diario", end, zone)
        assert last is None or period.start.astimezone(UTC) == last.astimezone(UTC)
        last = period.end
