"""Twelve stuck and lost runs that only the automations of the server end: no rounds."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

from under_load.project import POOL, Limits, deploy, write_load
from under_load.runs import LOST, STUCK, WELL, Fate, Load
from under_load.scenario import Result
from under_load.service import MORTAL, Team, team

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project

DEPLOYMENTS = 6
LIMITS = Limits(running=120, late=1200, lost=90)
FORGOTTEN = 75  # seconds after its end, Prefect has deleted a limit that it did not look at in time
LONGEST = 120  # seconds that the server has, once the last limit is over and it is there


def play_alone(load: Project, folder: Path, **settings: str) -> Result:
    """Play it on a server that goes on under load, and on one that is away when limits are over."""
    result = Result()
    write_load(load, DEPLOYMENTS, LIMITS, alerts=False)
    with team(load, folder, POOL, load.env, **settings) as place:
        place.start_server()
        place.server.make_pool(POOL)
        place.api("POST", f"/work_pools/{POOL}/queues", {"name": MORTAL})
        place.start_worker(place.worker)
        place.start_worker(place.mortal)
        deploy(load, place.server)
        for away in (False, True):
            _once(Load(place, load.path, []), away, result)
    return result


def _once(load: Load, away: bool, result: Result) -> None:
    for number in range(DEPLOYMENTS):  # all at once
        load.begin(LOST, number, 2, 20)
        load.begin(STUCK, number, 2, 20)
    load.wait_for_work()
    load.lose()
    load.team.start_worker(load.team.mortal)
    first, last = _ends(load)
    time.sleep(max(0, first - 15 - time.time()))
    for number in range(DEPLOYMENTS):  # so that the database is busy when the limits are over
        load.begin(WELL, number, 60, 300)
    if away:
        _be_away(load.team, last + FORGOTTEN)
    end = max(last, time.time()) + LONGEST
    while (left := [fate for fate in _watched(load) if not fate.by_watchdog]) and time.time() < end:
        time.sleep(5)
    mistaken = [fate for fate in load.fates(LIMITS) if fate.run.kind == WELL and fate.by_watchdog]
    load.clean()
    name = "server away" if away else "server there"
    print(f"  {name}: {len(left)} of {len(_watched(load))} left", file=sys.stderr, flush=True)
    result.counts[f"not ended of 12, {name}"] = len(left)
    result.counts[f"healthy ones ended, {name}"] = len(mistaken)


def _watched(load: Load) -> list[Fate]:
    return [fate for fate in load.fates(LIMITS) if fate.run.kind in (LOST, STUCK)]


def _ends(load: Load) -> tuple[float, float]:
    """Return when the first of the limits is over, and the last."""
    ends = [run.lost_at.timestamp() + LIMITS.lost for run in load.of(LOST) if run.lost_at]
    for run in load.of(STUCK):
        start = load.team.api("GET", f"/flow_runs/{run.id}")["start_time"]
        if start:
            ends.append(datetime.fromisoformat(start).timestamp() + LIMITS.running)
    return min(ends), max(ends)


def _be_away(place: Team, until: float) -> None:
    place.of_server.kill()
    time.sleep(max(0, until - time.time()))
    place.start_server()
