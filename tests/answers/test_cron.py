"""A schedule that is accepted is read by Prefect as it is written."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from electra_answers.cron import CRON_FIELDS, cron_numbers, cron_problem

if TYPE_CHECKING:
    from harness import Project


@pytest.mark.real
def test_a_schedule_that_is_accepted_is_read_by_prefect_as_it_is_written(
    installed: Project,
) -> None:
    """A thousand arbitrary ones: Prefect's parser gives the same minutes, hours, days and months."""
    random = Random(4711)
    accepted = []
    while len(accepted) < 1000:
        fields = [arbitrary_cron_field(random, low, high) for _, low, high, _ in CRON_FIELDS]
        if cron_problem(" ".join(fields), {}) is None:
            accepted.append(fields)
    numbers = [
        [
            sorted(cron_numbers(text, low, high, words))
            for text, (_, low, high, words) in zip(fields, CRON_FIELDS, strict=True)
        ]
        for fields in accepted
    ]
    (installed.path / "cron.json").write_text(json.dumps([accepted, numbers]), "utf-8")
    result = installed.run("-c", COMPARE_CRON)
    (installed.path / "cron.json").unlink()
    assert result.lines[-1] == "1000 alike", result.output


def arbitrary_cron_field(random: Random, low: int, high: int) -> str:
    """Return something like `3,10-40/5`, or like `40-10/70`."""

    def part() -> str:
        first, last = random.randint(low, high), random.randint(low, high)
        span = random.choice(["*", f"{first}", f"{first}-{last}"])
        return span + random.choice(["", "", f"/{random.randint(1, high)}"])

    return ",".join(part() for _ in range(random.choice([1, 1, 2])))


COMPARE_CRON = """
import datetime, json
from prefect._vendor.croniter import croniter
alike = 0
accepted, numbers = json.load(open("cron.json"))
now = datetime.datetime(2026, 11, 24, tzinfo=datetime.timezone.utc)
for fields, (minutes, hours, days, months, weekdays) in zip(accepted, numbers):
    times = croniter(" ".join(fields), now)
    weekdays = {day % 7 for day in weekdays}
    any_day, any_weekday = fields[2] == "*", fields[4] == "*"
    for _ in range(20):
        time = times.get_next(datetime.datetime)
        day, weekday = time.day in days, time.isoweekday() % 7 in weekdays
        fits = weekday if any_day else day if any_weekday else day or weekday
        if not (time.minute in minutes and time.hour in hours and time.month in months and fits):
            print(fields, time)
            break
    else:
        alike += 1
print(alike, "alike")
"""
