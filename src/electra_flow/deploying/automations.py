"""The automations of a deployment: those of its limits, and those of its triggers.

Each bears tags that say that it is of deploy.py, of which deployment, and which limit or trigger it is:
so it is found although the limit or the name changes, and another's is never touched. Prefect's own
way (`triggers` of `Flow.deploy`) deletes and makes them anew at each deployment: a switched-off one
would come back, and the clocks of what is running would begin again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from electra_flow.model.unset import UNSET, Unset

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import Automation, AutomationCore

    from electra_flow.model.watchdog import Watchdog

_States = tuple[str, ...]
OWNER = "deploy.py"
HEARTBEATS = 3  # signs of life that have to be missing before a run is given up
ENDED = ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled", "Cancelling")
DESCRIPTION = (
    "La mantiene deploy.py, que vuelve a poner lo que se le cambie acá; si se la apaga, sigue "
    "apagada."
)


def heartbeat_env(watchdog: Watchdog) -> dict[str, str]:
    """Return the environment variable that makes a run give signs of life in time."""
    if watchdog.lost is None:
        return {}
    seconds = int(watchdog.lost.total_seconds()) // HEARTBEATS
    return {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(seconds)}


def owned_automations(client: SyncPrefectClient, deployment_id: UUID) -> list[Automation]:
    """Return what Prefect deletes at the next `deploy`, among what has to do with a deployment."""
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        related = client.read_resource_related_automations(f"prefect.deployment.{deployment_id}")
    except PrefectHTTPStatusError:  # a server without automations
        return []
    return [automation for automation in related if OWNER not in automation.tags]


def restore_automations(client: SyncPrefectClient, before: Sequence[Automation]) -> None:
    """Put back what a `deploy` without triggers deleted, as it was, now nobody's own."""
    from prefect.events.filters import AutomationFilter, AutomationFilterId

    if not before:
        return
    from prefect.events.schemas.automations import AutomationCore

    ids = [automation.id for automation in before]
    found = client.read_automations(automations=AutomationFilter(id=AutomationFilterId(any_=ids)))
    left = {automation.id for automation in found}
    for automation in before:
        if automation.id not in left:
            body = automation.model_dump(exclude={"id", "owner_resource"})
            client.create_automation(AutomationCore.model_validate(body))


def keep_automations(
    client: SyncPrefectClient,
    full_name: str,
    deployment_id: UUID,
    watchdog: Watchdog,
    triggers: Sequence[Any] | Unset = UNSET,
) -> list[str]:
    """Leave on the server the automations of a deployment's limits and triggers, and only those.

    One that did not change is not touched, so that the clocks of what is running go on. One that
    somebody switched off in the UI stays off.

    Args:
        client: The client of the API.
        full_name: The deployment: «flow/deployment».
        deployment_id: Its id.
        watchdog: The limits of its runs.
        triggers: Prefect's triggers of it; UNSET leaves those that there are.

    Returns:
        A line for each automation that stays, changes or disappears, in Spanish.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses one.
    """
    from prefect.events.filters import AutomationFilter, AutomationFilterTags
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        stored = client.read_automations(
            automations=AutomationFilter(tags=AutomationFilterTags(all_=[OWNER, full_name]))
        )
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
        return ["el servidor no las tiene: nada cancela lo colgado ni lo atrasado"]
    declared = _of_limits(full_name, deployment_id, watchdog)
    if triggers is UNSET:
        stored = [old for old in stored if not any(tag.startswith("trigger:") for tag in old.tags)]
    else:
        declared |= _of_triggers(full_name, deployment_id, triggers)
    return _sync(client, full_name, stored, declared)


def _sync(
    client: SyncPrefectClient,
    full_name: str,
    stored: Sequence[Automation],
    declared: Mapping[str, AutomationCore],
) -> list[str]:
    """Make the server have what is declared, by its last tag; say what stays and what changes."""
    lines = []
    for tag, new in declared.items():
        text = _action(new, full_name)
        old = next((old for old in stored if tag in old.tags), None)
        if old is None:
            client.create_automation(new)
            lines.append(f"{text} (nueva)")
            continue
        off = "" if old.enabled else " (sigue apagada)"
        if _content(old) == _content(new):
            lines.append(text + off)
            continue
        new.enabled = old.enabled
        body = new.model_dump(mode="json", exclude={"owner_resource"})  # which only a new one has
        client.request("PUT", "/automations/{id}", path_params={"id": old.id}, json=body)
        before = _action(old, full_name)
        lines.append(f"cambia «{before}»" + f" por «{text}»" * (before != text) + off)
    for old in stored:
        if not declared.keys() & set(old.tags):
            client.delete_automation(old.id)
            lines.append(f"desaparece «{_action(old, full_name)}»")
    return lines


def _of_triggers(
    full_name: str, deployment_id: UUID, triggers: Sequence[Any]
) -> dict[str, AutomationCore]:
    """Return the automation of each trigger, as Prefect makes it, but with our tags."""
    automations = {}
    for number, trigger in enumerate(triggers, start=1):
        trigger = trigger.model_copy(deep=True)
        trigger.name = trigger.name or f"automatización {number}"
        trigger.set_deployment_id(deployment_id)
        automation = trigger.as_automation()
        tag = f"trigger:{trigger.name}"
        automation.name = f"{full_name}: {trigger.name}"
        automation.owner_resource = None
        automation.description = automation.description or DESCRIPTION
        automation.tags = [OWNER, full_name, tag]
        automations[tag] = automation
    return automations


def _of_limits(
    full_name: str, deployment_id: UUID, watchdog: Watchdog
) -> dict[str, AutomationCore]:
    """Return the automation of each limit."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
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
            "dar por caído lo que no da señales de vida en {}",
            ("heartbeat",),
            ("heartbeat", "AwaitingRetry", "Paused", "Suspended"),
            StateType.CRASHED,
            "Dejó de dar señales de vida: se apagó su máquina o murió su proceso.",
        ),
    }
    return {
        limit: AutomationCore(
            name=f"{full_name}: {action.format(_duration(within))}",
            description=DESCRIPTION,
            tags=[OWNER, full_name, limit],
            trigger=EventTrigger(
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related={
                    "prefect.resource.role": "deployment",
                    "prefect.resource.id": f"prefect.deployment.{deployment_id}",
                },
                for_each={"prefect.resource.id"},
                after=_events(after),
                expect=_events(expect + ENDED),
                posture=Posture.Proactive,
                threshold=1,
                within=within,
            ),
            actions=[ChangeFlowRunState(state=state, message=reason.format(_duration(within)))],
        )
        for limit, (within, action, after, expect, state, reason) in limits.items()
        if within is not None
    }


def _events(names: tuple[str, ...]) -> set[str]:
    return {f"prefect.flow-run.{name}" for name in names}


def _action(automation: AutomationCore, full_name: str) -> str:
    """Return what an automation does: its name, without the deployment's."""
    return automation.name.removeprefix(f"{full_name}: ")


def _content(automation: AutomationCore) -> dict[str, object]:
    """Return what deploy.py decides of an automation."""
    return automation.model_dump(include={"name", "description", "trigger", "actions"})


def _duration(time: timedelta) -> str:
    """Write a duration: «2 h», «1 h 30 min», «45 s»."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = {"h": hours, "min": minutes, "s": seconds}
    return " ".join(f"{number} {unit}" for unit, number in parts.items() if number)
