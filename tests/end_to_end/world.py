"""Runs that a test puts into their states over the API, on a server of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from electra_flow.watchdog import Round, end_overdue
from end_to_end.declared import Declared

if TYPE_CHECKING:
    from harness import Server


@dataclass
class World:
    """Runs by name, on a server of their own."""

    project: Declared
    runs: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def server(self) -> Server:
        return self.project.server

    def run(self, name: str, deployment: str, *states: str, **details: Any) -> str:
        """Make a run of a deployment, and put it into one state after the other."""
        path = f"/deployments/{self.project.stored(deployment)['id']}/create_flow_run"
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2100-01-01T00:00:00Z"}}
        self.runs[name] = self.server.api("POST", path, {"state": state})["id"]
        for each in states:
            self.set(name, each, **details)
        return self.runs[name]

    def set(self, name: str, state: str, **details: Any) -> None:
        """Set a state: «TYPE» or «TYPE Name»."""
        kind, _, own = state.partition(" ")
        body = {"type": kind, "name": own or kind.title(), "state_details": details}
        path = f"/flow_runs/{self.runs[name]}/set_state"
        self.server.api("POST", path, {"state": body, "force": True})

    def subflow(self, name: str, parent: str) -> str:
        """Make a subflow of a run, as Prefect's engine does, and let it run."""
        flow = self.server.api("POST", "/flows/", {"name": "subflujo"})["id"]
        task = {"flow_run_id": self.runs[parent], "task_key": name, "dynamic_key": "0"}
        task_id = self.server.api("POST", "/task_runs/", task)["id"]
        state = {"type": "RUNNING", "name": "Running"}
        body = {"flow_id": flow, "parent_task_run_id": task_id, "state": state}
        self.runs[name] = self.server.api("POST", "/flow_runs/", body)["id"]
        return self.runs[name]

    def sign(self, *names: str) -> None:
        """Let runs give a sign of life."""
        events = [
            {
                "id": str(uuid4()),
                "event": "prefect.flow-run.heartbeat",
                "occurred": datetime.now(UTC).isoformat(),
                "resource": {"prefect.resource.id": f"prefect.flow-run.{self.runs[name]}"},
            }
            for name in names
        ]
        self.server.api("POST", "/events", events)

    def states(self, name: str) -> list[dict[str, Any]]:
        return self.server.api("GET", f"/flow_run_states/?flow_run_id={self.runs[name]}")

    def state(self, name: str) -> str:
        return self.states(name)[-1]["name"]

    def message(self, name: str) -> str:
        return self.states(name)[-1]["message"] or ""

    def make_round(self) -> Round:
        return end_overdue(lambda text, *values: self.told.append(text % values))


def automations(world: World, name: str) -> list[dict[str, Any]]:
    tags = ["deploy.py", f"ronda/{name}-prod"]
    return world.server.api(
        "POST", "/automations/filter", {"automations": {"tags": {"all_": tags}}}
    )
