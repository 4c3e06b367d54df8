"""Crea o actualiza los despliegues en el servidor y cuenta qué cambió."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    LogFilter,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.utilities.urls import url_for

from deployment.automations import heartbeat_env, keep_automations
from deployment.model import Deployment, Project, Watchdog

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import DeploymentSchedule, State
    from prefect.schedules import Schedule


POLL_SECONDS = 1.0
UNWATCHED = Watchdog(running=None, late=None, lost=None)


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
        automations: Las automatizaciones que quedaron o cambiaron, una línea por cada una.
    """

    id: UUID
    name: str
    pool: str
    url: str
    paused: bool
    changes: Sequence[str]
    next_runs: Sequence[datetime]
    automations: Sequence[str]


def publish(project: Project, deployments: Sequence[Deployment], env: str) -> Iterator[Published]:
    """Despliega en el work pool de un entorno.

    Args:
        project: De dónde se toma el código y dónde corre.
        deployments: Qué desplegar.
        env: «dev» o «prod».

    Yields:
        Cada despliegue, apenas queda en el servidor.

    Raises:
        SourceError: Si el código cambió desde que se revisó.
        prefect.exceptions.PrefectHTTPStatusError: Si el servidor lo rechaza.
        httpx.TransportError: Si el servidor deja de contestar.
    """
    storage = project.source.storage(env, project.entrypoint)
    source = flow.from_source(source=storage, entrypoint=project.entrypoint)
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
            watchdog = deployment.watchdog or project.watchdog or UNWATCHED
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
                    job_variables=project.source.job_variables(
                        {**project.env, **heartbeat_env(watchdog)}
                    ),
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
                automations=keep_automations(client, full_name, deployment_id, watchdog),
                next_runs=() if paused else _next_runs(client, deployment_id),
            )


@dataclass(frozen=True)
class Progress:
    """Un cambio de estado de una ejecución, y su página en la interfaz de Prefect."""

    run_id: UUID
    state: State
    url: str


def run_once(published: Published) -> Iterator[Progress]:
    """Ejecuta un despliegue en su worker y cuenta cada estado, hasta el final."""
    run = run_deployment(published.id, timeout=0)
    seen = None
    with get_client(sync_client=True) as client:
        while True:
            if run.state.name != seen:
                seen = run.state.name
                yield Progress(run.id, run.state, url_for("flow-run", run.id) or "")
            if run.state.is_final():
                return
            time.sleep(POLL_SECONDS)
            run = client.read_flow_run(run.id)


def crash_reason(run_id: UUID) -> str:
    """Devuelve la excepción que impidió empezar una ejecución; vacío si no quedó en su log."""
    log_filter = LogFilter(flow_run_id={"any_": [run_id]}, level={"ge_": logging.ERROR})
    with get_client(sync_client=True) as client:
        for _ in range(5):  # el log llega unos segundos después que el estado
            for log in client.read_logs(log_filter):
                # De las excepciones encadenadas, la primera es la que causó las otras.
                if reason := re.search(r"^\w+(Error|Exception): .+", log.message, re.MULTILINE):
                    return reason[0]
            time.sleep(POLL_SECONDS)
    return ""


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
    declared = [_keep_anchor(new, stored) for new in declared]
    pending = list(stored)
    matches: dict[int, DeploymentSchedule] = {}
    # Primero por slug, después por regla; las que quedan son las mismas, con otra hora.
    for by in (_same_slug, _same_rule, lambda new, old: True):
        for index, new in enumerate(declared):
            old = next((old for old in pending if index not in matches and by(new, old)), None)
            if old:
                matches[index] = old
                pending.remove(old)

    merged, changes = [], []
    for index, new in enumerate(declared):
        old = matches.get(index)
        active = new.active and (old is None or old.active)
        merged.append(replace(new, active=active))
        pause = "" if active else " (sigue en pausa)"
        if old is None and stored:
            changes.append(f"se agrega {_describe(new)}{pause}")
        elif old and not _same_rule(new, old):
            was = _describe(old.schedule, old.parameters)
            changes.append(f"cambia {was} por {_describe(new)}{pause}")
        elif old and not active:
            changes.append(f"sigue en pausa {_describe(new)}")
    for old in pending:
        pause = "" if old.active else " (estaba en pausa)"
        changes.append(f"desaparece {_describe(old.schedule, old.parameters)}{pause}")
    return merged, changes


def _keep_anchor(new: Schedule, stored: Sequence[DeploymentSchedule]) -> Schedule:
    """Conserva el comienzo de un intervalo que no lo indica.

    Prefect toma entonces el momento de desplegar, y cada despliegue correría la hora.
    """
    if new.interval is None or datetime.now(UTC) - new.anchor_date > timedelta(minutes=1):
        return new
    for old in stored:
        if getattr(old.schedule, "interval", None) == new.interval:
            return replace(new, anchor_date=old.schedule.anchor_date)
    return new


def _same_slug(new: Schedule, old: DeploymentSchedule) -> bool:
    return new.slug is not None and new.slug == old.slug


def _same_rule(new: Schedule, old: DeploymentSchedule) -> bool:
    return _describe(new) == _describe(old.schedule, old.parameters)


def _describe(schedule: Any, parameters: Mapping[str, Any] | None = None) -> str:
    """Nombra una programación, de deploy.py o del servidor, por todo lo que la distingue."""
    if parameters is None:
        parameters = schedule.parameters
    details = [f"en {schedule.timezone or 'UTC'}"]
    if cron := getattr(schedule, "cron", None):
        rule = cron
        if not schedule.day_or:
            details.append("si coinciden el día y el día de la semana")
    elif interval := getattr(schedule, "interval", None):
        rule = f"cada {interval}"
        details.append(f"desde {schedule.anchor_date:%d/%m/%Y %H:%M %Z}")
    else:  # el servidor le agrega el comienzo
        rule = re.sub(r"DTSTART[^\n]*\n|RRULE:", "", schedule.rrule)
    if parameters:
        details.append(f"con {dict(parameters)}")
    return f"«{rule}» {', '.join(details)}"


def _next_runs(client: SyncPrefectClient, deployment_id: UUID) -> list[datetime]:
    """Pide al servidor que programe ya las próximas ejecuciones y devuelve las tres primeras.

    Las que sobran de la programación anterior se borran: Prefect borra las que encuentra al
    desplegar, pero puede guardar después las que en ese instante estaba calculando.
    """
    now = datetime.now(UTC)
    # Por sí mismo, el servidor no programa más allá de cien días.
    until = {"min_runs": 3, "max_runs": 3, "end_time": (now + timedelta(days=5 * 365)).isoformat()}
    client.request("POST", f"/deployments/{deployment_id}/schedule", json=until)
    schedules = {schedule.id for schedule in client.read_deployment(deployment_id).schedules}
    pending = client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(after_=now),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )
    moments = []
    for run in pending:
        creator = run.created_by
        if creator and creator.type == "SCHEDULE" and creator.id not in schedules:
            with contextlib.suppress(ObjectNotFound):  # otro que despliega ya la borró
                client.delete_flow_run(run.id)
        elif run.expected_start_time:
            moments.append(run.expected_start_time)
    return moments[:3]
