"""Never may a schedule that an operator stopped run, or one that ran stop, because of a deployment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.schedules import Schedule

from electra_flow import Cron, Interval, RRule
from electra_flow.deploying.batch import changes_of
from electra_flow.deploying.same_schedule import describe
from electra_flow.deploying.schedules import kept, merge_schedules
from electra_flow.model.schedules import as_prefect

ZONE = "America/Argentina/Buenos_Aires"


def own(*schedules: Any) -> list[Schedule]:
    return [as_prefect(schedule, ZONE) for schedule in schedules]


def on_server(schedule: Schedule, *, active: bool = True) -> DeploymentSchedule:
    """What a server gives back of a schedule: Prefect's own models, validated by them."""
    zone = schedule.timezone
    if schedule.cron:
        rule: Any = CronSchedule(cron=schedule.cron, timezone=zone, day_or=schedule.day_or)
    elif schedule.interval:
        rule = IntervalSchedule(
            interval=schedule.interval,
            timezone=zone,
            anchor_date=schedule.anchor_date.astimezone(ZoneInfo(ZONE)),
        )
    else:
        rule = RRuleSchedule(rrule=schedule.rrule, timezone=zone)
    parameters = dict(schedule.parameters)
    return DeploymentSchedule(
        schedule=rule, active=active, parameters=parameters, slug=schedule.slug
    )


def stored(*schedules: Any, stopped: int | None = None) -> list[DeploymentSchedule]:
    """What the server has, newest first, as it lists them; an operator stopped one."""
    made = [on_server(item, active=i != stopped) for i, item in enumerate(own(*schedules))]
    return made[::-1]


def running(merge: Any) -> dict[str, bool]:
    return {item.cron or item.rrule or str(item.interval): item.active for item in merge.schedules}


def test_two_hours_that_both_move_do_not_exchange_their_pause() -> None:
    """Which is which cannot be known: it is said, and both are paused."""
    before = stored(Cron("0 8 * * *"), Cron("0 18 * * *"), stopped=1)
    merge = merge_schedules(own(Cron("0 9 * * *"), Cron("0 19 * * *")), before)
    assert running(merge) == {"0 9 * * *": False, "0 19 * * *": False}
    assert merge.inactive
    assert "no se sabe cuál de las nuevas es cuál" in merge.changes[-1]


def test_with_slugs_it_is_known_and_each_keeps_its_own() -> None:
    before = stored(Cron("0 8 * * *", slug="a"), Cron("0 18 * * *", slug="b"), stopped=1)
    moved = own(Cron("0 9 * * *", slug="a"), Cron("0 19 * * *", slug="b"))
    assert running(merge_schedules(moved, before)) == {"0 9 * * *": True, "0 19 * * *": False}


def test_the_only_one_that_moves_stays_as_it_was() -> None:
    before = stored(Cron("0 8 * * *"), Cron("0 18 * * *"), stopped=1)
    merge = merge_schedules(own(Cron("0 8 * * *"), Cron("0 19 * * *")), before)
    assert running(merge) == {"0 8 * * *": True, "0 19 * * *": False}
    assert merge.changes == [
        f"cambia «0 18 * * *» en {ZONE} por «0 19 * * *» en {ZONE} (sigue en pausa)"
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            RRule("DTSTART:20300101T080000\nRRULE:FREQ=DAILY"),
            RRule("DTSTART:20300101T180000\nRRULE:FREQ=DAILY"),
        ),
        (
            Interval(timedelta(days=1), anchor_date=datetime(2030, 1, 1, 8, tzinfo=ZoneInfo(ZONE))),
            Interval(timedelta(days=1), anchor_date=datetime(2030, 1, 1, 18)),  # noqa: DTZ001
        ),
        (Cron("0 8 1 * 1"), Cron("0 8 1 * 1", day_or=False)),
        (Cron("0 8 * * *"), Cron("0 8 * * *", parameters={"sucursal": "norte"})),
        (Cron("0 8 * * *"), Cron("0 8 * * *", timezone="America/Montevideo")),
    ],
    ids=["start", "anchor", "day_or", "parameters", "zone"],
)
@pytest.mark.parametrize("stopped", [0, 1])
def test_schedules_that_differ_in_one_thing_are_told_apart(
    first: Any, second: Any, stopped: int
) -> None:
    merge = merge_schedules(own(first, second), stored(first, second, stopped=stopped))
    assert [schedule.active for schedule in merge.schedules] == [stopped != 0, stopped != 1]
    assert len(merge.changes) == 1 and merge.changes[0].startswith("sigue en pausa «")


def test_a_changed_start_of_a_rule_is_said() -> None:
    before = stored(RRule("DTSTART:20300101T080000\nRRULE:FREQ=DAILY"))
    (change,) = merge_schedules(
        own(RRule("DTSTART:20300101T090000\nRRULE:FREQ=DAILY")), before
    ).changes
    assert "080000" in change and "090000" in change


def test_a_rule_without_a_start_is_the_one_that_the_server_gave_one() -> None:
    before = stored(RRule("DTSTART:20200101T000000\nRRULE:FREQ=DAILY;BYHOUR=6"))
    assert merge_schedules(own(RRule("FREQ=DAILY;BYHOUR=6")), before).changes == []


def test_an_interval_without_an_anchor_keeps_the_server_s() -> None:
    anchor = datetime(2026, 1, 1, 11, tzinfo=UTC)
    before = stored(Interval(timedelta(hours=6), anchor_date=anchor))
    merge = merge_schedules(own(Interval(timedelta(hours=6))), before)
    assert merge.schedules[0].anchor_date == anchor and merge.changes == []


