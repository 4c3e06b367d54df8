"""Crea o actualiza los despliegues en el servidor y cuenta qué cambió."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.utilities.urls import url_for

from deployment.model import Deployment, Project

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.schedules import Schedule


@dataclass(frozen=True)
class Published:
    """Un despliegue que quedó en el servidor.

    Attributes:
        id: Su identificador.
        name: «flujo/despliegue».
        pool: El work pool que lo corre.
        url: Su página en la interfaz de Prefect.
        paused: Si está en pausa, o alguna de sus programaciones.
        changes: Qué cambió en sus programaciones, una línea por cambio.
        next_runs: Las próximas ejecuciones que el servidor ya programó.
    """

    id: UUID
    name: str
    pool: str
    url: str
    paused: bool
    changes: Sequence[str]
    next_runs: Sequence[datetime]


def publish(project: Project, deployments: Sequence[Deployment], env: str) -> Iterator[Published]:
    """Despliega en el work pool de un entorno.

    Args:
        project: De dónde se toma el código y dónde corre.
        deployments: Qué desplegar.
        env: «dev» o «prod».

    Yields:
        Cada despliegue, apenas queda en el servidor.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: Si el servidor lo rechaza.
        httpx.TransportError: Si el servidor deja de contestar.
    """
    source = flow.from_source(source=project.source, entrypoint=project.entrypoint)
    with get_client(sync_client=True) as client:
        for deployment in deployments:
            name = deployment.name_in(env)
            full_name = f"{source.name}/{name}"
            try:
                stored = client.read_deployment_by_name(full_name)
            except ObjectNotFound:
                stored = None
            schedules, changes = merge_schedules(
                deployment.schedules, stored.schedules if stored else ()
            )
            paused = bool(stored and stored.paused)
            # Prefect anuncia lo que hizo, en inglés; lo que importa se cuenta al final.
            with contextlib.redirect_stdout(io.StringIO()):
                deployment_id = source.deploy(
                    name=name,
                    work_pool_name=project.pools[env],
                    description=deployment.description,
                    schedules=schedules,
                    parameters=dict(deployment.parameters),
                    tags=[env, *deployment.tags],
                    paused=paused,
                    job_variables={"command": _command(), "env": dict(project.env)},
                    ignore_warnings=True,
                    print_next_steps=False,
                )
            yield Published(
                id=deployment_id,
                name=full_name,
                pool=project.pools[env],
                url=url_for("deployment", deployment_id) or "",
                paused=paused or not all(schedule.active for schedule in schedules),
                changes=changes,
                next_runs=() if paused else _next_runs(client, deployment_id),
            )


@dataclass(frozen=True)
class Outcome:
    """Cómo terminó una ejecución: si se completó, su estado en palabras y su página."""

    completed: bool
    text: str
    url: str


def run_once(published: Published) -> Outcome:
    """Ejecuta un despliegue en su worker y espera a que termine."""
    run = run_deployment(published.id, timeout=None, poll_interval=1)
    state = run.state
    return Outcome(
        completed=state.is_completed(),
        text=f"Terminó en {state.name}" + (f": {state.message}" if state.message else ""),
        url=url_for("flow-run", run.id) or "",
    )


def merge_schedules(
    declared: Sequence[Schedule], stored: Sequence[DeploymentSchedule]
) -> tuple[list[Schedule], list[str]]:
    """Combina las programaciones de deploy.py con las que ya hay en el servidor.

    Lo que un operador puso en pausa sigue en pausa, también si deploy.py le cambió la hora.

    Args:
        declared: Las de deploy.py.
        stored: Las que el servidor tiene ahora.

    Returns:
        Las que hay que mandar al servidor, y una línea por cada una que cambia, se
        agrega, desaparece o sigue en pausa.
    """
    pending = list(stored)
    matches: dict[int, DeploymentSchedule] = {}
    for by in (lambda new, old: new.slug and new.slug == old.slug, _same_rule):
        for index, new in enumerate(declared):
            old = next((old for old in pending if index not in matches and by(new, old)), None)
            if old:
                matches[index] = old
                pending.remove(old)
    unmatched = [index for index in range(len(declared)) if index not in matches]
    if len(unmatched) == len(pending) == 1:  # una por una: es la misma, con otra hora
        matches[unmatched.pop()] = pending.pop()

    merged, changes = [], []
    for index, new in enumerate(declared):
        old = matches.get(index)
        active = new.active and (old is None or old.active)
        merged.append(replace(new, active=active))
        pause = "" if active else " (sigue en pausa)"
        if old is None and stored:
            changes.append(f"se agrega {_describe(new)}{pause}")
        elif old and not _same_rule(new, old):
            changes.append(f"cambia {_describe(old.schedule)} por {_describe(new)}{pause}")
        elif old and not active:
            changes.append(f"sigue en pausa {_describe(new)}")
    for old in pending:
        pause = "" if old.active else " (estaba en pausa)"
        changes.append(f"desaparece {_describe(old.schedule)}{pause}")
    return merged, changes


def _same_rule(new: Schedule, old: DeploymentSchedule) -> bool:
    return _describe(new) == _describe(old.schedule) and new.parameters == old.parameters


def _describe(schedule: object) -> str:
    """Nombra una programación, de deploy.py o del servidor, por su regla y su huso."""
    rules = (getattr(schedule, kind, None) for kind in ("cron", "interval", "rrule"))
    rule = next((rule for rule in rules if rule is not None), "?")
    return f"«{rule}» en {schedule.timezone or 'UTC'}"


def _command() -> str:
    """Devuelve el comando que corre el flujo en el entorno de este proyecto.

    Sin él, correría con lo que tenga instalado el worker. Las barras comunes y las
    comillas dobles se leen igual en Windows y en Linux.
    """
    return f'"{Path(sys.executable).as_posix()}" -m prefect.engine'


def _next_runs(client: SyncPrefectClient, deployment_id: UUID) -> list[datetime]:
    """Pide al servidor que programe ya las próximas ejecuciones y devuelve las tres primeras."""
    client.request("POST", f"/deployments/{deployment_id}/schedule", json={})
    runs = client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=3,
    )
    return [run.expected_start_time for run in runs if run.expected_start_time]
