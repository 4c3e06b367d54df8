"""What has to be told: each change once, whatever was told of it already."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from electra_flow.alerts.changes import GRACE, Moment, Standing, Told, Waited, due
from electra_flow.model.alert import ALWAYS
from electra_flow.model.alert_tags import Declared

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
START = NOW - timedelta(days=1)
BY_MAIL = Standing(
    declared=Declared("f/d-prod", "mail", False, "prod", "", ALWAYS, timedelta(minutes=15)),
    deployment_id=uuid4(),
    automation_id=uuid4(),
    recovered_id=uuid4(),
    since=START - timedelta(days=30),
    sent_by_server=False,
)
BY_SERVER = replace(BY_MAIL, sent_by_server=True)
FAILED = Moment(UUID(int=99), START - timedelta(days=6), ["failed"])


def history(outcomes: str) -> list[Moment]:
    """Return moments, an hour apart and the last one ten minutes ago: x failed, . went well."""
    last = NOW - timedelta(minutes=10)
    return [
        Moment(
            UUID(int=number + 1),
            last - timedelta(hours=len(outcomes) - 1 - number),
            ["recovered" if outcome == "." else "failed"],
        )
        for number, outcome in enumerate(outcomes)
    ]


def told(moment: Moment) -> Told:
    return Told(moment.run_id, moment.at, moment.went_well)


def changes(outcomes: str) -> list[int]:
    """Return which of some outcomes are changes, from having gone well."""
    before = "." + outcomes
    return [n for n, (old, new) in enumerate(zip(before, outcomes, strict=False)) if old != new]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [("", []), (".", []), ("x", [0]), ("xx", [0]), ("x.", [0, 1]), ("xx..x", [0, 2, 4])],
)
def test_each_change_is_told_and_nothing_else(outcomes: str, expected: list[int]) -> None:
    moments = history(outcomes)
    found = list(due(BY_MAIL, moments, [], START, NOW))
    assert [moments.index(moment) for moment in found] == expected == changes(outcomes)


@given(st.text("x.", max_size=20), st.sets(st.integers(0, 20)), st.randoms())
def test_what_was_told_is_not_told_again_and_the_rest_is(
    outcomes: str, which: set[int], random: object
) -> None:
    moments = history(outcomes)
    changed = [moments[number] for number in changes(outcomes)]
    before = [told(moment) for number, moment in enumerate(changed) if number in which]
    shuffled = list(moments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = list(due(BY_MAIL, shuffled, before, START, NOW))
    assert found == [moment for number, moment in enumerate(changed) if number not in which]
    assert not list(due(BY_MAIL, moments, [*before, *map(told, found)], START, NOW)), "once"


@given(st.text("x.", min_size=1, max_size=20), st.data())
def test_a_streak_is_told_by_any_of_its_runs(outcomes: str, data: st.DataObject) -> None:
    """Where several run at once, the server may have seen another of them first."""
    moments = history(outcomes)
    starts = [*changes(outcomes), len(outcomes)]
    of_each = [
        told(data.draw(st.sampled_from(moments[first:end])))
        for first, end in zip(starts, starts[1:], strict=False)
    ]
    assert not list(due(BY_MAIL, moments, of_each, START, NOW))


@given(st.text("x.", max_size=20))
def test_what_failed_before_already_is_no_change(outcomes: str) -> None:
    moments = history(outcomes)
    found = list(due(BY_MAIL, moments, [], START, NOW, before=FAILED))
    whole = changes("x" + outcomes)[1:]
    assert found == [moments[number - 1] for number in whole]


def test_what_happened_before_the_alert_was_made_is_nobody_s_news() -> None:
    moments = history("x.xx")
    new = replace(BY_MAIL, since=moments[2].at)
    assert list(due(new, moments, [], START, NOW, before=FAILED)) == [moments[3]]


def test_the_server_is_given_time_for_what_it_sends() -> None:
    (moment,) = history("x")
    for age, expected in ((GRACE, [True]), (GRACE - timedelta(seconds=1), [])):
        young = replace(moment, at=NOW - age)
        assert [item == young for item in due(BY_SERVER, [young], [], START, NOW)] == expected
        assert list(due(BY_MAIL, [young], [], START, NOW)) == [young]


def test_only_what_is_asked_for_is_told() -> None:
    moments = history("x.")
    of_crashes = replace(BY_MAIL, declared=replace(BY_MAIL.declared, when=["crashed"]))
    assert list(due(of_crashes, moments, [], START, NOW)) == []
    crashed = [replace(moments[0], whens=["crashed", "ended"]), moments[1]]
    assert list(due(of_crashes, crashed, [], START, NOW)) == crashed
    no_recovery = replace(of_crashes, recovered_id=None)
    assert list(due(no_recovery, crashed, [], START, NOW)) == crashed[:1]


def test_a_run_that_was_late_and_then_went_well_recovers_once() -> None:
    (well,) = history(".")
    late = Told(well.run_id, well.at - timedelta(minutes=5), recovered=False)
    assert list(due(BY_MAIL, [well], [late], START, NOW)) == [well]
    assert list(due(BY_MAIL, [well], [late, told(well)], START, NOW)) == []


def test_what_fails_after_a_deployment_is_told_again() -> None:
    """A deployment is no recovery: that is told of a run alone."""
    moments = history("xx.")
    deployed = [moments[1].at - timedelta(minutes=1)]
    first = told(moments[0])
    assert list(due(BY_MAIL, moments, [first], START, NOW, deployed=deployed)) == moments[1:]
    both = [first, told(moments[1])]
    assert list(due(BY_MAIL, moments, both, START, NOW, deployed=deployed)) == moments[2:]
    well = [moments[0], moments[2]]
    assert list(due(BY_MAIL, well, [first], START, NOW, deployed=deployed)) == moments[2:]


@pytest.mark.parametrize("hours", [-200, -24.5])
def test_a_deployment_before_the_period_counts_as_going_well(hours: float) -> None:
    (moment,) = history("x")
    deployed = [NOW + timedelta(hours=hours)]
    expected = [moment] if deployed[0] > FAILED.at else []
    found = due(BY_MAIL, [moment], [], START, NOW, before=FAILED, deployed=deployed)
    assert list(found) == expected


def test_what_was_told_to_fail_before_the_period_recovers_in_it() -> None:
    """Also where its last run before that says nothing of why it was cancelled."""
    (well,) = history(".")
    before = Told(uuid4(), START - timedelta(minutes=20), recovered=False)
    assert list(due(BY_MAIL, [well], [before], START, NOW)) == [well]
    recovered = Moment(uuid4(), START - timedelta(minutes=10), ["recovered"])
    assert list(due(BY_MAIL, [well], [before], START, NOW, before=recovered)) == []


def test_what_failed_before_in_a_way_that_is_not_asked_for_does_not_recover() -> None:
    (well,) = history(".")
    crashes = ["crashed", "recovered"]
    of_crashes = replace(BY_MAIL, declared=replace(BY_MAIL.declared, when=crashes))
    assert list(due(of_crashes, [well], [], START, NOW, before=FAILED)) == []
    crashed = replace(FAILED, whens=["crashed"])
    assert list(due(of_crashes, [well], [], START, NOW, before=crashed)) == [well]


def test_a_run_is_late_only_once_it_waited_for_so_long() -> None:
    """What another run did meanwhile was before that."""
    after = timedelta(minutes=15)
    began = NOW - timedelta(minutes=20)
    waits = Moment(UUID(int=1), began, ["late", "ended"])
    well = Moment(UUID(int=2), began + timedelta(minutes=5), ["recovered"])
    late = Waited(waits, NOW).late(after)
    assert late is not None and late.at == began + after
    assert list(due(BY_MAIL, [late, well], [], START, NOW)) == [late]
    assert Waited(waits, began + timedelta(minutes=14)).late(after) is None
    assert Waited(waits, NOW).late(None) is None


def test_a_run_that_was_late_and_is_then_ended_is_one_failure() -> None:
    late, well, again = history("x..")
    ended = replace(late, at=well.at + timedelta(minutes=30), whens=["ended"])
    moments = [late, well, ended, again]
    assert list(due(BY_MAIL, moments, [told(late), told(well)], START, NOW)) == []
