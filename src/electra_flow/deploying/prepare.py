"""What `deploy.py` declares and what the server has, merged into the options of `Flow.deploy`.

What is declared is set, and said when it changes. What is not declared stays as the server has it:
Prefect resets whatever it is not given, so it is passed back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from electra_flow.deploying.limits import heartbeat_env
from electra_flow.deploying.schedules import Merge, kept, merge_schedules
from electra_flow.images.in_image import InImage
from electra_flow.images.storage import has_code_in_image
from electra_flow.model.prepared import Prepared
from electra_flow.model.schedules import as_prefect
from electra_flow.model.unset import UNSET
from electra_flow.model.watchdog import UNWATCHED, Watchdog
from electra_flow.sources.fingerprint import CODE
from electra_flow.sources.log_folder import LOG_FOLDER
from electra_flow.sources.origin import VARIABLE, Origin

if TYPE_CHECKING:
    from prefect.client.schemas.responses import DeploymentResponse

    from electra_flow.model.alert import Alert
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.project import Project

# What the library puts into the job variables by itself, and takes out again when it no longer does.
OWN_VARIABLES = {"command", "working_dir", "env"}
OWN_ENV = {
    CODE,
    VARIABLE,
    LOG_FOLDER,
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY",
    "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES",
    "PYTHONUTF8",
    "UV_FROZEN",
}


@dataclass(frozen=True)
class Preparation:
    """A deployment ready to be published.

    Attributes:
        prepared: What `publish` of deploy.py receives.
        schedules: Its schedules, merged with the server's.
        changes: What else changes, a line each, in Spanish.
    """

    prepared: Prepared
    schedules: Merge
    changes: Sequence[str]


def prepare(
    project: Project,
    environment: str,
    deployment: Deployment,
    stored: DeploymentResponse | None,
    *,
    known_parameters: Collection[str],
    activate: bool = False,
    code: str = "",
) -> Preparation:
    """Merge a deployment with what the server has of it.

    Args:
        project: What all deployments share.
        environment: «dev», «prod»…
        deployment: What is declared.
        stored: What the server has; None if it was never deployed.
        known_parameters: The parameters that the flow has: of the server's, others are dropped.
        activate: Whether its schedules are to be switched on.
        code: The fingerprint of the project's code, which its runs can tell; empty if not known.

    Raises:
        SourceError: If the code changed since it was checked.
    """
    own = project.environments[environment]
    schedules = _schedules(project, environment, deployment, stored, activate=activate)
    options: dict[str, Any] = {
        "name": deployment.name_in(environment),
        "work_pool_name": own.pool,
        "description": deployment.description,
        "tags": _tags(environment, deployment, stored),
        "parameters": _parameters(deployment, stored, known_parameters),
        "schedules": schedules.schedules,
        "job_variables": _job_variables(project, environment, deployment, stored, code),
        "paused": _declared_or(deployment.paused, stored, "paused", False),
        "concurrency_limit": _concurrency(deployment, stored),
        "work_queue_name": _queue(own.pool, deployment, stored),
        "enforce_parameter_schema": _declared_or(
            deployment.enforce_parameter_schema, stored, "enforce_parameter_schema", True
        ),
        "ignore_warnings": True,  # deploy.py has checked, and says in Spanish what it found
        "print_next_steps": False,
        **(own.source.deploy_options() if isinstance(own.source, InImage) else {}),
        **deployment.deploy_options,
    }
    if deployment.version is not UNSET:
        options["version"] = deployment.version
    prepared = Prepared(
        source=own.source.storage(environment, deployment.entrypoint),
        entrypoint=deployment.entrypoint,
        options=options,
        deployment=deployment,
        environment=environment,
    )
    return Preparation(prepared, schedules, _changes(options, deployment, stored))


def watchdog_of(project: Project, deployment: Deployment) -> Watchdog:
    """Return the limits of a deployment's runs: its own, or else the project's."""
    own = project.watchdog if deployment.watchdog is UNSET else deployment.watchdog
    return own or UNWATCHED


def alerts_of(project: Project, deployment: Deployment, environment: str) -> list[Alert]:
    """Return whom to tell what a deployment does in an environment: its own, or else the project's."""
    own = project.alerts if deployment.alerts is UNSET else deployment.alerts
    return [alert for alert in own if alert.is_of(environment)]


def owner_of(project: Project, deployment: Deployment) -> str | None:
    """Return who answers for a deployment, if anybody is named."""
    return project.owner if deployment.owner is UNSET else deployment.owner


def _declared_or(value: Any, stored: DeploymentResponse | None, name: str, default: Any) -> Any:
    if value is not UNSET:
        return value
    return default if stored is None else getattr(stored, name)


def _parameters(
    deployment: Deployment, stored: DeploymentResponse | None, known: Collection[str]
) -> dict[str, Any]:
    given = dict(_declared_or(deployment.parameters, stored, "parameters", {}))
    if deployment.parameters is UNSET:
        return {name: value for name, value in given.items() if name in known}
    return given


