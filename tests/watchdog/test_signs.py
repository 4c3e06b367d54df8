"""Listening for signs of life: a silence is a run's only while the server is seen to hear.

The server here is played, and so is the time; a real one is listened to in end_to_end/test_round.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from electra_flow.watchdog import signs
from electra_flow.watchdog.signs import interval, last_signs, listen

BEFORE = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEEDED = timedelta(seconds=60)


class Clock:
    """The time of this process, which passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class PlayedServer:
    """Takes events and keeps them, or does not."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hears: Callable[[float], bool] = lambda seconds: True
        self.answers: Callable[[float], bool] = lambda seconds: True
        self.heartbeats: dict[UUID, list[float]] = {}
        self.events: set[UUID] = set()
        self.asked = 0

    @property
    def seconds(self) -> float:
        return self.clock.now - 1000

    def request(self, method: str, path: str, json: list[dict[str, Any]]) -> Any:
        assert (method, path) == ("POST", "/events")
        if not self.answers(self.seconds):
            raise httpx.ConnectError("nadie atiende")
        if self.hears(self.seconds):
            self.events |= {UUID(event["id"]) for event in json}
        return SimpleNamespace(raise_for_status=lambda: None)

    def read_events(self, wanted: Any, limit: int) -> Any:
        self.asked += 1
        if wanted.id.id:
            return SimpleNamespace(events=[id for id in wanted.id.id if id in self.events])
        assert wanted.resource.distinct and len(wanted.resource.id) <= limit == 50
        events = []
        for name in wanted.resource.id:
            times = self.heartbeats.get(UUID(name.removeprefix("prefect.flow-run.")), [])
            past = [BEFORE + timedelta(seconds=time) for time in times if time <= self.seconds]
            if past:
                resource = SimpleNamespace(id=name)
                events.append(SimpleNamespace(resource=resource, received=max(past)))
        return SimpleNamespace(events=events)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = Clock()
    monkeypatch.setattr(signs, "time", clock)
    return PlayedServer(clock)


def test_a_silence_that_a_hearing_server_confirms_is_the_run_s(server: Any) -> None:
    run = uuid4()
    assert listen(server, {run: BEFORE}, NEEDED) == ({run}, set())
    assert NEEDED.total_seconds() <= server.seconds <= NEEDED.total_seconds() + signs.STEP


def test_a_run_that_gives_a_sign_meanwhile_lives_and_nobody_waits_any_longer(server: Any) -> None:
    run = uuid4()
    server.heartbeats[run] = [20]
    assert listen(server, {run: BEFORE}, NEEDED) == (set(), set())
    assert server.seconds <= 20 + signs.STEP


def test_while_the_server_does_not_hear_nobody_is_given_up(server: Any) -> None:
    """Its database was locked, or it was away: the silence counts from the end of that."""
    run, alive = uuid4(), uuid4()
    server.hears = lambda seconds: seconds > 200
    server.heartbeats[alive] = [0, 250]
    assert listen(server, {run: BEFORE, alive: BEFORE}, NEEDED) == ({run}, set())
    assert server.seconds >= 200 + NEEDED.total_seconds()


def test_one_lost_event_of_our_own_begins_the_silence_again(server: Any) -> None:
    run = uuid4()
    server.hears = lambda seconds: not 40 <= seconds < 60
    assert listen(server, {run: BEFORE}, NEEDED) == ({run}, set())
    assert server.seconds >= 60 + NEEDED.total_seconds()


@pytest.mark.parametrize("what", ["hears", "answers"])
def test_a_server_that_never_hears_makes_a_round_no_longer_than_it_may_be(
    server: Any, what: str
) -> None:
    run = uuid4()
    setattr(server, what, lambda seconds: False)
    assert listen(server, {run: BEFORE}, NEEDED) == (set(), {run})
    assert server.seconds <= signs.LONGEST.total_seconds() + 2 * signs.STEP


def test_the_signs_of_many_runs_are_read_in_few_requests(server: Any) -> None:
    runs = [uuid4() for _ in range(120)]
    server.heartbeats = {run: [-30] for run in runs[:70]}
    found = last_signs(server, runs, BEFORE)
    assert set(found) == set(runs[:70]) and server.asked == 3


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "200"}, 200),
        ({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "1"}, 30),
        ({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "mucho"}, 120),
        ({}, 120),
    ],
)
def test_how_often_runs_give_signs_is_what_their_deployment_tells_them(
    environment: dict[str, object], seconds: int
) -> None:
    assert interval(environment, timedelta(minutes=6)) == timedelta(seconds=seconds)
