"""Reading what the server has: in few requests, however many runs there are that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterId,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

from electra_flow.watchdog.judge import Seen, attempts_left
from electra_flow.watchdog.pages import AT_ONCE, all_pages, batches

WORKER = "prefect.worker.name"  # Prefect labels a run with the last one that took it
STARTED = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


def server_time(client: SyncPrefectClient) -> datetime:
    """Return what the server's clock says: the states bear its time, and this machine's may differ."""
    answer = client.request("GET", "/health")
    try:
        return parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)


def read_runs(
    client: SyncPrefectClient, deployments: Sequence[UUID], now: datetime
) -> Iterator[Seen]:
    """Read the runs of some deployments that have begun and not ended, or should have begun."""
    of_ours = FlowRunFilterDeploymentId(any_=list(deployments))
    due = FlowRunFilterNextScheduledStartTime.model_validate({"before_": now})
    yield from _read(client, FlowRunFilter(deployment_id=of_ours, state=types(STARTED)))
    scheduled = types([StateType.SCHEDULED])
    yield from _read(
        client,
        FlowRunFilter(deployment_id=of_ours, state=scheduled, next_scheduled_start_time=due),
    )


def read_again(client: SyncPrefectClient, ids: Sequence[UUID]) -> dict[UUID, Seen]:
    """Read some runs, whatever has become of them; one that was deleted is not there."""
    return {
        run.id: run
        for some in batches(ids, AT_ONCE)
        for run in _read(client, FlowRunFilter(id=FlowRunFilterId(any_=list(some))))
    }


def read_subflows(
    client: SyncPrefectClient,
) -> tuple[dict[UUID, Seen], dict[UUID, UUID], dict[UUID, Seen]]:
    """Read the subflows that run in their parent's process and have not ended, and all above them.

    Returns:
        The subflows; the parent of each run that has one; and the parents, also those of parents.
    """
    open_ones = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(is_null_=True),
        parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=False),
        state=types(set(StateType) - TERMINAL_STATES),
    )
    subflows = {run.id: run for run in _read(client, open_ones)}
    parents: dict[UUID, UUID] = {}
    above: dict[UUID, Seen] = {}
    level = list(subflows.values())
    while level:
        of_task = _runs_of_tasks(client, [run.parent_task_id for run in level])
        found = {
            run.id: of_task[run.parent_task_id] for run in level if run.parent_task_id in of_task
        }
        parents |= found
        level = list(read_again(client, list(set(found.values()) - above.keys())).values())
        above |= {run.id: run for run in level}
    return subflows, parents, above


def read_environments(
    client: SyncPrefectClient, ids: Sequence[UUID]
) -> dict[UUID, dict[str, object]]:
    """Read the environment variables that some deployments give to their runs."""
    return {
        deployment.id: (deployment.job_variables or {}).get("env") or {}
        for some in batches(ids, AT_ONCE)
        for deployment in all_pages(
            partial(
                client.read_deployments,
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(some))),
            )
        )
    }


def _runs_of_tasks(client: SyncPrefectClient, ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """Return the flow run of each task run."""
    wanted = list({task_id for task_id in ids if task_id is not None})
    return {
        task.id: task.flow_run_id
        for some in batches(wanted, AT_ONCE)
        for task in all_pages(
            partial(
                client.read_task_runs,
                task_run_filter=TaskRunFilter(id=TaskRunFilterId(any_=list(some))),
            )
        )
        if task.flow_run_id is not None
    }


def types(wanted: Iterable[StateType]) -> FlowRunFilterState:
    """Return a filter of states by their types."""
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(wanted)))


def worker_of(run: FlowRun) -> str:
    """Return the name of the worker that took a run last; empty if there was none."""
    return str(run.labels.get(WORKER, ""))


def all_runs(client: SyncPrefectClient, wanted: FlowRunFilter) -> Iterator[FlowRun]:
    """Read all runs that a filter takes, page by page."""
    return all_pages(
        partial(client.read_flow_runs, flow_run_filter=wanted, sort=FlowRunSort.ID_DESC)
    )


def _read(client: SyncPrefectClient, flow_run_filter: FlowRunFilter) -> Iterator[Seen]:
    runs = all_runs(client, flow_run_filter)
    return (seen for run in runs if (seen := _seen(run)) is not None)


def _seen(run: FlowRun) -> Seen | None:
    state = run.state
    if state is None:  # it was only created
        return None
    return Seen(
        id=run.id,
        name=run.name,
        deployment_id=run.deployment_id,
        state_id=state.id,
        type=state.type,
        state_name=state.name or "",
        since=state.timestamp,
        due=run.next_scheduled_start_time,
        has_process=run.infrastructure_pid is not None,
        retries_in_process=run.empirical_policy.retry_type == "in_process",
        parent_task_id=run.parent_task_run_id,
        worker=worker_of(run),
        attempts_left=attempts_left(run),
    )
