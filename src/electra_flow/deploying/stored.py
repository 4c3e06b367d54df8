"""What the server has of a deployment, before it is deployed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
)

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse


def find_deployment(
    client: SyncPrefectClient, flow_name: str, name: str
) -> DeploymentResponse | None:
    """Return a deployment by its names; None if it is not there.

    By a filter, not by Prefect's path of two names, which those with a `#` or a `?` do not survive.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If the server does not answer.
    """
    found = client.read_deployments(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[flow_name])),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
    )
    return found[0] if found else None
