"""What a round says that it did; what it does is in end_to_end/test_round.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, StateType

from electra_flow.watchdog import Round
from electra_flow.watchdog.judge import Seen, Verdict, judge, lost, orphans
from electra_flow.watchdog.limits import Limits
from electra_flow.watchdog.round import MARKED, SEVERAL
from electra_flow.watchdog.taking_up import Repeated

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=2)
MINUTE = timedelta(minutes=1)
LIMITS = Limits("ventas/ventas-prod", running=MINUTE, late=MINUTE, lost=MINUTE)
REPEATED = Repeated(FlowRun(flow_id=uuid4()), "gran-puma (retoma)", "")
ALONE = " 1 ejecución de 1 despliegue con límites."


def run(type: StateType, name: str = "") -> Seen:
    state = name or type.value.title()
    return Seen(uuid4(), "gran-puma", uuid4(), uuid4(), type, state, LONG_AGO, due=LONG_AGO)


def whys() -> set[str]:
    """All that there are, as the verdicts have them."""
    states = [(type, "") for type in StateType] + [(StateType.SCHEDULED, "Late")]
    verdicts = [judge(run(*state), LIMITS, NOW) for state in states]
    verdicts.append(lost(run(StateType.RUNNING), LONG_AGO, LIMITS, NOW))
    subflow, parent = run(StateType.RUNNING), run(StateType.CRASHED)
    assert parent.deployment_id
    verdicts += orphans(
        {subflow.id: subflow},
        {subflow.id: parent.id},
        {parent.id: parent},
        {parent.deployment_id: LIMITS},
        NOW,
    )
    return {verdict.why for verdict in verdicts if verdict}


def done(*whys: str) -> Round:
    seen = run(StateType.RUNNING)
    return Round(1, 1, [Verdict(seen, "a/b", StateType.CANCELLED, why, "") for why in whys])


def test_each_reason_has_a_word_for_several() -> None:
    assert whys() == {*SEVERAL, MARKED}


def test_what_is_taken_up_and_what_ran_twice_is_said() -> None:
    both = Round(1, 1, taken_up=[REPEATED], twice=[REPEATED, REPEATED])
    assert both.headline == f"Nada que terminar; 1 retomada; 2 corrieron dos veces.{ALONE}"


@pytest.mark.parametrize(
    ("whys", "said"),
    [
        ([], "Nada que terminar."),
        (["colgada"], "1 terminada (1 colgada)."),
        (
            ["perdida", "colgada", "colgada", "sin cancelar", "sin cancelar"],
            "5 terminadas (2 colgadas, 1 perdida, 2 sin cancelar).",
        ),
        (["marcada"], "Nada que terminar; 1 marcada como Late."),
        (
            ["marcada", "subflujo sin padre", "marcada", "subflujo sin padre"],
            "2 terminadas (2 subflujos sin padre); 2 marcadas como Late.",
        ),
    ],
)
def test_one_and_several_are_said_and_what_only_became_late_did_not_end(
    whys: Sequence[str], said: str
) -> None:
    assert done(*whys).headline == said + ALONE
