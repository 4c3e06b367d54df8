"""The automations of limits, as data; kept on a real server in end_to_end/test_automations.py."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from prefect.events.actions import DoNothing, SendNotification

from electra_flow.deploying.limits import heartbeat_env, of_limits, of_silence
from electra_flow.model.watchdog import UNWATCHED, Watchdog

NAME = "ventas/ventas-prod"
QUIET = Watchdog(silent=timedelta(minutes=45))


def test_who_makes_rounds_takes_what_is_lost_and_nothing_else() -> None:
    alone = of_limits(NAME, uuid4(), Watchdog())
    with_rounds = of_limits(NAME, uuid4(), Watchdog(), in_rounds=True)
    assert {limit: one.actions[0].type for limit, one in alone.items()} == {
        "running": "change-flow-run-state",
        "late": "change-flow-run-state",
        "lost": "change-flow-run-state",
    }
    assert with_rounds["lost"].actions == [DoNothing()]
    assert "en una ronda de la vigilancia" in with_rounds["lost"].name
    for limit in ("running", "late"):
        assert with_rounds[limit].actions == alone[limit].actions
    assert with_rounds["lost"].trigger.within == timedelta(minutes=10), "the round reads it there"


def test_a_silence_waits_for_nothing_but_completed_runs() -> None:
    send = SendNotification(block_document_id=uuid4(), subject="a", body="b")
    (automation,) = of_silence(NAME, uuid4(), QUIET, [send]).values()
    trigger = automation.trigger
    assert trigger.expect == {"prefect.flow-run.Completed"} and not trigger.after
    assert not trigger.for_each and trigger.within == timedelta(minutes=45)
    assert automation.actions == [send]
    assert of_silence(NAME, uuid4(), Watchdog(), [send]) == {}


def test_a_silence_that_nobody_would_hear_of_says_so() -> None:
    (automation,) = of_silence(NAME, uuid4(), QUIET, []).values()
    assert automation.name.endswith("ninguna ejecución, pero falta a quién (alerts)")
    assert automation.actions == [DoNothing()]


@pytest.mark.parametrize(
    ("lost", "seconds"),
    [(timedelta(seconds=90), "30"), (timedelta(minutes=10), "200"), (timedelta(hours=3), "200")],
)
def test_runs_give_signs_three_times_in_their_limit_and_as_often_as_a_round_can_listen(
    lost: timedelta, seconds: str
) -> None:
    env = heartbeat_env(Watchdog(lost=lost))
    assert env == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": seconds}
    assert heartbeat_env(UNWATCHED) == {}
