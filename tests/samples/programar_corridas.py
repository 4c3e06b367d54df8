"""Usa el SDK: programa corridas de un despliegue en una lista de momentos."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from electra_flow import PrefectLogger
from prefect import flow, get_client, task
from prefect.client.schemas.objects import StateDetails, StateType
from prefect.deployments import run_deployment
from prefect.states import State

if TYPE_CHECKING:
    from uuid import UUID

logger_global = PrefectLogger(__file__)

ZONA = ZoneInfo("America/Argentina/Buenos_Aires")


@task(retries=2, retry_delay_seconds=[1, 5])
async def buscar(nombre: str) -> UUID:
    """Busca un despliegue por su nombre: «flujo/despliegue»."""
    async with get_client() as client:
        despliegue = await client.read_deployment_by_name(nombre)
    return despliegue.id


@task
async def programar(despliegue: UUID, momento: datetime) -> str:
    """Programa una corrida."""
    detalles = StateDetails(scheduled_time=momento)
    async with get_client() as client:
        corrida = await client.create_flow_run_from_deployment(
            deployment_id=despliegue,
            state=State(type=StateType.SCHEDULED, state_details=detalles),
            tags=["Programado por script"],
        )
    logger = logger_global.obtener_logger_prefect()
    logger.info("%s a las %s", corrida.name, momento.astimezone(ZONA))
    return corrida.name


@task
def correr_ya(nombre: str) -> str:
    """Pide una corrida y no la espera."""
    return run_deployment(nombre, timeout=0, tags=["manual"]).name


@flow(name="programar-corridas")
async def programar_corridas(nombre: str, momentos: list[datetime]) -> list[str]:
    """Programa las que todavía no pasaron."""
    despliegue = await buscar(nombre)
    ahora = datetime.now(UTC)
    futuros = [momento for momento in momentos if momento > ahora]
    return [await programar(despliegue, momento) for momento in futuros]