def test_a_local_anchor_is_in_the_project_s_zone() -> None:
    (schedule,) = own(Interval(timedelta(hours=6), anchor_date=datetime(2030, 1, 1, 8)))  # noqa: DTZ001
    assert schedule.anchor_date == datetime(2030, 1, 1, 11, tzinfo=UTC)


def test_prefect_s_own_schedule_without_a_zone_takes_the_project_s() -> None:
    assert as_prefect(Schedule(cron="0 8 * * *"), ZONE).timezone == ZONE


def test_where_schedules_start_inactive_they_are_made_so_and_an_operator_s_stay_on() -> None:
    new = merge_schedules(own(Cron("0 8 * * *")), [], starts_active=False)
    assert running(new) == {"0 8 * * *": False} and new.inactive
    before = stored(Cron("0 8 * * *"))
    assert running(merge_schedules(own(Cron("0 8 * * *")), before, starts_active=False)) == {
        "0 8 * * *": True
    }


def test_activate_switches_on_what_is_declared_active_and_nothing_else() -> None:
    declared = own(Cron("0 8 * * *"), Cron("0 18 * * *", active=False))
    before = stored(Cron("0 8 * * *"), Cron("0 18 * * *"), stopped=0)
    merge = merge_schedules(declared, before, activate=True)
    assert running(merge) == {"0 8 * * *": True, "0 18 * * *": False}
    assert not merge.inactive and f"se activa «0 8 * * *» en {ZONE}" in merge.changes


def test_what_disappears_is_said_with_its_pause() -> None:
    before = stored(Cron("0 8 * * *"), Cron("0 18 * * *"), stopped=1)
    assert merge_schedules([], before).changes == [
        f"desaparece «0 18 * * *» en {ZONE} (estaba en pausa)",
        f"desaparece «0 8 * * *» en {ZONE}",
    ]


def test_of_two_alike_of_which_one_was_stopped_it_is_the_running_one_that_disappears() -> None:
    before = stored(Cron("0 8 * * *"), Cron("0 8 * * *"), stopped=1)
    assert running(merge_schedules(own(Cron("0 8 * * *")), before)) == {"0 8 * * *": False}


def test_what_is_not_declared_is_passed_back_as_it_is() -> None:
    everything = (
        Cron("0 8 * * *", slug="a", parameters={"x": 1}),
        Interval(timedelta(hours=6), anchor_date=datetime(2026, 1, 1, tzinfo=UTC)),
        RRule("FREQ=DAILY;BYHOUR=6"),
    )
    before = stored(*everything, stopped=1)
    again = [on_server(schedule, active=schedule.active) for schedule in kept(before)]
    facts = [(item.schedule, item.active, item.parameters, item.slug) for item in before]
    assert [(item.schedule, item.active, item.parameters, item.slug) for item in again] == facts


# --- Any list of schedules, any pauses, any edit --------------------------------------------------


crons = st.sampled_from([f"{minute} {hour} * * *" for minute in (0, 30) for hour in range(6)])
lines = st.builds(
    lambda cron, slug, stopped, edit: SimpleNamespace(
        cron=cron, slug=slug, stopped=stopped, edit=edit
    ),
    crons,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["keep", "keep", "move", "remove", "parameters"]),
)


@given(st.lists(lines, max_size=6, unique_by=lambda line: line.cron), st.randoms())
def test_nothing_that_was_stopped_runs_and_nothing_that_is_known_stops(
    declared: list[Any], random: Any
) -> None:
    """Whatever is edited: what is the same for certain is as before, what may be a stopped one is not
    running, and with nothing stopped everything runs."""
    before, after, expected = [], [], []
    for number, line in enumerate(declared):
        slug = f"s{number}" if line.slug else None
        schedule = Cron(line.cron, slug=slug)
        before.append(on_server(as_prefect(schedule, ZONE), active=not line.stopped))
        if line.edit == "remove":
            continue
        changed = {
            "keep": schedule,
            "move": replace(schedule, cron=f"{10 + number} 20 * * *"),
            "parameters": replace(schedule, parameters={"x": number}),
        }[line.edit]
        after.append(changed)
        # Its rule is enough: the server forgets parameters when somebody switches a schedule off.
        certain = line.edit != "move" or line.slug
        expected.append(not line.stopped if certain else None)
    random.shuffle(before)
    order = list(range(len(after)))
    random.shuffle(order)
    merge = merge_schedules(own(*(after[index] for index in order)), before)
    for schedule, index in zip(merge.schedules, order, strict=True):
        if expected[index] is not None:
            assert schedule.active == expected[index], describe(schedule, schedule.parameters)
    # What may be the same as one that was stopped does not run.
    stopped_and_edited = any(
        line.stopped and not line.slug and line.edit != "keep" for line in declared
    )
    for schedule, index in zip(merge.schedules, order, strict=True):
        assert expected[index] is not None or not (schedule.active and stopped_and_edited)
    if not any(line.stopped for line in declared):
        assert all(schedule.active for schedule in merge.schedules)


def test_what_only_stays_paused_is_no_news_of_many_projects() -> None:
    """`electra-flow deploy` would say it of each project, at each deploy."""
    daily = Cron("0 1 * * *")
    merge = merge_schedules(own(daily), stored(daily, stopped=0), starts_active=True)
    assert len(merge.changes) == 1
    changes = [*merge.changes, "desaparece «0 2 * * *»"]
    published: Any = SimpleNamespace(changes=["etiquetas"], schedule_changes=changes)
    assert changes_of(published) == ["etiquetas", "desaparece «0 2 * * *»"]
