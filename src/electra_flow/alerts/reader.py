"""Reading the alerts that stand on the server, and what happened to the runs of their deployments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

from electra_flow.alerts.changes import Moment, Standing, Waited
from electra_flow.model.alert import ENDED_BY_WATCHDOG, When
from electra_flow.model.alert_tags import read_tags
from electra_flow.model.alert_text import WORKER
from electra_flow.model.watchdog import OWNER
from electra_flow.watchdog.pages import AT_ONCE, all_pages, batches

DEPLOYMENT = "prefect.deployment."
SENT_BY_SERVER = "send-notification"
WRONG = (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
WAITING = (StateType.SCHEDULED, StateType.PENDING)
STUCK = ("Late", "Pending")  # the states in which a run that does not begin is
LOOKED_BACK = 5  # runs before a period, of which some may have been cancelled by hand


def read_alerts(client: SyncPrefectClient) -> list[Standing]:
    """Read the alerts that stand on the server and are on."""
    automations = list(all_pages(partial(_automations, client)))
    recovered = {}
    for automation in automations:
        declared = read_tags(automation["tags"])
        if declared and declared.recovered and automation["enabled"]:
            recovered[declared.full_name, declared.target] = UUID(automation["id"])
    alerts = []
    for automation in automations:
        declared = read_tags(automation["tags"])
        deployment_id = _deployment(automation["trigger"])
        if not declared or declared.recovered or not automation["enabled"] or not deployment_id:
            continue
        alerts.append(
            Standing(
                declared=declared,
                deployment_id=deployment_id,
                automation_id=UUID(automation["id"]),
                recovered_id=recovered.get((declared.full_name, declared.target)),
                since=datetime.fromisoformat(automation["created"]),
                sent_by_server=automation["actions"][0]["type"] == SENT_BY_SERVER,
            )
        )
    return alerts


def read_failures(
    client: SyncPrefectClient,
    deployments: Sequence[UUID],
    since: datetime,
    told: Collection[UUID],
) -> dict[UUID, list[Moment]]:
    """Read the runs of some deployments that went wrong, by deployment.

    Args:
        client: The client of the API.
        deployments: The deployments.
        since: When they ended, at the earliest.
        told: The runs of which somebody was told, which costs a request less for each.
    """
    found: defaultdict[UUID, list[Moment]] = defaultdict(list)
    for some in batches(deployments, AT_ONCE):
        for run in _runs(client, some, WRONG, since):
            whens = _whens(client, run, told)
            if run.deployment_id and run.end_time and whens:
                found[run.deployment_id].append(_moment(run, run.end_time, whens, _error(run)))
        # What a limit ends is told at once, not when its process has gone.
        ending = FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=list(some)),
            state=_types([StateType.CANCELLING]),
        )
        read = partial(client.read_flow_runs, flow_run_filter=ending, sort=FlowRunSort.ID_DESC)
        for run in all_pages(read):
            if run.deployment_id and run.state and _is_of_watchdog(_error(run)):
                moment = _moment(run, run.state.timestamp, ["ended"], _error(run))
                found[run.deployment_id].append(moment)
    return found


def read_late(
    client: SyncPrefectClient, deployments: Sequence[UUID], since: datetime, now: datetime
) -> dict[UUID, list[Waited]]:
    """Read the runs that should have begun, by deployment."""
    found: defaultdict[UUID, list[Waited]] = defaultdict(list)

    def add(run: FlowRun, at: datetime, until: datetime) -> None:
        if run.deployment_id:
            found[run.deployment_id].append(Waited(_moment(run, at, ["late", "ended"], ""), until))

    for some in batches(deployments, AT_ONCE):
        due = FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=list(some)),
            state=_types(WAITING),
            expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"before_": now}),
        )
        read = partial(client.read_flow_runs, flow_run_filter=due, sort=FlowRunSort.ID_DESC)
        for run in all_pages(read):
            if run.state and run.state.name in STUCK:
                add(run, run.state.timestamp, now)
        for run in _runs(client, some, [StateType.CANCELLED], since):
            # What ended it leaves no word of why. It was Late seconds after it had to begin.
            if _never_began(run) and run.expected_start_time and run.end_time:
                add(run, run.expected_start_time, run.end_time)
    return found


def read_successes(
    client: SyncPrefectClient, deployment: UUID, since: datetime
) -> Iterator[Moment]:
    """Read the runs of a deployment that went well."""
    for run in _runs(client, [deployment], [StateType.COMPLETED], since):
        if run.end_time:
            yield _moment(run, run.end_time, ["recovered"], "")


def read_last(
    client: SyncPrefectClient, deployment: UUID, before: datetime, told: Collection[UUID]
) -> Moment | None:
    """Read how the last run of a deployment before a moment ended; what somebody cancelled is left out."""
    ended = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=_types([StateType.COMPLETED, *WRONG]),
        end_time=FlowRunFilterEndTime.model_validate({"before_": before}),
    )
    sort = FlowRunSort.END_TIME_DESC
    for run in client.read_flow_runs(flow_run_filter=ended, sort=sort, limit=LOOKED_BACK):
        well = run.state_type == StateType.COMPLETED
        whens: list[When] = ["recovered"] if well else _whens(client, run, told)
        if run.end_time and whens:
            return _moment(run, run.end_time, whens, "")
    return None


def _automations(client: SyncPrefectClient, *, offset: int) -> list[dict[str, Any]]:
    """Read a page of what deploy.py keeps, with what Prefect's own type leaves out."""
    query = {"automations": {"tags": {"all_": [OWNER]}}, "sort": "CREATED_DESC", "offset": offset}
    answer: list[dict[str, Any]] = client.request("POST", "/automations/filter", json=query).json()
    return answer


