"""Each deployment, in turn: read what the server has, merge, let deploy.py publish, and look again."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.utilities.urls import url_for

from electra_flow.checks.own_modules import forgotten_modules
from electra_flow.deploying.alerts import Alerting
from electra_flow.deploying.automations import (
    keep_automations,
    owned_automations,
    restore_automations,
)
from electra_flow.deploying.guarantee import rounds_are_made
from electra_flow.deploying.limits import of_limits, of_silence
from electra_flow.deploying.mistakes import is_mistake_of, mistake
from electra_flow.deploying.next_runs import next_runs
from electra_flow.deploying.prepare import Preparation, prepare, watchdog_of
from electra_flow.deploying.stored import find_deployment
from electra_flow.deploying.triggers import TAG as TRIGGER
from electra_flow.deploying.triggers import of_triggers
from electra_flow.deploying.wording import server_reason
from electra_flow.model.alert import ANNOUNCER
from electra_flow.model.source import SourceError
from electra_flow.model.unset import UNSET
from electra_flow.model.watchdog import ROUND
from electra_flow.sources.fingerprint import code_of

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

    from electra_flow.checks.flow_import import ImportedFlow
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.prepared import Prepared
    from electra_flow.model.project import Project

    Publish = Callable[[Prepared], object]


class NotPublishedError(Exception):
    """`publish` of deploy.py ran, and the deployment is not on the server."""


def refusal(error: Exception, script: str | Path, names: Sequence[str]) -> str:
    """Say why `publish_all` did not go on: it says so, deploy.py has a mistake, or the server refused.

    Args:
        error: What it raised.
        script: deploy.py.
        names: The deployments that are not on the server therefore.
    """
    if isinstance(error, (SourceError, NotPublishedError)):
        return str(error)
    if is_mistake_of(error, script):
        return mistake(error, script)
    return f"El servidor no aceptó {', '.join(names)}: {server_reason(error)}"


@dataclass(frozen=True)
class Published:
    """A deployment that is on the server now.

    Attributes:
        id: Its id.
        name: «flow/deployment».
        pool: The work pool that runs it.
        url: Its page in Prefect's UI.
        paused: Whether it is paused as a whole.
        inactive: Whether a schedule that deploy.py declares active is not.
        schedule_changes: What changed in its schedules, a line each.
        changes: What else changed, a line each.
        next_runs: The next runs that the server has scheduled.
        automations: The automations that stay or changed, a line each.
    """

    id: UUID
    name: str
    pool: str
    url: str
    paused: bool
    inactive: bool
    schedule_changes: Sequence[str]
    changes: Sequence[str]
    next_runs: Sequence[datetime]
    automations: Sequence[str]


def publish_all(
    project: Project,
    deployments: Sequence[Deployment],
    flows: Mapping[str, ImportedFlow],
    environment: str,
    publish: Publish,
    *,
    activate: bool = False,
) -> Iterator[Published]:
    """Deploy to an environment.

    Args:
        project: What all deployments share.
        deployments: What to deploy.
        flows: The flows by entrypoint.
        environment: «dev», «prod»…
        publish: The function of deploy.py that calls Prefect's `deploy`.
        activate: Whether the declared schedules are to be switched on.

    Yields:
        Each deployment, as soon as it is on the server.

    Raises:
        SourceError: If the code changed since it was checked.
        NotPublishedError: If `publish` did not publish it.
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses one.
        httpx.TransportError: If the server stops answering.
    """
    with get_client(sync_client=True) as client:
        alerting = Alerting(client, project, environment)
        code = code_of(project.environments[environment].source.folder)

        def put(deployment: Deployment) -> _Put:
            flow = flows[deployment.entrypoint]
            return _put(client, alerting, deployment, flow, publish, activate=activate, code=code)

        # What makes the rounds or announces changes everybody's automations, its own too: none is
        # made before it is on the server, or the next deploy would change them unasked.
        last = max((at for at, one in enumerate(deployments, 1) if _serves_all(one)), default=0)
        first: list[_Put] = []
        refused: Exception | None = None
        for deployment in deployments[:last]:
            try:
                first.append(put(deployment))
            except Exception as error:  # those before it are on the server, and need theirs
                refused = error
                break
        in_rounds = rounds_are_made(client)
        for one in first:
            yield _look(client, alerting, one, in_rounds)
        if refused is not None:
            raise refused
        for deployment in deployments[last:]:
            yield _look(client, alerting, put(deployment), in_rounds)


def _serves_all(deployment: Deployment) -> bool:
    tags = () if deployment.tags is UNSET else deployment.tags
    return ROUND in tags or ANNOUNCER in tags


@dataclass(frozen=True)
class _Put:
    """A deployment that is on the server, still without its automations."""

    deployment: Deployment
    preparation: Preparation
    flow_name: str
    stored: DeploymentResponse


def _put(
    client: SyncPrefectClient,
    alerting: Alerting,
    deployment: Deployment,
    flow: ImportedFlow,
    publish: Publish,
    *,
    activate: bool,
    code: str,
) -> _Put:
    """Merge a deployment with what the server has, and let deploy.py publish it."""
    name = deployment.name_in(alerting.environment)
    stored = find_deployment(client, flow.name, name)
    preparation = prepare(
        alerting.project,
        alerting.environment,
        deployment,
        stored,
        known_parameters=flow.parameters,
        activate=activate,
        code=code,
    )
    before = owned_automations(client, stored.id) if stored else []
    # Prefect tells what it did, in English; what matters is told at the end.
    with contextlib.redirect_stdout(io.StringIO()), forgotten_modules():
        publish(preparation.prepared)
    if deployment.triggers is UNSET:
        restore_automations(client, before)
    now = find_deployment(client, flow.name, name)
    if now is None or (stored and now.updated == stored.updated):
        raise NotPublishedError(
            f"publish, en deploy.py, no desplegó {name}: tiene que llamar a "
            "flow.from_source(prepared.source, prepared.entrypoint).deploy(**prepared.options)"
        )
    return _Put(deployment, preparation, flow.name, now)


def _look(
    client: SyncPrefectClient,
    alerting: Alerting,
    put: _Put,
    in_rounds: bool,
) -> Published:
    """Tell what is on the server now, and set the automations."""
    project, environment = alerting.project, alerting.environment
    deployment, preparation, stored = put.deployment, put.preparation, put.stored
    full_name = f"{put.flow_name}/{stored.name}"
    triggers = deployment.triggers
    limits = watchdog_of(project, deployment)
    automations = of_limits(full_name, stored.id, limits, in_rounds=in_rounds)
    runs_by_itself = project.environments[environment].schedules_active
    if runs_by_itself or any(schedule.active for schedule in stored.schedules):
        automations |= of_silence(
            full_name, stored.id, limits, alerting.of_silence(deployment, full_name, stored)
        )
    if triggers is not UNSET:
        automations |= of_triggers(full_name, stored.id, triggers)
    alerts = alerting.of(deployment, full_name, stored)
    lines = keep_automations(
        client, full_name, automations | alerts, left=TRIGGER if triggers is UNSET else None
    )
    if alerts:
        alerting.tell_deployed(stored.id)
    return Published(
        id=stored.id,
        name=full_name,
        pool=stored.work_pool_name or "",
        url=url_for("deployment", stored.id) or "",
        paused=stored.paused,
        inactive=preparation.schedules.inactive,
        schedule_changes=preparation.schedules.changes,
        changes=preparation.changes,
        automations=lines,
        next_runs=() if stored.paused else next_runs(client, stored.id),
    )
