"""The runs that would do again what one of them is about to do."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.runtime import deployment

from electra_flow.watchdog.pages import all_pages


def drop_waiting(client: SyncPrefectClient) -> None:
    """Delete the runs of this deployment that automations began and no worker took yet.

    Where a hundred deployments fail together, a hundred runs are made, each a process of the worker's;
    whoever looks after they were made sees what they were made for.
    """
    if not (own := deployment.id):
        return
    waiting = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[UUID(own)]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
    )
    runs = list(all_pages(partial(client.read_flow_runs, flow_run_filter=waiting)))
    for run in runs:
        if run.auto_scheduled:
            continue
        try:
            client.delete_flow_run(run.id)
        except ObjectNotFound:  # somebody else did
            continue
