"""What the server alone does not guarantee about the limits, where nobody makes the rounds."""

from __future__ import annotations

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags

from electra_flow.checks.finding import UV_RUN
from electra_flow.model.watchdog import ROUND

PAGE = f"{UV_RUN}electra-flow docs limites"


def not_guaranteed() -> str:
    """Say why what the automations miss would not be ended; empty if somebody makes the rounds.

    An automation is missed where the server was busy or away when it was due.
    """
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[ROUND]))
    try:
        with get_client(sync_client=True) as client:
            found = client.read_deployments(deployment_filter=ours)
    except httpx.HTTPError:  # what was to be done is done: that is no reason to fail
        return ""
    on = [
        deployment
        for deployment in found
        if not deployment.paused and any(schedule.active for schedule in deployment.schedules)
    ]
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
