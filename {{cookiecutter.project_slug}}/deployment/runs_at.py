"""Programa ejecuciones de un despliegue en fechas dadas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterIdempotencyKey,
)
from prefect.states import Scheduled
from prefect.utilities.urls import url_for

if TYPE_CHECKING:
    from uuid import UUID

TAG = "Programado por script"


class NotDeployedError(Exception):
    """Por qué no se sabe de qué despliegue programar ejecuciones."""


@dataclass(frozen=True)
class RunAt:
    """Una ejecución en una fecha dada.

    Attributes:
        moment: La fecha.
        url: Su página en la interfaz de Prefect.
        existing: El estado de la que ya estaba; None si es nueva.
    """

    moment: datetime
    url: str
    existing: str | None


def find_deployment(name: str, entrypoint: str) -> tuple[UUID, str]:
    """Busca un despliegue de este proyecto en el servidor.

    Args:
        name: Su nombre en el servidor, que lleva el entorno.
        entrypoint: El flujo dentro del proyecto.

    Returns:
        Su identificador y su nombre completo: «flujo/despliegue».

    Raises:
        NotDeployedError: Si no está, o si hay más de uno.
    """
    with get_client(sync_client=True) as client:
        found = client.read_deployments(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name]))
        )
        ours = [deployment for deployment in found if deployment.entrypoint == entrypoint]
        names = [f"{client.read_flow(item.flow_id).name}/{name}" for item in ours]
    if not ours:
        raise NotDeployedError(f"{name} no está desplegado")
    if len(ours) > 1:
        raise NotDeployedError(
            f"hay más de un despliegue {name} ({', '.join(names)}): borrá en la interfaz los que "
            "quedaron de otro nombre del flujo"
        )
    return ours[0].id, names[0]


def schedule_runs(deployment_id: UUID, moments: Sequence[datetime]) -> Iterator[RunAt]:
    """Programa una ejecución en cada fecha; la que ya está no se repite.

    Args:
        deployment_id: El despliegue.
        moments: Las fechas.

    Yields:
        Cada ejecución, nueva o de antes.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: Si el servidor rechaza alguna.
        httpx.TransportError: Si el servidor deja de contestar.
    """
    with get_client(sync_client=True) as client:
        for moment in moments:
            # También si se corre dos veces a la vez: el servidor guarda una sola con esta clave.
            key = f"{TAG} {deployment_id} {moment.isoformat()}"
            existing = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(
                    idempotency_key=FlowRunFilterIdempotencyKey(any_=[key])
                )
            )
            run = client.create_flow_run_from_deployment(
                deployment_id,
                state=Scheduled(scheduled_time=moment),
                tags=[TAG],
                idempotency_key=key,
            )
            state = existing[0].state if existing else None
            yield RunAt(moment, url_for("flow-run", run.id) or "", state.name if state else None)
