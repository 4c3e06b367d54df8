"""A deployment with alerts, its runs, and what was sent of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from electra_flow import alerts
from end_to_end.declared import Declared, declaring

if TYPE_CHECKING:
    from harness import Server
    from receivers import Receiver


class Alerted(Declared):
    """A deployment with alerts, and its runs."""

    def to(self, place: Receiver, name: str = "", **data: Any) -> str:
        """Create a Custom Webhook block that reaches a receiver."""
        data = place.custom_block() | data
        return self.server.make_block("custom-webhook", name or self.flow, data)

    def run(self, state: str, message: str = "", **more: Any) -> str:
        """Make a run of the deployment end in a state."""
        path = f"/deployments/{self.stored(more.pop('deployment', ''))['id']}/create_flow_run"
        run = self.server.api("POST", path, {"state": {"type": "SCHEDULED"}})["id"]
        for type_ in ("RUNNING", state):
            body = {"state": {"type": type_, "message": message} | more, "force": True}
            self.server.api("POST", f"/flow_runs/{run}/set_state", body)
            more, message = more, message
        return str(run)

    def state(self, run: str) -> str:
        return str(self.server.api("GET", f"/flow_runs/{run}")["state"]["name"])


@contextmanager
def made(folder: Path, flow: str, server: Server, pool: str, **more: Any) -> Iterator[Alerted]:
    with declaring(folder, flow, server, pool, **more) as project:
        yield Alerted(project.folder, project.flow, project.server, project.pool)


def of(done: alerts.Announced, project: Alerted) -> list[str]:
    """Return what was sent of a project: the server has others of the same tests."""
    return [sent for sent in done.sent if f": {project.flow}-prod" in sent]


def variable(server: Server, name: str, until: datetime) -> str:
    body = {"name": name, "value": until.isoformat()}
    return str(server.api("POST", "/variables/", body)["id"])
