"""What is on a server: deployments by their names, their runs, and the log of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import wait_until

if TYPE_CHECKING:
    from harness import Server


def all_deployments(server: Server, flow: str, name: str) -> list[dict[str, Any]]:
    """Return the deployments of those names, which may be none."""
    query = {"flows": {"name": {"any_": [flow]}}, "deployments": {"name": {"any_": [name]}}}
    return server.api("POST", "/deployments/filter", query)


def deployment_of(server: Server, flow: str, name: str) -> dict[str, Any]:
    """Return the deployment of those names, which has to be there."""
    (deployment,) = all_deployments(server, flow, name)
    return deployment


def runs_of(server: Server, deployment: dict[str, Any], state: str) -> list[dict[str, Any]]:
    """Return the runs of a deployment that are in a state."""
    query = {
        "deployments": {"id": {"any_": [deployment["id"]]}},
        "flow_runs": {"state": {"type": {"any_": [state]}}},
    }
    return server.api("POST", "/flow_runs/filter", query)


def logged(server: Server, run_id: str, last: str) -> list[str]:
    """Return the lines of a run's log, once its own last one is there, which a task may say, too.

    Prefect sends them in batches, some seconds late.
    """
    query = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}

    def messages() -> list[str]:
        logs = server.api("POST", "/logs/filter", query)
        own = [log["message"] for log in logs if log["task_run_id"] is None]
        return [log["message"] for log in logs] if last in own[-1:] else []

    return wait_until(messages, "the log of a run")
