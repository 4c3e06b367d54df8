"""The limits that are read of automations: ours alone, switched on, of one deployment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.events.schemas.automations import Automation

from electra_flow.watchdog.limits import Limits, limits_of

DEPLOYMENT = UUID("8b3c0a51-7b4f-4f7c-9d0e-2f6a1f0f3b11")


def automation(limit: str = "running", minutes: float = 120, **fields: Any) -> Automation:
    """Return one as the server gives it."""
    trigger = {
        "type": "event",
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "match_related": {
            "prefect.resource.role": "deployment",
            "prefect.resource.id": f"prefect.deployment.{DEPLOYMENT}",
        },
        "posture": "Proactive",
        "within": minutes * 60,
    } | fields.pop("trigger", {})
    body = {
        "id": str(uuid4()),
        "name": "x",
        "tags": ["deploy.py", "ventas/ventas-prod", limit],
        "trigger": trigger,
        "actions": [{"type": "change-flow-run-state", "state": "CANCELLING"}],
    }
    return Automation.model_validate(body | fields)


def test_those_of_a_deployment_are_put_together() -> None:
    found = limits_of([automation("running"), automation("late", 240), automation("lost", 10)])
    hours = {"running": timedelta(hours=2), "late": timedelta(hours=4)}
    assert found == {
        DEPLOYMENT: Limits("ventas/ventas-prod", **hours, lost=timedelta(minutes=10)),
    }
    assert found[DEPLOYMENT].shortest == timedelta(minutes=10)


def test_one_that_is_switched_off_is_no_limit_and_the_others_hold() -> None:
    found = limits_of([automation("running", enabled=False), automation("late")])
    assert found[DEPLOYMENT].running is None and found[DEPLOYMENT].late == timedelta(hours=2)
    assert limits_of([automation("running", enabled=False)]) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"tags": ["ventas/ventas-prod", "deploy.py", "running"]},
        {"tags": ["deploy.py", "ventas/ventas-prod", "trigger:al llegar"]},
        {"tags": ["deploy.py", "ventas/ventas-prod", "silent"]},
        {"tags": ["deploy.py"]},
        {"trigger": {"match_related": {}}},
        {"trigger": {"match_related": {"prefect.resource.id": "prefect.flow.x"}}},
        {"trigger": {"match_related": {"prefect.resource.id": "prefect.deployment.*"}}},
        {"trigger": {"match_related": {"prefect.resource.id": ["prefect.deployment.a", "b"]}}},
        {"trigger": {"type": "sequence", "triggers": [], "within": 5}},
    ],
)
def test_what_is_no_limit_of_a_deployment_gives_none(fields: dict[str, Any]) -> None:
    assert limits_of([automation(**fields)]) == {}
