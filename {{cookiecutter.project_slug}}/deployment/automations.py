"""Las automatizaciones de un despliegue, que cancelan lo colgado o atrasado y marcan lo perdido.

Cada una lleva tres etiquetas que dicen que es de deploy.py, de qué despliegue y qué límite vigila:
así se la encuentra aunque cambien el límite o el nombre, y nunca se toca una ajena.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from prefect.events.actions import ChangeFlowRunState
from prefect.events.filters import AutomationFilter, AutomationFilterTags
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import StateType

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

    from deployment.model import Watchdog

OWNER = "deploy.py"
HEARTBEATS = 3  # señales de vida que tienen que faltar para dar una ejecución por perdida
ENDED = ("Completed", "Failed", "TimedOut", "Crashed", "Cancelled", "Cancelling")


def heartbeat_env(watchdog: Watchdog) -> dict[str, str]:
    """Devuelve la variable de entorno con que una ejecución da señales de vida a tiempo."""
    if watchdog.lost is None:
        return {}
    seconds = int(watchdog.lost.total_seconds()) // HEARTBEATS
    return {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(seconds)}


def keep_automations(
    client: SyncPrefectClient, full_name: str, deployment_id: UUID, watchdog: Watchdog
) -> list[str]:
    """Deja en el servidor las automatizaciones de los límites de un despliegue, y solo esas.

    La que no cambió no se toca, para no perder la cuenta de lo que está corriendo. La que alguien
    apagó en la interfaz sigue apagada.

    Args:
        client: El cliente de la API.
        full_name: El despliegue: «flujo/despliegue».
        deployment_id: Su identificador.
        watchdog: Sus límites.

    Returns:
        Una línea por automatización que queda, cambia o desaparece.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: Si el servidor rechaza alguna.
    """
    try:
        stored = client.read_automations(
            automations=AutomationFilter(tags=AutomationFilterTags(all_=[OWNER, full_name]))
        )
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
        return ["el servidor no las tiene: nada cancela lo colgado ni lo atrasado"]
    declared = _declare(full_name, deployment_id, watchdog)
    lines = []
    for limit, new in declared.items():
        text = _action(new, full_name)
        old = next((old for old in stored if limit in old.tags), None)
        if old is None:
            client.create_automation(new)
            lines.append(f"{text} (nueva)")
            continue
        off = "" if old.enabled else " (sigue apagada)"
        if _content(old) == _content(new):
            lines.append(text + off)
            continue
        new.enabled = old.enabled
        body = new.model_dump(mode="json", exclude={"owner_resource"})  # que solo lleva una nueva
        client.request("PUT", f"/automations/{old.id}", json=body)
        lines.append(f"cambia «{_action(old, full_name)}» por «{text}»{off}")
    for old in stored:
        if not declared.keys() & set(old.tags):
            client.delete_automation(old.id)
            lines.append(f"desaparece «{_action(old, full_name)}»")
    return lines


def _declare(full_name: str, deployment_id: UUID, watchdog: Watchdog) -> dict[str, AutomationCore]:
    """Arma la automatización de cada límite."""
    # Si el mismo estado empieza la cuenta y se espera, cada vez que llega empieza de nuevo: un
    # reintento, o lo que sigue a una pausa, tiene todo el tiempo para sí. Los estados van uno por
    # uno: «prefect.flow-run.*» incluye las señales de vida, y nunca se cumpliría nada.
    limits = {
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
            description="La mantiene deploy.py, que vuelve a poner lo que se le cambie acá; si se "
            "la apaga, sigue apagada.",
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
    """Devuelve qué hace una automatización: su nombre, sin el del despliegue."""
    return automation.name.removeprefix(f"{full_name}: ")


def _content(automation: AutomationCore) -> dict[str, object]:
    """Devuelve lo que deploy.py decide de una automatización."""
    return automation.model_dump(include={"name", "description", "trigger", "actions"})


def _duration(time: timedelta) -> str:
    """Escribe una duración: «2 h», «1 h 30 min», «45 s»."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = {"h": hours, "min": minutes, "s": seconds}
    return " ".join(f"{number} {unit}" for unit, number in parts.items() if number)
