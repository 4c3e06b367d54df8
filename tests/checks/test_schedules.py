"""Schedules: that each is one, and can ever be due. Prefect's are played by what they consist of."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from electra_flow.checks.schedules import schedule_problems
from electra_flow.model.schedules import Cron, Interval, RRule

COMMON = {"timezone": None, "active": True, "parameters": {}, "slug": None}


def prefect_s(**fields: Any) -> SimpleNamespace:
    """Return what a `prefect.schedules.Schedule` has."""
    return SimpleNamespace(**COMMON | {"cron": None, "interval": None, "rrule": None} | fields)


@pytest.mark.parametrize(
    "item",
    [
        Cron("30 1,13,17 * * *"),
        Cron("0  8 * * mon-fri"),
        Cron("0 22-6 * * *"),
        Cron("*/70 * * * *"),
        Cron("0 8 l * *"),
        Cron("0 8 * * MON#1"),
        Cron("0 8 * * 7"),
        Cron("0 8 31 12 5 30"),
        Cron("@daily"),
        Interval(timedelta(minutes=5)),
        RRule("FREQ=DAILY"),
        prefect_s(cron="0 8 * * *"),
        prefect_s(interval=timedelta(hours=1), anchor_date=None),
    ],
)
def test_what_prefect_takes_is_no_problem(item: Any) -> None:
    assert list(schedule_problems(item)) == []


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("0 8 * * *", "lleva '0 8 * * *', que no es Cron(…), Interval(…) ni RRule(…)"),
        (Cron, "que no es Cron(…), Interval(…) ni RRule(…)"),
        (None, "lleva None, que no es"),
        (timedelta(hours=1), "lleva datetime.timedelta(seconds=3600), que no es"),
        (prefect_s(), "no dice cuándo: usá Cron(…), Interval(…) o RRule(…)"),
        (prefect_s(cron="* * * * *", rrule="FREQ=DAILY"), "no dice cuándo"),
        (Interval(30), "Interval lleva un timedelta, y lleva 30"),
        (Interval(timedelta(0)), "Interval tiene que ser de más de cero, y es de 0 segundos"),
        (prefect_s(interval=-timedelta(seconds=5)), "de más de cero, y es de -5 segundos"),
        (Cron(8), "Cron lleva un texto, y lleva 8"),
        (RRule(["FREQ=DAILY"]), "RRule lleva un texto, y lleva ['FREQ=DAILY']"),
        (Cron("0 8 * *"), "Cron: «0 8 * *» lleva 4 campos, y son 5: minuto, hora, día, mes y día"),
        (Cron(""), "lleva 0 campos"),
        (Cron("60 8 * * *"), "en «60 8 * * *», el minuto va de 0 a 59, y dice 60"),
        (Cron("0 8,24 * * *"), "la hora va de 0 a 23, y dice 24"),
        (Cron("0 8 0 * *"), "el día va de 1 a 31, y dice 0"),
        (Cron("0 8 1-32/2 * *"), "el día va de 1 a 31, y dice 32"),
        (Cron("0 8 * 13 *"), "el mes va de 1 a 12, y dice 13"),
        (Cron("0 8 * * 8"), "el día de la semana va de 0 a 7, y dice 8"),
    ],
)
def test_what_can_never_be_due_is_said(item: Any, said: str) -> None:
    (problem,) = schedule_problems(item)
    assert said in problem


def test_each_wrong_field_is_said_and_a_long_text_is_cut() -> None:
    assert len(list(schedule_problems(Cron("60 24 * * *")))) == 2
    (problem,) = schedule_problems("x" * 500)
    assert len(problem) < 130
