"""What the server alone does not send of the alerts, where no monitoring project sends the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx
from prefect.client.orchestration import get_client

from electra_flow.checks.finding import UV_RUN
from electra_flow.deploying.alerts import SLOW, find_announcers
from electra_flow.deploying.prepare import alerts_of

if TYPE_CHECKING:
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.project import Project

PAGE = f"{UV_RUN}electra-flow docs alertas"


def not_sent(project: Project, deployments: Sequence[Deployment], environment: str) -> str:
    """Say what of the alerts would not be sent, or at what cost; empty if there is nothing."""
    alerts = [
        alert for deployment in deployments for alert in alerts_of(project, deployment, environment)
    ]
    if not alerts:
        return ""
    try:
        with get_client(sync_client=True) as client:
            if find_announcers(client):
                return ""
    except httpx.HTTPError:  # what was to be done is done: that is no reason to fail
        return ""
    costs = ["lo que no se pueda mandar no se vuelve a mandar"]
    if any(alert.block is None for alert in alerts):
        costs.insert(0, "los correos no se mandan")
    if any(alert.block is not None and alert.block.startswith(SLOW) for alert in alerts):
        costs.append(
            "mientras un webhook propio no conteste, el servidor puede demorar lo que cancela"
        )
    return (
        "Avisos: en este servidor no hay un proyecto de monitoreo desplegado que los mande; "
        f"{'; '.join(costs)}. Se arregla con: {PAGE}"
    )
