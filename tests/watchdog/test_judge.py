"""Which runs are over: the verdicts on runs in any state, at any time, under any limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, FlowRunPolicy, StateType

from electra_flow.watchdog.judge import (
    Seen,
    attempts_left,
    is_silent,
    is_to_give_signs,
    judge,
    lost,
    orphans,
)
from electra_flow.watchdog.limits import Limits

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMITS = Limits(
    "ventas/ventas-prod",
    running=timedelta(hours=2),
    late=timedelta(hours=4),
    lost=timedelta(minutes=10),
)
NAMES = ["Scheduled", "Late", "AwaitingRetry", "AwaitingConcurrencySlot", "Resuming"]
spans = st.timedeltas(timedelta(0), timedelta(days=3))
some_limits = st.builds(
    Limits,
    full_name=st.just("ventas/ventas-prod"),
    running=st.none() | spans,
    late=st.none() | spans,
    lost=st.none() | spans,
).filter(lambda limits: {limits.running, limits.late, limits.lost} != {None})
some_runs = st.builds(
    Seen,
    id=st.uuids(),
    name=st.just("gran-puma"),
    deployment_id=st.uuids(),
    state_id=st.uuids(),
    type=st.sampled_from(StateType),
    state_name=st.sampled_from(NAMES),
    since=spans.map(lambda span: NOW - span),
    due=st.none() | st.timedeltas(timedelta(days=-3), timedelta(days=3)).map(NOW.__add__),
    has_process=st.booleans(),
    retries_in_process=st.booleans(),
)


def seen(type: StateType, minutes: float, name: str = "", **more: object) -> Seen:
    run = Seen(
        id=uuid4(),
        name="gran-puma",
        deployment_id=uuid4(),
        state_id=uuid4(),
        type=type,
        state_name=name or type.value.title(),
        since=NOW - timedelta(minutes=minutes),
    )
    return replace(run, **more)


@pytest.mark.parametrize(
    ("run", "state", "said"),
    [
        (seen(StateType.RUNNING, 121), "CANCELLING", "Corrió más de 2 h: "),
        (seen(StateType.PENDING, 241), "CANCELLING", "En 4 h no empezó a correr: "),
        (seen(StateType.SCHEDULED, 241, "Late"), "CANCELLED", "En 4 h no empezó a correr: "),
        (
            seen(StateType.SCHEDULED, 241, "Late", has_process=True),
            "CANCELLING",
            "En 4 h no empezó a correr: ",
        ),
        (seen(StateType.CANCELLING, 6), "CANCELLED", "Estuvo más de 5 min en Cancelling "),
    ],
)
def test_what_is_over_becomes_what_it_ought_to_be_and_says_why(
    run: Seen, state: str, said: str
) -> None:
    verdict = judge(run, LIMITS, NOW)
    assert verdict and (verdict.state, verdict.run) == (state, run)
    assert verdict.reason.startswith(said) and verdict.reason.endswith(".")


def test_what_the_server_did_not_mark_as_late_is_marked_and_not_ended() -> None:
    """It may have come back a moment ago: the workers have had no time to take the run."""
    due = NOW - timedelta(hours=60)
    verdict = judge(seen(StateType.SCHEDULED, 9999, "Scheduled", due=due), LIMITS, NOW)
    assert verdict and (verdict.state, verdict.state_name) == ("SCHEDULED", "Late")
    assert "hace 2 días 12 h" in verdict.reason
    marked = seen(StateType.SCHEDULED, 1, "Late", due=due)
    assert judge(marked, LIMITS, NOW) is None, "the time counts from there on"


@given(run=some_runs, limits=some_limits)
def test_a_run_is_ended_only_by_a_limit_that_there_is_and_is_over(
    run: Seen, limits: Limits
) -> None:
    verdict = judge(run, limits, NOW)
    if verdict is None:
        return
    limit = {
        StateType.RUNNING: limits.running,
        StateType.CANCELLING: limits.to_cancel,
    }.get(run.type, limits.late)
    assert limit is not None
    from_when = run.due if verdict.state_name == "Late" else run.since
    assert from_when is not None and NOW - from_when >= limit
    assert run.type not in TERMINAL_STATES and run.type != StateType.PAUSED
    assert run.type != StateType.SCHEDULED or run.state_name in ("Late", "Scheduled")


@given(run=some_runs, limits=some_limits, later=spans)
def test_what_is_over_stays_over(run: Seen, limits: Limits, later: timedelta) -> None:
    if judge(run, limits, NOW):
        assert judge(run, limits, NOW + later)


@given(run=some_runs, limits=some_limits)
def test_what_waits_for_its_retry_its_turn_or_somebody_is_nobody_s_fault(
    run: Seen, limits: Limits
) -> None:
    waiting = ("AwaitingRetry", "AwaitingConcurrencySlot", "Resuming")
    if run.type in (StateType.SCHEDULED, StateType.PAUSED) and run.state_name in waiting:
        assert judge(run, limits, NOW) is None


# --- Signs of life -----------------------------------------------------------------------------


def test_a_running_one_is_to_give_signs_once_it_runs_longer_than_that() -> None:
    assert is_to_give_signs(seen(StateType.RUNNING, 11), LIMITS, NOW)
    assert not is_to_give_signs(seen(StateType.RUNNING, 9), LIMITS, NOW)
    assert not is_to_give_signs(seen(StateType.RUNNING, 11), replace(LIMITS, lost=None), NOW)


def test_a_process_that_waits_for_its_retry_is_to_begin_it() -> None:
    waits = seen(StateType.SCHEDULED, 60, "AwaitingRetry", retries_in_process=True)
    for minutes, expected in ((11, True), (9, False), (-5, False)):
        due = NOW - timedelta(minutes=minutes)
        assert is_to_give_signs(replace(waits, due=due), LIMITS, NOW) is expected
        another = replace(waits, due=due, retries_in_process=False)
        assert not is_to_give_signs(another, LIMITS, NOW), "a worker is to begin that one"


def test_silence_counts_from_the_last_sign_of_this_attempt() -> None:
    run = seen(StateType.RUNNING, 60)
    for minutes, expected in ((11, True), (9, False), (60.5, True), (62, False)):
        sign = NOW - timedelta(minutes=minutes)
        assert is_silent(run, sign, LIMITS, NOW) is expected
    verdict = lost(run, NOW - timedelta(minutes=11), LIMITS, NOW)
    assert verdict.state == "CRASHED" and "vida hace 11 min: " in verdict.reason


# --- Subflows ----------------------------------------------------------------------------------


class Family:
    """A run of a deployment, a subflow of it, and a subflow of that one."""

    def __init__(self) -> None:
        self.root = seen(StateType.CRASHED, 11)
        self.child = seen(StateType.RUNNING, 60, deployment_id=None)
        self.grandchild = seen(StateType.RUNNING, 60, deployment_id=None)
        self.limits: dict[UUID, Limits] = {self.root.deployment_id or uuid4(): LIMITS}

    def verdicts(self) -> dict[UUID, str]:
        parents = {self.child.id: self.root.id, self.grandchild.id: self.child.id}
        above = {run.id: run for run in (self.root, self.child)}
        subflows = {
            run.id: run for run in (self.child, self.grandchild) if run.type not in TERMINAL_STATES
        }
        found = orphans(subflows, parents, above, self.limits, NOW)
        return {verdict.run.id: verdict.state.value for verdict in found}


def test_what_a_crashed_flow_left_running_ends_with_it_at_every_depth() -> None:
    family = Family()
    assert family.verdicts() == {family.child.id: "CRASHED", family.grandchild.id: "CRASHED"}


def test_what_a_crashed_subflow_left_running_ends_too() -> None:
    family = Family()
    family.root = replace(family.root, type=StateType.RUNNING)
    assert family.verdicts() == {}
    family.child = replace(family.child, type=StateType.FAILED)
    assert family.verdicts() == {family.grandchild.id: "CRASHED"}


def test_of_a_cancelled_flow_and_while_it_is_being_cancelled_it_is_cancelled() -> None:
    family = Family()
    family.root = replace(family.root, type=StateType.CANCELLED)
    assert set(family.verdicts().values()) == {"CANCELLED"}
    family = Family()
    family.child = replace(family.child, type=StateType.CANCELLING)
    assert family.verdicts()[family.child.id] == "CANCELLED", "the server takes no other then"


def test_it_has_the_time_to_end_by_itself() -> None:
    family = Family()
    family.root = replace(family.root, since=NOW - timedelta(minutes=9))
    assert family.verdicts() == {}


def test_that_of_a_deployment_without_limits_or_of_a_run_that_is_gone_stays() -> None:
    family = Family()
    family.limits = {}
    assert family.verdicts() == {}
    assert list(orphans({family.child.id: family.child}, {}, {}, {}, NOW)) == []
    gone = {family.child.id: family.root.id}
    assert list(orphans({family.child.id: family.child}, gone, {}, {}, NOW)) == []


@pytest.mark.parametrize(
    ("retries", "attempts", "left"),
    [(None, 1, 0), (0, 1, 0), (1, 1, 1), (1, 2, 0), (3, 1, 3), (3, 2, 2), (3, 9, 0)],
)
def test_as_many_attempts_are_left_as_prefect_would_make(
    retries: int | None, attempts: int, left: int
) -> None:
    policy = FlowRunPolicy(retries=retries)
    assert (
        attempts_left(FlowRun(flow_id=uuid4(), run_count=attempts, empirical_policy=policy)) == left
    )
