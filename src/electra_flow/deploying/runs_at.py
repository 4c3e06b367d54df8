"""Runs of a deployment at given dates: `deploy.py --schedule`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterIdempotencyKey,
)
from prefect.states import Scheduled
from prefect.utilities.urls import url_for

if TYPE_CHECKING:
    from uuid import UUID

TAG = "Programado por script"


class NotDeployedError(Exception):
    """The deployment that runs are to be scheduled for is not there."""


class SeveralDeploymentsError(Exception):
    """Why it is not known which deployment runs are to be scheduled for, in Spanish."""


@dataclass(frozen=True)
class RunAt:
    """A run at a given date.

    Attributes:
        moment: The date.
        url: Its page in Prefect's UI.
        existing: The state of one that was there already; None if it is new.
    """

    moment: datetime
    url: str
    existing: str | None


def find_deployment(name: str, entrypoint: str) -> tuple[UUID, str]:
    """Look for a deployment of this project on the server.

    By its name and entrypoint: to know the flow's name, it would have to be imported.

    Args:
        name: Its name on the server, which has the environment in it.
        entrypoint: The flow in the project.

    Returns:
        Its id and its full name: «flow/deployment».

    Raises:
        NotDeployedError: If it is not there.
        SeveralDeploymentsError: If there are several.
    """
    with get_client(sync_client=True) as client:
        found = client.read_deployments(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name]))
        )
        ours = [deployment for deployment in found if deployment.entrypoint == entrypoint]
        names = [f"{client.read_flow(item.flow_id).name}/{name}" for item in ours]
    if not ours:
        raise NotDeployedError(name)
    if len(ours) > 1:
        raise SeveralDeploymentsError(
            f"hay más de un despliegue {name} ({', '.join(sorted(names))}). Si uno quedó de otro "
            "nombre del flujo, borralo en la interfaz; si es de otro proyecto, dale otro nombre al "
            "de este, en deploy.py"
        )
    return ours[0].id, names[0]


def schedule_runs(deployment_id: UUID, moments: Sequence[datetime]) -> Iterator[RunAt]:
    """Schedule a run at each date; one that is there already is not repeated.

    Args:
        deployment_id: The deployment.
        moments: The dates.

    Yields:
        Each run, new or from before.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses one.
        httpx.TransportError: If the server stops answering.
    """
    with get_client(sync_client=True) as client:
        for moment in moments:
            # Also where it runs twice at once: the server keeps a single run with this key.
            key = f"{TAG} {deployment_id} {moment.isoformat()}"
            existing = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(
                    idempotency_key=FlowRunFilterIdempotencyKey(any_=[key])
                )
            )
            run = client.create_flow_run_from_deployment(
                deployment_id,
                state=Scheduled(scheduled_time=moment),
                tags=[TAG],
                idempotency_key=key,
            )
            state = existing[0].state if existing else None
            yield RunAt(moment, url_for("flow-run", run.id) or "", state.name if state else None)
