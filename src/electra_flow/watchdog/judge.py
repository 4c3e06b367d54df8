"""Which runs are over, and what they are to become: functions of what was read, and nothing else.

They say what the automations of the limits say (`electra_flow.deploying`): the time counts from the
state that a run is in, a retry or what follows a pause has the whole limit, and what waits for its
turn, for a retry or for somebody who resumes it is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, StateType

from electra_flow.model.duration import duration
from electra_flow.watchdog.limits import Limits

# The first sign of life goes out just before the state is Running.
BEFORE_RUNNING = timedelta(minutes=1)
LOST = (
    "Dejó de dar señales de vida hace "  # by it, the rounds know what they gave up (taking_up.py)
)


@dataclass(frozen=True)
class Seen:
    """A run as the server had it when it was read.

    Attributes:
        id: Its id.
        name: Its name.
        deployment_id: Its deployment; None for a subflow that runs in the process of its parent.
        state_id: The id of the state that it is in.
        type: That state's type.
        state_name: That state's name.
        since: When it came to be in it.
        due: When it is to begin; None if it has begun.
        has_process: Whether a worker has begun a process for it.
        retries_in_process: Whether its next retry is for the process that there is.
        parent_task_id: The task run of its parent that stands for it; None if it is no subflow.
        worker: The worker that began its process; empty if there was none.
        attempts_left: How often its flow may still be run again (`retries`).
    """

    id: UUID
    name: str
    deployment_id: UUID | None
    state_id: UUID
    type: StateType
    state_name: str
    since: datetime
    due: datetime | None = None
    has_process: bool = False
    retries_in_process: bool = False
    parent_task_id: UUID | None = None
    worker: str = ""
    attempts_left: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a run is to become, and why.

    Attributes:
        run: The run.
        of: «flow/deployment» whose limit it is.
        state: The type of the state to be set.
        why: In a word or two, for the summary.
        reason: What the state says.
        state_name: The state's name, where it is not that of its type.
    """

    run: Seen
    of: str
    state: StateType
    why: str
    reason: str
    state_name: str | None = None


def judge(run: Seen, limits: Limits, now: datetime) -> Verdict | None:
    """Return what a run of a deployment is to become because of its state alone; None if it may go on."""
    in_state = now - run.since
    if run.type == StateType.RUNNING and _over(in_state, limits.running):
        reason = (
            f"Corrió más de {duration(limits.running)}: el límite está en «running», en deploy.py."
        )
        return Verdict(run, limits.full_name, StateType.CANCELLING, "colgada", reason)
    if run.type == StateType.PENDING and _over(in_state, limits.late):
        return _late(run, limits, StateType.CANCELLING, "pendiente")
    if (
        run.type == StateType.SCHEDULED
        and run.state_name == "Late"
        and _over(in_state, limits.late)
    ):
        # Without a process, the server would make it Cancelled all the same, and say no reason.
        state = StateType.CANCELLING if run.has_process else StateType.CANCELLED
        return _late(run, limits, state, "atrasada")
    unnoticed = run.type == StateType.SCHEDULED and run.state_name == "Scheduled"
    if unnoticed and run.due is not None and _over(now - run.due, limits.late):
        # The server marks it as late in seconds. Where it has not, it may just have come back, and
        # the workers have had no time: that begins here.
        reason = f"Tenía que empezar hace {duration(now - run.due)}, y nadie lo había notado."
        return Verdict(run, limits.full_name, StateType.SCHEDULED, "marcada", reason, "Late")
    if run.type == StateType.CANCELLING and _over(in_state, limits.to_cancel):
        reason = (
            f"Estuvo más de {duration(limits.to_cancel)} en Cancelling y nadie la terminó: "
            "su worker o su máquina ya no están."
        )
        return Verdict(run, limits.full_name, StateType.CANCELLED, "sin cancelar", reason)
    return None


def _late(run: Seen, limits: Limits, state: StateType, why: str) -> Verdict:
    waited = duration(limits.late)
    reason = f"En {waited} no empezó a correr: el límite está en «late», en deploy.py."
    return Verdict(run, limits.full_name, state, why, reason)


def is_to_give_signs(run: Seen, limits: Limits, now: datetime) -> bool:
    """Tell whether a run, which may go on because of its state, should have given signs of life."""
    if run.type == StateType.RUNNING:
        return _over(now - run.since, limits.lost)
    # A process that waits for its retry gives them too, and then begins in time.
    waits = run.type == StateType.SCHEDULED and run.state_name == "AwaitingRetry"
    if waits and run.retries_in_process and run.due is not None:
        return _over(now - max(run.since, run.due), limits.lost)
    return False


def is_silent(run: Seen, last_sign: datetime, limits: Limits, now: datetime) -> bool:
    """Tell whether the last sign of life of a run is too long ago.

    One whose signs are of an attempt before is where they do not pass (they go by a websocket, which
    some proxies stop), as one that never gave any: it is not lost.
    """
    if run.type == StateType.RUNNING and last_sign < run.since - BEFORE_RUNNING:
        return False
    return _over(now - last_sign, limits.lost)


def lost(run: Seen, last_sign: datetime, limits: Limits, now: datetime) -> Verdict:
    """Return what becomes of a run that is lost for certain."""
    where = f" (worker «{run.worker}»)" if run.worker else ""
    reason = (
        f"{LOST}{duration(now - last_sign)}: se apagó su máquina{where}, se le cortó la red o murió "
        "su proceso."
    )
    if run.attempts_left and run.parent_task_id is None:
        reason += " Como su flujo tiene retries, se retoma en otra ejecución."
    return Verdict(run, limits.full_name, StateType.CRASHED, "perdida", reason)


def attempts_left(run: FlowRun) -> int:
    """Return how often the flow of a run that began may still be run again (`retries`)."""
    return max(int(run.empirical_policy.retries or 0) - run.run_count + 1, 0)


def orphans(
    subflows: Mapping[UUID, Seen],
    parents: Mapping[UUID, UUID],
    runs: Mapping[UUID, Seen],
    limits: Mapping[UUID, Limits],
    now: datetime,
) -> Iterator[Verdict]:
    """Give the subflows whose parent has ended, and with it the process that they were in.

    Args:
        subflows: Those that have not ended, by id.
        parents: The parent of each, and of each of those that is a subflow as well.
        runs: The parents, by id.
        limits: The limits of the deployments.
        now: The server's time.
    """
    for subflow in subflows.values():
        above = []
        parent = parents.get(subflow.id)
        while parent is not None and parent in runs and runs[parent] not in above:
            above.append(runs[parent])
            parent = parents.get(parent)
        deployment_id = above[-1].deployment_id if above and parent is None else None
        own = limits.get(deployment_id) if deployment_id else None
        if own is None:
            continue
        ended = [run for run in above if run.type in TERMINAL_STATES]
        if not ended or not _over(now - min(run.since for run in ended), own.shortest):
            continue
        cancelled = subflow.type == StateType.CANCELLING or all(
            run.type == StateType.CANCELLED for run in ended
        )
        state = StateType.CANCELLED if cancelled else StateType.CRASHED
        reason = (
            f"El flujo que la llamó ({ended[0].name}) terminó ({ended[0].state_name}), y con él "
            "su proceso."
        )
        yield Verdict(subflow, own.full_name, state, "subflujo sin padre", reason)


def _over(time: timedelta, limit: timedelta | None) -> bool:
    return limit is not None and time >= limit
