"""Runs that get stuck, late or lost, and healthy ones beside them, under limits as short as can be.

They begin before the first of the tests and are looked at by the last (test_watchdog.py): a lost run is
given up after ninety seconds, the shortest limit that Prefect's signs of life allow.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from electra_flow import Watchdog
from end_to_end.declared import Declared, declaring
from harness import prefect_server, wait_until, worker

if TYPE_CHECKING:
    from harness import Project, Server

# The parameter of a run is how long it works, and what it does then.
FLOW = """\
import os
import time
from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run


@flow(name={!r}, retries=1)
def ventas(sucursal: str = "0", dia: int = 1) -> None:
    Path(f"{{flow_run.id}}.pid").write_text(f"{{os.getpid()}} {{os.getppid()}}")
    seconds, _, then = sucursal.partition(" ")
    time.sleep(float(seconds))
    if then and flow_run.run_count == 1:
        raise ValueError(then)
    if then == "fails, and is stuck":
        time.sleep(600)
"""
SETTINGS = {  # it looks at the time more often than other servers do
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
}
RUNNING, LATE, LOST, SILENT = 30, 10, 90, 15  # seconds
DEPLOYMENTS = {
    "corre": Watchdog(running=timedelta(seconds=RUNNING), late=None, lost=None),
    "tarde": Watchdog(running=None, late=timedelta(seconds=LATE), lost=None),
    "muere": Watchdog(running=None, late=None, lost=timedelta(seconds=LOST)),
    "libre": None,
    "callada": Watchdog(running=None, late=None, lost=None, silent=timedelta(seconds=SILENT)),
}
QUEUE = "sin-nadie"  # paused: nobody takes its runs


@dataclass
class Stories:
    """Runs by name, and how each of them goes on."""

    server: Server
    runs: dict[str, str] = field(default_factory=dict)
    processes: dict[str, list[int]] = field(default_factory=dict)

    def start(self, name: str, project: Declared, deployment: str, work: str, **more: str) -> None:
        """Begin a run; where somebody takes it, wait until its process is there."""
        path = f"/deployments/{project.stored(deployment)['id']}/create_flow_run"
        body = {"parameters": {"sucursal": work}, "state": {"type": "SCHEDULED"}} | more
        self.runs[name] = self.server.api("POST", path, body)["id"]
        if not more:
            # One after the other: with six at once, the server's SQLite was locked for a minute.
            file = project.folder / f"{self.runs[name]}.pid"
            found = wait_until(file.read_text, f"{name} began")
            self.processes[name] = [int(process) for process in found.split()]

    def state(self, name: str) -> dict[str, Any]:
        return self.server.api("GET", f"/flow_runs/{self.runs[name]}")["state"]

    def history(self, name: str) -> list[dict[str, Any]]:
        return self.server.api("GET", f"/flow_run_states/?flow_run_id={self.runs[name]}")

    def wait_for(self, name: str, state: str) -> list[str]:
        """Wait until a run is in a state, and return all that it was in."""
        wait_until(lambda: self.state(name)["name"] == state, f"{name} is {state}", 240)
        return [found["name"] for found in self.history(name)]

    def die(self, name: str) -> None:
        """Kill a run and its worker, once the server counts the time from a sign of life."""
        heartbeat = {
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{self.runs[name]}"]},
        }
        wait_until(
            lambda: self.server.api("POST", "/events/filter", {"filter": heartbeat})["events"],
            f"a heartbeat of {name}",
        )
        run, its_worker = self.processes[name]
        for process in (its_worker, run):  # in this order, or the worker tells the server
            os.kill(process, signal.SIGKILL)


@contextmanager
def begun(installed: Project, folder: Path) -> Iterator[Stories]:
    """Begin all runs, on a server of their own."""
    for name in ("server", "worker", "mortal"):
        (folder / name).mkdir()
    with (
        prefect_server(installed, folder / "server", **SETTINGS) as server,
        worker(installed, server, "pool-sano", folder / "worker"),
        worker(installed, server, "pool-mortal", folder / "mortal"),
    ):
        stories = Stories(server)
        queue = {"name": QUEUE, "is_paused": True}
        server.api("POST", "/work_pools/pool-sano/queues", queue)
        with declaring(folder / "perdida", "perdida", server, "pool-mortal", FLOW) as project:
            project.done(name="muere", watchdog=DEPLOYMENTS["muere"])
            stories.start("lost", project, "muere", "600")
            stories.die("lost")
        with declaring(folder / "historias", "historias", server, "pool-sano", FLOW) as project:
            project.done(
                deployments=[
                    project.deployment(name=name, watchdog=watchdog)
                    for name, watchdog in DEPLOYMENTS.items()
                ]
            )
            stories.start("alive", project, "muere", str(LOST + 15))
            stories.start("late", project, "tarde", "0", work_queue_name=QUEUE)
            stories.start("late_without_limit", project, "libre", "0", work_queue_name=QUEUE)
            stories.start("stuck", project, "corre", "600")
            stories.start("healthy", project, "corre", str(RUNNING // 2))
            stories.start("quick", project, "corre", "0")
            stories.start("retried", project, "corre", f"{RUNNING // 2 + 3} fails")
            stories.start("stuck_again", project, "corre", "2 fails, and is stuck")
            stories.start("without_limit", project, "libre", str(RUNNING + 15))
        yield stories