def _deployment(trigger: Any) -> UUID | None:
    """Return the deployment that a trigger of an alert is of."""
    while isinstance(trigger, dict) and trigger.get("triggers"):
        trigger = trigger["triggers"][0]
    try:
        return UUID(trigger["match_related"]["prefect.resource.id"].removeprefix(DEPLOYMENT))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # somebody changed it by hand


def _runs(
    client: SyncPrefectClient,
    deployments: Sequence[UUID],
    types: Iterable[StateType],
    since: datetime,
) -> Iterator[FlowRun]:
    ended = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=_types(types),
        end_time=FlowRunFilterEndTime.model_validate({"after_": since}),
    )
    read = partial(client.read_flow_runs, flow_run_filter=ended, sort=FlowRunSort.ID_DESC)
    return all_pages(read)


def _types(types: Iterable[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(types)))


def _whens(client: SyncPrefectClient, run: FlowRun, told: Collection[UUID]) -> list[When]:
    """Return what a run that has ended is told as; empty if somebody cancelled it."""
    by_watchdog: list[When] = ["ended"] if _is_of_watchdog(_error(run)) else []
    if run.state_type == StateType.CRASHED:
        return ["crashed", *by_watchdog]
    if run.state_type == StateType.FAILED:
        return ["timed_out"] if run.state_name == "TimedOut" else ["failed"]
    if by_watchdog or _never_began(run):
        return by_watchdog
    if run.id in told:
        return ["ended"]
    states = client.read_flow_run_states(run.id)  # the worker writes a text of its own at the end
    if any(_is_of_watchdog(state.message or "") for state in states):
        return ["ended"]
    return []


def _never_began(run: FlowRun) -> bool:
    return run.run_count == 0


def _is_of_watchdog(message: str) -> bool:
    return any(fnmatchcase(message, pattern) for pattern in ENDED_BY_WATCHDOG)


def _error(run: FlowRun) -> str:
    return (run.state.message if run.state else None) or ""


def _moment(run: FlowRun, at: datetime, whens: Sequence[When], error: str) -> Moment:
    return Moment(
        run_id=run.id,
        at=at,
        whens=whens,
        run=run.name,
        pool=run.work_pool_name or "",
        worker=str(run.labels.get(WORKER, "")),
        error=error,
    )
