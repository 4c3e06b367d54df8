"""Whether somebody makes the rounds (`electra_flow.watchdog`), and what nobody guarantees if not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags

from electra_flow.checks.finding import UV_RUN
from electra_flow.model.watchdog import ROUND

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

PAGE = f"{UV_RUN}electra-flow docs limites"


def rounds_are_made(client: SyncPrefectClient) -> bool:
    """Tell whether there is a deployment on the server that makes the rounds, by a schedule."""
    return bool(_on(_rounds(client)))


def not_guaranteed() -> str:
    """Say why what the automations miss would not be ended; empty if somebody makes the rounds.

    An automation misses what was due while the server was busy or away.
    """
    try:
        with get_client(sync_client=True) as client:
            found = _rounds(client)
    except httpx.HTTPError:  # what was to be done is done: that is no reason to fail
        return ""
    on = _on(found)
    if any(deployment.status == "READY" for deployment in on):
        return ""
    reason = "en este servidor no hay una vigilancia desplegada"
    if on:
        reason = f"{on[0].name}, la vigilancia, no tiene un worker en línea"
    elif found:
        reason = f"{found[0].name}, la vigilancia, está apagada"
    return (
        f"Sin garantía: {reason}; lo que se cuelgue mientras el servidor está ocupado o se reinicia "
        f"puede quedar así. Se arregla con: {PAGE}"
    )


def _rounds(client: SyncPrefectClient) -> list[DeploymentResponse]:
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[ROUND]))
    return client.read_deployments(deployment_filter=tagged)


def _on(rounds: Sequence[DeploymentResponse]) -> list[DeploymentResponse]:
    return [
        deployment
        for deployment in rounds
        if not deployment.paused and any(schedule.active for schedule in deployment.schedules)
    ]
