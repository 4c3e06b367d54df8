"""To whom the server tells that a deployment is silent: by nothing slow, where it need not be."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.responses import DeploymentResponse

from electra_flow import Alert, Deployment, Environment, LocalFolder, Project
from electra_flow.deploying.alerts import Alerting
from electra_flow.model.alert import ANNOUNCER
from electra_flow.model.watchdog import ROUND

TEAMS, OWN = "ms-teams-webhook/avisos", "custom-webhook/propio"
BLOCKS = {TEAMS: uuid4(), OWN: uuid4()}


@pytest.mark.parametrize(
    ("tags", "announcers", "told"),
    [
        (["ventas"], [uuid4()], [TEAMS]),
        (["ventas"], [], [TEAMS, OWN]),
        (["ventas", ROUND], [uuid4()], [TEAMS, OWN]),
        (["ventas", ANNOUNCER], [uuid4()], [TEAMS, OWN]),
    ],
    ids=["with an announcer", "without one", "the rounds", "the announcer"],
)
def test_a_slow_block_tells_of_a_silence_only_where_nobody_else_could(
    tags: list[str], announcers: list[UUID], told: list[str]
) -> None:
    deployment = Deployment(entrypoint="src/ventas.py:ventas", name="ventas", description="Suma")
    project = Project(
        timezone="America/Argentina/Buenos_Aires",
        environments={"prod": Environment(pool="pool", source=LocalFolder(__file__))},
        alerts=[Alert(TEAMS), Alert(OWN), Alert(mail=True)],
    )
    stored = DeploymentResponse(id=uuid4(), name="ventas-prod", flow_id=uuid4(), tags=tags)
    nobody = cast("Any", None)  # nothing is asked: what the server has is given
    alerting = Alerting(nobody, project, "prod", _ids=dict(BLOCKS), _announcers=announcers)
    sent = alerting.of_silence(deployment, "ventas/ventas-prod", stored)
    assert [one.block_document_id for one in sent] == [BLOCKS[block] for block in told]
