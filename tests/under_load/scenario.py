"""What happens to a team's server and machine while the load is on, and what is counted afterwards."""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from harness import wait_until
from receivers import receiver
from under_load import counting
from under_load.project import (
    POOL,
    QUEUE,
    Limits,
    deploy,
    write_load,
    write_monitoring,
)
from under_load.runs import FAILS, LATE, LOST, STUCK, WELL, Fate, Load
from under_load.service import MORTAL, Team, team

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project
    from receivers import Receiver


@dataclass(frozen=True)
class Plan:
    """How much there is of everything.

    Attributes:
        deployments: How many deployments.
        limits: Their limits.
        lines: How many lines each healthy run writes.
        seconds: For how long a healthy run works.
        kills: How often the server is killed.
        machine: Whether the machine goes down, and takes some runs with it.
    """

    deployments: int = 6
    limits: Limits = Limits()
    lines: int = 200
    seconds: int = 150
    kills: int = 2
    machine: bool = True


@dataclass
class Result:
    """What was counted.

    Attributes:
        counts: What has to be 0.
        facts: What else is to be known.
        details: What is not as it should be, one by one.
    """

    counts: dict[str, int] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)


class Story:
    """What happens, in its order."""

    def __init__(
        self, plan: Plan, projects: tuple[Project, Project], place: Team, alerts: Receiver
    ) -> None:
        self.plan, self.team, self.alerts = plan, place, alerts
        self.project, self.monitoring = projects
        self.load = Load(place, self.project.path, [])
        self.moved = self.refused = 0
        self.result = Result()
        self._begun = time.monotonic()

    def play(self) -> Result:
        self.set_up()
        self.begin()
        if self.plan.kills > 1:
            self.deploy()
            self.kill_server()
            self.deploy()
        self.say("more healthy runs")
        for number in range(self.plan.deployments):
            self.load.begin(WELL, number, self.plan.seconds, self.plan.lines)
        if self.plan.machine:
            self.lose_the_machine()
        self.kill_server_at_a_limit()
        self.deploy()
        fates = self.wait_for_the_end()
        self.wait_for_alerts(fates)
        self.load.clean()
        self.count(fates)
        return self.result

    def say(self, what: str) -> None:
        print(f"  {time.monotonic() - self._begun:5.0f} s  {what}", file=sys.stderr, flush=True)

    def set_up(self) -> None:
        took = self.team.start_server()
        self.say(f"the server answers ({took:.0f} s)")
        self.team.server.make_pool(POOL)
        for queue in ({"name": QUEUE, "is_paused": True}, {"name": MORTAL}):
            self.team.api("POST", f"/work_pools/{POOL}/queues", queue)
        self.team.start_worker(self.team.worker)
        self.team.start_worker(self.team.mortal)
        self.team.server.make_block("custom-webhook", "avisos", self.alerts.custom_block())
        self.refused += deploy(self.monitoring, self.team.server)
        self.refused += deploy(self.project, self.team.server)
        counting.pause(self.team)
        self.paused = counting.pauses(self.team)
        self.say("everything is deployed, and something paused")

    def begin(self) -> None:
        """Begin the runs; all but the healthy ones write some lines, too."""
        for number in range(self.plan.deployments):
            self.load.begin(LATE, number)
            if self.plan.machine:
                self.load.begin(LOST, number, 5, 50)
            self.load.begin(STUCK, number, 5, 50)
            self.load.begin(FAILS, number, 5, 50)
            self.load.begin(WELL, number, self.plan.seconds, self.plan.lines, wait=True)
        self.say(f"{len(self.load.runs)} runs have begun")
        self.load.wait_for_work()
        self.say("those that are to be lost give signs of life")

    def deploy(self) -> None:
        self.refused += deploy(self.project, self.team.server)
        self.look_at_pauses("a deploy")

    def kill_server(self) -> None:
        self.team.of_server.kill()
        time.sleep(3)
        took = self.team.start_server()
        self.say(f"the server was killed, and is back after {3 + took:.0f} s")

    def lose_the_machine(self) -> None:
        self.load.lose()
        self.say("a worker was killed, and the runs that are lost with it")
        time.sleep(3)
        self.team.start_worker(self.team.mortal)

    def kill_server_at_a_limit(self) -> None:
        """Kill it while a deploy is on, just before the first that is stuck is over."""
        limit = self._next_limit()
        wait_until(lambda: datetime.now(UTC) >= limit, "a limit", 600)
        with ThreadPoolExecutor() as executor:
            env = self.team.server.env
            interrupted = executor.submit(self.project.deploy, "--env", "prod", **env)
            time.sleep(6)  # it has begun to write
            self.kill_server()
            code = interrupted.result().code
        if "Traceback" in interrupted.result().output:
            self.result.details.append(interrupted.result().output)
        self.say(f"a deploy meanwhile ended with {code}")
        self.look_at_pauses("an interrupted deploy")

    def _next_limit(self) -> datetime:
        """Return when the next of the stuck runs is over, some seconds before."""
        limit = timedelta(seconds=self.plan.limits.running - 8)
        starts = [
            self.team.api("GET", f"/flow_runs/{run.id}")["start_time"]
            for run in self.load.of(STUCK)
        ]
        limits = [datetime.fromisoformat(start) + limit for start in starts if start]
        now = datetime.now(UTC)
        return min((time for time in limits if time > now), default=now)

    def look_at_pauses(self, after: str) -> None:
        now = counting.pauses(self.team)
        self.moved += len(self.paused - now)
        self.result.details += [f"moved by {after}: {item}" for item in self.paused - now]

    def wait_for_the_end(self) -> list[Fate]:
        """Wait until all runs have ended, or none may go on any more."""
        limits = self.plan.limits
        longest = 2 * limits.running + 2 * limits.lost + 2 * limits.period
        end = time.monotonic() + longest
        said = None
        while True:
            fates = self.load.fates(limits)
            left = Counter(f.run.kind for f in fates if f.ended is None)
            if left != said:
                self.say(f"left: {dict(left) or 'none'}")
                said = left
            if not left or time.monotonic() > end:
                return fates
            time.sleep(5)

    def wait_for_alerts(self, fates: list[Fate]) -> None:
        """Give the monitoring project the time to send what the server did not."""
        end = time.monotonic() + 480
        while counting.missing_alerts(fates, self.alerts.payloads) and time.monotonic() < end:
            time.sleep(2)
        self.say(f"{len(self.alerts.got)} alerts")

    def of_monitoring(self) -> list[str]:
        """Return how the runs of the monitoring project ended, or did not."""
        body = {"deployments": {"name": {"like_": "monitoreo"}}, "flow_runs": {}}
        due = {"expected_start_time": {"before_": datetime.now(UTC).isoformat()}}
        flows = {item["id"]: item["name"] for item in self.team.all("/flows/filter", {})}
        states = Counter(
            f"{flows[run['flow_id']]}: {run['state_name']}"
            for run in self.team.all("/flow_runs/filter", body | {"flow_runs": due})
        )
        return [f"{number} {state}" for state, number in sorted(states.items())]

    def count(self, fates: list[Fate]) -> None:
        result, lines = self.result, counting.count_lines(self.load)
        overdue = [f for f in fates if f.run.kind not in (WELL, FAILS) and not f.is_in_time]
        wrong = [f for f in fates if f.run.kind in (WELL, FAILS) and f.by_watchdog]
        missing = counting.missing_alerts(fates, self.alerts.payloads)
        fallen = counting.not_well(fates)
        result.counts |= {
            "runs not ended in twice their limit and a period": len(overdue),
            "healthy runs ended by mistake": len(wrong),
            "lines missing in the file": lines.missing,
            "lines doubled in the file": lines.doubled,
            "alerts missing": len(missing),
            "pauses moved": self.moved,
        }
        result.facts |= {
            "runs": len(fates),
            "of these to be ended": sum(f.run.kind not in (WELL, FAILS) for f in fates),
            "slowest, of what it may take": max(
                (
                    f.seconds / f.allowed
                    for f in fates
                    if f.seconds and f.run.kind not in (WELL, FAILS)
                ),
                default=0.0,
            ),
            "lines written": lines.written,
            "lines missing in the UI": lines.missing_in_ui,
            "changes to be told": len(counting.changes(fates)),
            "alerts": len(self.alerts.got),
            "alerts said twice": counting.repeated_alerts(fates, self.alerts.payloads),
            "healthy runs that the outages cost": len(fallen),
            "«database is locked» in the server's log": counting.log_of(
                self.team.of_server.log, "database is locked"
            ),
            "deploys that a busy server refused": self.refused,
            "minutes": (time.monotonic() - self._begun) / 60,
        }
        result.details += self.of_monitoring()
        result.details += [f"late: {fate}" for fate in overdue]
        result.details += [f"by mistake: {fate}" for fate in wrong]
        result.details += [f"not told: {change}" for change in missing]
        result.details += [f"fell: {fate}" for fate in fallen]


def play(plan: Plan, load: Project, monitoring: Project, folder: Path, **settings: str) -> Result:
    """Play the whole story on a server of its own.

    Args:
        plan: How much there is of everything.
        load: A generated project, which becomes that of the load.
        monitoring: A generated monitoring project.
        folder: Where the server keeps what is its own.
        settings: The server's settings.
    """
    write_load(load, plan.deployments, plan.limits)
    write_monitoring(monitoring, plan.limits.period)
    with (
        receiver() as alerts,
        team(load, folder, POOL, load.env, **settings) as place,
    ):
        return Story(plan, (load, monitoring), place, alerts).play()