def _schedules(
    project: Project,
    environment: str,
    deployment: Deployment,
    stored: DeploymentResponse | None,
    *,
    activate: bool,
) -> Merge:
    before = stored.schedules if stored else []
    if deployment.schedules is UNSET:
        return Merge(kept(before))
    declared = [as_prefect(schedule, project.timezone) for schedule in deployment.schedules]
    return merge_schedules(
        [replace(item, parameters=_as_stored(item.parameters)) for item in declared],
        before,
        starts_active=project.environments[environment].schedules_active,
        activate=activate,
    )


def _tags(environment: str, deployment: Deployment, stored: DeploymentResponse | None) -> list[str]:
    declared = _declared_or(deployment.tags, stored, "tags", ())
    return list(dict.fromkeys([environment, *declared]))


def _job_variables(
    project: Project,
    environment: str,
    deployment: Deployment,
    stored: DeploymentResponse | None,
    code: str,
) -> dict[str, Any]:
    """Merge ours and the author's, who wins; an operator's stay where the author declares none."""
    own = project.environments[environment]
    ours = own.source.job_variables(own.source.folder.name)
    authors = {} if deployment.job_variables is UNSET else dict(deployment.job_variables)
    declared_env = {**project.env, **own.env, **authors.get("env", {})}
    ours_env = {**ours.get("env", {}), **heartbeat_env(watchdog_of(project, deployment))}
    operators = dict(stored.job_variables or {}) if stored else {}
    kept_env = {} if declared_env else _without(operators.get("env", {}), OWN_ENV)
    built = stored is not None and has_code_in_image(stored.pull_steps)
    leave = OWN_VARIABLES | ({"image"} if built else set())  # the one that we built, not another
    kept_variables = {} if authors else _without(operators, leave)
    own_env = {VARIABLE: Origin.of(own.source.folder, environment).as_mark()}
    own_env |= {CODE: code} if code else {}
    env = {**kept_env, **ours_env, **declared_env, **own_env}
    return {
        **kept_variables,
        **ours,
        **authors,
        "env": {str(name): str(value) for name, value in env.items()},
    }


def _without(variables: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if name not in names}


def _concurrency(deployment: Deployment, stored: DeploymentResponse | None) -> Any:
    """Return the limit; a number of deploy.py keeps an operator's strategy and grace."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig

    declared = deployment.concurrency_limit
    if declared is None or not isinstance(declared, int) and declared is not UNSET:
        return declared
    limit: int | None = None if declared is UNSET else declared
    options = stored.concurrency_options if stored else None
    if declared is UNSET and stored and stored.global_concurrency_limit:
        limit = stored.global_concurrency_limit.limit
    if limit is None or options is None:
        return limit
    return ConcurrencyLimitConfig(
        limit=limit,
        collision_strategy=options.collision_strategy,
        grace_period_seconds=options.grace_period_seconds,
    )


def _queue(pool: str, deployment: Deployment, stored: DeploymentResponse | None) -> str | None:
    if deployment.work_queue_name is not UNSET:
        return deployment.work_queue_name
    # A queue is of its pool: after a change of pool, the operator's is not there.
    return stored.work_queue_name if stored and stored.work_pool_name == pool else None


def _limit_number(stored: DeploymentResponse) -> int | None:
    limit = stored.global_concurrency_limit
    return limit.limit if limit else None


_SHOWN: dict[str, tuple[str, Callable[[DeploymentResponse], Any]]] = {
    "description": ("descripción", lambda stored: stored.description),
    "tags": ("etiquetas", lambda stored: stored.tags),
    "parameters": ("parámetros", lambda stored: stored.parameters),
    "concurrency_limit": ("límite de ejecuciones a la vez", _limit_number),
    "work_queue_name": ("cola", lambda stored: stored.work_queue_name),
    "paused": ("en pausa", lambda stored: stored.paused),
    "version": ("versión", lambda stored: stored.version),
    "enforce_parameter_schema": (
        "el servidor revisa los parámetros",
        lambda stored: stored.enforce_parameter_schema,
    ),
}


def _changes(
    options: Mapping[str, Any], deployment: Deployment, stored: DeploymentResponse | None
) -> list[str]:
    """Say what is declared and was otherwise on the server."""
    if stored is None:
        return []
    lines = []
    if stored.work_pool_name != options["work_pool_name"]:
        lines.append(f"work pool: de {stored.work_pool_name} a {options['work_pool_name']}")
    if (image := options.get("image")) and (old := (stored.job_variables or {}).get("image")):
        new = getattr(image, "reference", image)
        lines += [f"imagen: de «{old}» a «{new}»"] * (old != new)
    for name, (title, read) in _SHOWN.items():
        if getattr(deployment, name) is UNSET:
            continue
        old, new = read(stored), options[name]
        new = getattr(new, "limit", new)  # of a ConcurrencyLimitConfig
        if name == "tags":
            old, new = sorted(old), sorted(new)
        if old != (_as_stored(new) if name == "parameters" else new):
            lines.append(f"{title}: de {_word(old)} a {_word(new)}")
    return lines


def _as_stored(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as the server has them: a date is a text there, and a set a list."""
    if not parameters:
        return {}
    from electra_flow.checks.import_probe import stored_parameters

    return stored_parameters("x", dict(parameters))


def _word(value: Any) -> str:
    if value is None:
        return "ninguno"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "ninguna"
    return f"«{value}»" if isinstance(value, str) else str(value)
