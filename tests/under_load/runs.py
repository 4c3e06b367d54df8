"""The runs of the load: beginning them, dying, and what became of each."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import wait_until
from under_load.project import QUEUE, SLUG, Limits
from under_load.service import MORTAL, Team

LATE, LOST, STUCK, WELL, FAILS, CHILD = "late", "lost", "stuck", "well", "fails", "child"
QUEUES = {LATE: QUEUE, LOST: MORTAL, STUCK: MORTAL}
TERMINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
OF_WATCHDOG = ("deploy.py", "señales de vida", "nadie la terminó", "terminó (")  # in its reasons


@dataclass
class Run:
    """A run of the load.

    Attributes:
        id: Its id.
        kind: What it is to do.
        deployment: The name of its deployment.
        lost_at: When it was killed.
        parent: The id of the run that called it.
    """

    id: str
    kind: str
    deployment: str
    lost_at: datetime | None = None
    parent: str = ""


@dataclass(frozen=True)
class Fate:
    """What became of a run.

    Attributes:
        run: The run.
        state: The type of its last state.
        message: What that state says.
        by_watchdog: Whether the watchdog set one of its states.
        seconds: From when its limit began to count, to its end; None if it has not ended.
        allowed: Twice its limit, and a period.
        ended: When it ended.
        told: When it went well or wrong: a late run, when it was late.
    """

    run: Run
    state: str
    message: str
    by_watchdog: bool
    seconds: float | None
    allowed: float
    ended: datetime | None
    told: datetime | None

    @property
    def is_in_time(self) -> bool:
        return self.seconds is not None and self.seconds <= self.allowed


@dataclass
class Load:
    """The runs that were begun.

    Attributes:
        team: Where.
        project: The folder of the project.
        runs: The runs.
    """

    team: Team
    project: Path
    runs: list[Run]

    def begin(
        self, kind: str, deployment: int, seconds: float = 0, lines: int = 0, *, wait: bool = False
    ) -> Run:
        """Begin a run."""
        name = f"{SLUG}-{deployment}"
        stored = self.team.api("GET", f"/deployments/name/{SLUG}/{name}-prod")["id"]
        parameters = {"que": kind, "segundos": seconds, "lineas": lines}
        body: dict[str, Any] = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        if kind in QUEUES:
            body["work_queue_name"] = QUEUES[kind]
        made = self.team.api("POST", f"/deployments/{stored}/create_flow_run", body)
        self.runs.append(Run(made["id"], kind, name))
        if wait:
            wait_until(lambda: self.process(self.runs[-1]), f"{kind} began", 600)
        return self.runs[-1]

    def of(self, *kinds: str) -> list[Run]:
        return [run for run in self.runs if run.kind in kinds]

    def process(self, run: Run) -> int | None:
        """Return its process; None if it has not begun."""
        with suppress(OSError, ValueError):
            return int((self.project / f"{run.id}.pid").read_text("utf-8"))
        return None

    def written(self, run: Run) -> int | None:
        """Return how many lines it wrote; None if it did not get that far."""
        with suppress(OSError, ValueError):
            return int((self.project / f"{run.id}.written").read_text("utf-8"))
        return None

    def wait_for_work(self) -> None:
        """Wait until what is to be stuck or lost is; one that was too late for it has ended."""
        wait_until(
            lambda: all(self.written(run) or self._has_ended(run) for run in self.of(LOST, STUCK)),
            "what is to be stuck or lost works",
            600,
        )
        wait_until(
            lambda: all(
                self._has_ended(run) or (self._gives_signs(run) and self._children(run))
                for run in self.of(LOST)
            ),
            "what is to be lost gives signs of life",
            600,
        )

    def _has_ended(self, run: Run) -> bool:
        state = self.team.api("GET", f"/flow_runs/{run.id}")["state_type"]
        return state == "CANCELLING" or state in TERMINAL

    def _gives_signs(self, run: Run) -> bool:
        wanted = {
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{run.id}"]},
        }
        return bool(self.team.api("POST", "/events/filter", {"filter": wanted})["events"])

    def lose(self) -> None:
        """Kill a worker, and the runs of it that are to be lost; the stuck ones have no worker then."""
        children = {run.id: self._children(run) for run in self.of(LOST)}
        self.team.mortal.kill()  # first, or it would tell the server
        for run in self.of(LOST):
            if process := self.process(run):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            run.lost_at = datetime.now(UTC)
        for run in self.of(LOST):
            for child in children[run.id]:
                self.runs.append(Run(child["id"], CHILD, run.deployment, parent=run.id))

    def _children(self, run: Run) -> list[dict[str, Any]]:
        body = {"flow_runs": {"parent_flow_run_id": {"any_": [run.id]}}}
        return self.team.all("/flow_runs/filter", body)

    def fates(self, limits: Limits) -> list[Fate]:
        """Return what became of each run, as it is now."""
        stored = {
            run["id"]: run
            for run in self.team.all(
                "/flow_runs/filter", {"flow_runs": {"id": {"any_": [run.id for run in self.runs]}}}
            )
        }
        ends = {
            id: datetime.fromisoformat(run["end_time"])
            for id, run in stored.items()
            if run["end_time"] and run["state_type"] in TERMINAL
        }
        return [self._fate(run, stored[run.id], ends, limits) for run in self.runs]

    def _fate(
        self, run: Run, stored: dict[str, Any], ends: dict[str, datetime], limits: Limits
    ) -> Fate:
        path = f"/flow_run_states/?flow_run_id={run.id}"
        states = self.team.api("GET", path)
        ended = ends.get(run.id)
        since, limit = _clock(run, states, ends, limits)
        return Fate(
            run=run,
            state=stored["state_type"],
            message=stored["state"]["message"] or "",
            by_watchdog=any(
                reason in (state["message"] or "") for state in states for reason in OF_WATCHDOG
            ),
            seconds=(ended - since).total_seconds() if ended and since else None,
            allowed=2 * limit + limits.period,
            ended=ended,
            told=since if run.kind == LATE else ended,
        )

    def clean(self) -> None:
        """Kill what is left of the processes."""
        for run in self.runs:
            if process := self.process(run):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)


def _clock(
    run: Run, states: list[dict[str, Any]], ends: dict[str, datetime], limits: Limits
) -> tuple[datetime | None, float]:
    """Return when the limit of a run began to count, and the limit."""

    def first(name: str) -> datetime | None:
        return next(
            (datetime.fromisoformat(item["timestamp"]) for item in states if item["name"] == name),
            None,
        )

    if run.kind == LATE:
        return first("Late"), limits.late
    if run.kind == LOST:
        return run.lost_at, limits.lost
    if run.kind == CHILD:
        return ends.get(run.parent), limits.shortest
    return first("Running"), limits.running


def ended_wrong(fates: list[Fate]) -> Iterator[Fate]:
    """Give the runs that were well, and that the watchdog ended."""
    return (fate for fate in fates if fate.run.kind in (WELL, FAILS) and fate.by_watchdog)
