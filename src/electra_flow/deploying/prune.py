"""Removing from the server what a project left there: a deployment and what belongs to it.

Prefect, when it deletes a deployment, deletes its limit and the runs that wait for their time. It
leaves its automations, which go on looking for its runs, and the runs that wait for something else:
a worker would take one, and not find its deployment (3.9.1, `server/models/deployments.py`, 71 and 670).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Cancelled, Cancelling
from prefect.utilities.urls import url_for

from electra_flow.deploying.marked import belongings
from electra_flow.model.watchdog import OWNER
from electra_flow.sources.origin import read_mark

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.events.schemas.automations import Automation

    from electra_flow.checks.api import Server
    from electra_flow.deploying.marked import Marked

MESSAGE = "Su despliegue ya no se declara: lo sacó deploy.py --prune."
_LIVE = [
    StateType.SCHEDULED,
    StateType.PENDING,
    StateType.PAUSED,
    StateType.RUNNING,
    StateType.CANCELLING,
]


def prune(server: Server, orphans: Sequence[Marked]) -> Iterator[str]:
    """Remove deployments with what belongs to them, each after saying what that is.

    Args:
        server: Prefect's server, to be asked.
        orphans: The deployments.

    Yields:
        A line of Spanish for each, before it is removed, and for each thing of it that stays.

    Raises:
        UnreachableError: If the server does not answer.
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If the server stops answering.
    """
    with get_client(sync_client=True) as client:
        for orphan in orphans:
            yield f"Se saca {orphan.full_name}: {belongings(server, orphan)}."
            for line in _remove(client, orphan):
                yield f"  {line}"


def _remove(client: SyncPrefectClient, orphan: Marked) -> Iterator[str]:
    """Remove a deployment with its automations and with its runs that did not begin.

    The deployment comes last: what is interrupted is found again by its mark, and done again. What
    runs is left running.
    """
    id = UUID(orphan.id)
    try:
        now = client.read_deployment(id)
    except ObjectNotFound:
        yield f"{orphan.full_name} ya no estaba."
        return
    if read_mark(now.job_variables) != orphan.origin:
        yield f"{orphan.full_name} se desplegó mientras tanto: queda."
        return
    # From here on, the server makes no runs of it.
    client.request("POST", "/deployments/{id}/pause_deployment", path_params={"id": id})
    yield from _remove_automations(client, orphan)
    for run in _live_runs(client, id):
        yield from _remove_run(client, run)
    with contextlib.suppress(ObjectNotFound):
        client.delete_deployment(id)


def _remove_automations(client: SyncPrefectClient, orphan: Marked) -> Iterator[str]:
    """Delete ours and Prefect's own; say which are Prefect's, and which others name it."""
    resource = f"prefect.deployment.{orphan.id}"
    try:
        for automation in _ours(client, orphan.full_name):
            client.delete_automation(automation.id)
        related = client.read_resource_related_automations(resource)
        client.delete_resource_owned_automations(resource)
        left = client.read_resource_related_automations(resource)
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:  # of a server without automations
            raise
        return
    kept = {automation.id for automation in left}
    for automation in related:
        if automation.id in kept:
            yield f"Queda, y nombra lo que se sacó: «{automation.name}», que no es de deploy.py."
        else:
            yield f"También se sacó «{automation.name}», que Prefect hizo para él."


def _ours(client: SyncPrefectClient, full_name: str) -> list[Automation]:
    from prefect.events.filters import AutomationFilter, AutomationFilterTags

    tags = AutomationFilterTags(all_=[OWNER, full_name])
    found: list[Automation] = client.read_automations(automations=AutomationFilter(tags=tags))
    return found


def _live_runs(client: SyncPrefectClient, id: UUID) -> list[FlowRun]:
    """Return the runs of a deployment that are not at their end."""
    found: list[FlowRun] = []
    while True:
        page = client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[id])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_LIVE))
            ),
            offset=len(found),
        )
        if not page:
            return found
        found += page


def _remove_run(client: SyncPrefectClient, run: FlowRun) -> Iterator[str]:
    """Delete a run that never began, cancel one that waits to go on, and leave one that runs."""
    state = run.state
    waits = state is not None and (state.is_scheduled() or state.is_pending())
    with contextlib.suppress(ObjectNotFound):  # somebody else has deleted it
        if waits and not run.run_count:
            client.delete_flow_run(run.id)
            return
        # One that retries in its process is running, though its state says that it is to begin.
        in_process = run.empirical_policy.retry_type == "in_process"
        if state and (state.is_paused() or state.is_scheduled() and not in_process):
            # Of one that is paused, not suspended, a process waits, which its worker has to end.
            in_memory = state.is_paused() and not state.state_details.pause_reschedule
            client.set_flow_run_state(
                run.id, (Cancelling if in_memory else Cancelled)(message=MESSAGE)
            )
            return
        yield f"Sigue en curso, sin límites: {url_for('flow-run', run.id) or run.name}"
