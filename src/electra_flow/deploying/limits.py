"""The automations of the limits of a deployment's runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from electra_flow.deploying.automations import DESCRIPTION
from electra_flow.model.duration import duration
from electra_flow.model.watchdog import OWNER

if TYPE_CHECKING:
    from prefect.events.actions import ActionTypes
    from prefect.events.schemas.automations import AutomationCore

    from electra_flow.model.watchdog import Watchdog

_States = tuple[str, ...]
SILENT = "silent"  # the tag
IN_ROUNDS = "dar por caído, en una ronda de la vigilancia, lo que no da señales de vida en {}"
HEARTBEATS = 3  # signs of life that have to be missing before a run is given up
# Seconds between two of them at most: the round listens for that long before it gives a run up.
SELDOM = 200
ENDED = ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled", "Cancelling")


def heartbeat_env(watchdog: Watchdog) -> dict[str, str]:
    """Return the environment variable that makes a run give signs of life in time."""
    if watchdog.lost is None:
        return {}
    seconds = min(int(watchdog.lost.total_seconds()) // HEARTBEATS, SELDOM)
    return {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(seconds)}


def of_limits(
    full_name: str, deployment_id: UUID, watchdog: Watchdog, *, in_rounds: bool = False
) -> dict[str, AutomationCore]:
    """Return the automation of each limit.

    Args:
        full_name: The deployment: «flow/deployment».
        deployment_id: Its id.
        watchdog: The limits of its runs.
        in_rounds: Whether somebody makes the rounds. What is lost is theirs then: a server that was
            away for longer than that limit takes, when it comes back, whatever ran for lost.
    """
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState, DoNothing
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    # Where the same state begins the clock and is expected, it begins anew each time: a retry, or what
    # follows a pause, has all the time to itself. The states are named one by one:
    # «prefect.flow-run.*» holds the signs of life too, and nothing would ever be over.
    limits: dict[str, tuple[timedelta | None, str, _States, _States, StateType, str]] = {
        "running": (
            watchdog.running,
            "cancelar lo que corre más de {}",
            ("Running",),
            ("Running", "AwaitingRetry", "Paused", "Suspended"),
            StateType.CANCELLING,
            "Corrió más de {}: el límite está en «running», en deploy.py.",
        ),
        "late": (
            watchdog.late,
            "cancelar lo que se atrasa y en {} no empieza",
            ("Late", "Pending"),
            ("Running", "Scheduled"),
            StateType.CANCELLING,
            "En {} no empezó a correr: el límite está en «late», en deploy.py.",
        ),
        "lost": (
            watchdog.lost,
            IN_ROUNDS if in_rounds else "dar por caído lo que no da señales de vida en {}",
            ("heartbeat",),
            ("heartbeat", "AwaitingRetry", "Paused", "Suspended"),
            StateType.CRASHED,
            "Dejó de dar señales de vida: se apagó su máquina o murió su proceso.",
        ),
    }
    return {
        limit: AutomationCore(
            name=f"{full_name}: {action.format(duration(within))}",
            description=DESCRIPTION,
            tags=[OWNER, full_name, limit],
            trigger=EventTrigger(
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related={
                    "prefect.resource.role": "deployment",
                    "prefect.resource.id": f"prefect.deployment.{deployment_id}",
                },
                for_each={"prefect.resource.id"},
                after=state_events(after),
                expect=state_events(expect + ENDED),
                posture=Posture.Proactive,
                threshold=1,
                within=within,
            ),
            actions=[
                DoNothing()
                if action == IN_ROUNDS
                else ChangeFlowRunState(state=state, message=reason.format(duration(within)))
            ],
        )
        for limit, (within, action, after, expect, state, reason) in limits.items()
        if within is not None
    }


def of_silence(
    full_name: str, deployment_id: UUID, watchdog: Watchdog, actions: Sequence[ActionTypes]
) -> dict[str, AutomationCore]:
    """Return the automation that notices that no run completes: it waits for nothing else.

    Args:
        full_name: The deployment: «flow/deployment».
        deployment_id: Its id.
        watchdog: The limits of its runs.
        actions: What makes somebody hear of it; without any, it only stands in the UI.
    """
    from prefect.events.actions import DoNothing
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    if watchdog.silent is None:
        return {}
    action = f"avisar si en {duration(watchdog.silent)} no termina bien ninguna ejecución"
    if not actions:
        action += ", pero falta a quién (alerts)"
    return {
        SILENT: AutomationCore(
            name=f"{full_name}: {action}",
            description=DESCRIPTION,
            tags=[OWNER, full_name, SILENT],
            trigger=EventTrigger(
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related={
                    "prefect.resource.role": "deployment",
                    "prefect.resource.id": f"prefect.deployment.{deployment_id}",
                },
                expect=state_events(("Completed",)),
                posture=Posture.Proactive,
                threshold=1,
                within=watchdog.silent,
            ),
            actions=list(actions) or [DoNothing()],
        )
    }


def state_events(names: _States) -> set[str]:
    """Return the events of a run's coming into these states."""
    return {f"prefect.flow-run.{name}" for name in names}
