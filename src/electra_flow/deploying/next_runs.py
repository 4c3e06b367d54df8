"""The next runs of a deployment, as the server has scheduled them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

SHOWN = 3
AHEAD = timedelta(days=5 * 365)  # by itself, the server schedules no further than a hundred days


def next_runs(client: SyncPrefectClient, deployment_id: UUID) -> list[datetime]:
    """Ask the server to schedule the next runs now, and return the first three.

    Runs that the old schedule left are deleted: Prefect deletes those that it finds when it deploys,
    but may then write those that it was calculating at that moment.
    """
    now = datetime.now(UTC)
    until = {"min_runs": SHOWN, "max_runs": SHOWN, "end_time": (now + AHEAD).isoformat()}
    client.request(
        "POST", "/deployments/{id}/schedule", path_params={"id": deployment_id}, json=until
    )
    schedules = {schedule.id for schedule in client.read_deployment(deployment_id).schedules}
    pending = client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(after_=now),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )
    moments: list[datetime] = []
    for run in pending:
        creator = run.created_by
        if creator and creator.type == "SCHEDULE" and creator.id not in schedules:
            with contextlib.suppress(ObjectNotFound):  # somebody else who deploys has deleted it
                client.delete_flow_run(run.id)
        elif run.expected_start_time:
            moments.append(run.expected_start_time)
    return moments[:SHOWN]
