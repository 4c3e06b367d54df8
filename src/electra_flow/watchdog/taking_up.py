"""Taking up what was lost with its machine, where its flow may be repeated (`retries`).

By a new run, never by the lost one again, as Retry in Prefect's UI does it. A machine that was only cut
off comes back, and the server takes whatever its process and its worker then say of their run: of a
second attempt under the same id, «Completed» while it works, or «Crashed». A run of its own is out of
their reach, and its idempotency key makes it one, however many rounds see the same loss.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import LogCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterId,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectHTTPStatusError

from electra_flow.watchdog.judge import LOST, attempts_left
from electra_flow.watchdog.pages import AT_ONCE, batches
from electra_flow.watchdog.reader import all_runs, types, worker_of
from electra_flow.watchdog.signs import last_signs

TAG = "electra-flow-retoma"
TWICE = "electra-flow-corrió-dos-veces"  # nobody is told of it again
LABEL = "electra-flow.retoma"  # the lost run's id
NAME = " (retoma)"
# A round that dies between ending a run and taking it up leaves that to the next ones.
RECENT = timedelta(hours=1)
KEPT = timedelta(days=1)  # a machine that was cut off for longer is noticed by nobody


@dataclass(frozen=True)
class Repeated:
    """A run that was lost, and the one that repeats it.

    Attributes:
        lost: The run that was lost.
        name: The new run's name.
        text: What is said of both.
    """

    lost: FlowRun
    name: str
    text: str


def take_up(
    client: SyncPrefectClient, deployments: Sequence[UUID], now: datetime
) -> Iterator[Repeated]:
    """Begin again what the rounds gave up for lost, as often as `retries` of its flow allows.

    Args:
        client: The client of the API.
        deployments: Those that have limits.
        now: The server's time.

    Yields:
        Each run that is taken up; not one that another round took up.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses one.
    """
    for run in _lost(client, deployments, now):
        left = attempts_left(run)
        if not left or run.parent_task_run_id is not None:  # whoever called it has seen it end
            continue
        name = run.name.removesuffix(NAME) + NAME
        new_id = _begin(client, run, name, left - 1, now)
        if new_id is None:
            continue
        further = f"después le quedan {left - 1}" if left > 1 else "es el último intento"
        text = f"{name} retoma {run.name}, que se perdió{_where(run)}; {further}."
        _tell(client, now, text, run.id, new_id)
        yield Repeated(run, name, text)


def find_twice(client: SyncPrefectClient, now: datetime) -> Iterator[Repeated]:
    """Find what was taken up although its process lived on: its machine was only cut off.

    Nobody can stop that process from here. Each is told once, in the logs of both runs.
    """
    wanted = FlowRunFilter.model_validate(
        {"tags": FlowRunFilterTags(all_=[TAG]), "expected_start_time": {"after_": now - KEPT}}
    )
    repeats = {
        UUID(str(run.labels[LABEL])): run
        for run in all_runs(client, wanted)
        if LABEL in run.labels and TWICE not in run.tags
    }
    signs = last_signs(client, list(repeats), now)
    for some in batches(list(repeats), AT_ONCE):
        for run in all_runs(client, FlowRunFilter(id=FlowRunFilterId(any_=list(some)))):
            state = run.state
            if state is None:
                continue
            if state.type != StateType.CRASHED:
                how = f"está {state.name}"
            elif signs.get(run.id, state.timestamp) > state.timestamp:
                how = f"sigue viva, en el proceso {run.infrastructure_pid or 'de su máquina'}"
            else:
                continue
            repeat = repeats[run.id]
            text = (
                f"{run.name}, que se dio por perdida{_where(run)}, {how}: "
                f"{repeat.name} hace lo mismo otra vez."
            )
            _tell(client, now, text, run.id, repeat.id)
            client.request(
                "PATCH",
                "/flow_runs/{id}",
                path_params={"id": repeat.id},
                json={"tags": [*repeat.tags, TWICE]},
            )
            yield Repeated(run, repeat.name, text)


def _lost(
    client: SyncPrefectClient, deployments: Sequence[UUID], now: datetime
) -> Iterator[FlowRun]:
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=types([StateType.CRASHED]),
        end_time=FlowRunFilterEndTime.model_validate({"after_": now - RECENT}),
    )
    for run in all_runs(client, wanted):
        if run.state and (run.state.message or "").startswith(LOST):
            yield run


def _begin(
    client: SyncPrefectClient, run: FlowRun, name: str, retries: int, now: datetime
) -> UUID | None:
    """Create the run that repeats another; None if it is there already, or its deployment is not."""
    begins = now + timedelta(seconds=float(run.empirical_policy.retry_delay or 0))
    body = {
        "name": name,
        "parameters": run.parameters,
        "enforce_parameter_schema": False,  # they were taken before
        "job_variables": run.job_variables,
        "work_queue_name": run.work_queue_name,
        "tags": sorted({*run.tags, TAG} - {TWICE}),
        "labels": {LABEL: str(run.id)},
        "idempotency_key": f"{TAG}-{run.id}",
        # Prefect counts the attempts of each run by itself: what is left of them is the new one's.
        "empirical_policy": {
            "retries": retries,
            "retry_delay": run.empirical_policy.retry_delay,
        },
        "state": {
            "type": StateType.SCHEDULED.value,
            "state_details": {"scheduled_time": begins.isoformat()},
        },
    }
    try:
        answer = client.request(
            "POST",
            "/deployments/{id}/create_flow_run",
            path_params={"id": run.deployment_id},
            json=body,
        )
    except PrefectHTTPStatusError as error:
        if error.response.status_code == 404:  # its deployment was deleted
            return None
        raise
    return UUID(answer.json()["id"]) if answer.status_code == 201 else None


def _tell(client: SyncPrefectClient, now: datetime, text: str, *runs: UUID) -> None:
    """Write a line into the logs of runs, where whoever looks at one of them sees it."""
    client.create_logs(
        LogCreate(
            name="electra_flow.watchdog",
            level=logging.WARNING,
            message=text,
            timestamp=now,
            flow_run_id=run,
        )
        for run in runs
    )


def _where(run: FlowRun) -> str:
    worker = worker_of(run)
    return f" en el worker «{worker}»" if worker else ""
