"""All the checks of a deployment, in their order; nothing is changed anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from electra_flow.checks.api import Server
from electra_flow.checks.declared import check_declared
from electra_flow.checks.finding import UV_RUN, Finding, warning
from electra_flow.checks.library import check_library
from electra_flow.checks.machine import check_machine
from electra_flow.checks.other_user import check_readable
from electra_flow.checks.server import check_needs
from electra_flow.checks.settings import read_settings
from electra_flow.checks.several_workers import check_workers
from electra_flow.deploying.marked import in_environment
from electra_flow.deploying.needs import needs_of
from electra_flow.deploying.standing import check_standing
from electra_flow.sources.local_folder import LocalFolder
from electra_flow.sources.origin import Origin

if TYPE_CHECKING:
    from electra_flow.checks.flow_import import FlowImport, Flows, ImportedFlow
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.project import Project

TIMEOUT = 10.0  # seconds that each answer of a busy server is waited for


def review(
    project: Project,
    deployments: Sequence[Deployment],
    environment: str,
    flow_import: FlowImport,
    *,
    needs_worker: bool,
    prune: bool = False,
) -> Iterator[Finding]:
    """Check everything that can stop a deployment or a run of it.

    Args:
        project: What all deployments share.
        deployments: What is declared.
        environment: Where it is to be deployed.
        flow_import: The import of the flows, begun already: it goes on meanwhile.
        needs_worker: Whether a work pool without a worker is an error, not a warning.
        prune: Whether what is left on the server of before is going to be removed.

    Yields:
        Each finding, as soon as it is known.

    Raises:
        SettingsError: If Prefect's settings cannot be read.
    """
    own = project.environments[environment]
    settings = read_settings(Path.cwd())  # where Prefect looks, too
    yield from check_machine(environment, own.pool, settings)
    if isinstance(own.source, LocalFolder):
        yield from check_readable(own.pool, own.source.folder)
    stopped = False
    for _, finding in check_needs(
        settings.values,
        needs_of(project, deployments, environment),
        needs_worker=needs_worker,
        client_version=version("prefect"),
        timeout=TIMEOUT,
    ):
        stopped |= finding.level == "error"
        yield finding
    server = None if stopped else Server.from_settings(settings.values, TIMEOUT)
    if server and isinstance(own.source, LocalFolder):
        yield from check_workers(server, own.pool)
    with ThreadPoolExecutor(1) as meanwhile:  # the flows are being imported, and a team has many
        asked = meanwhile.submit(in_environment, server, environment) if server else None
        for finding in review_code(project, deployments, environment, flow_import):
            stopped |= finding.level == "error"
            yield finding
    if server and asked and not stopped:  # only then is it known what would stand there
        origin = Origin.of(own.source.folder, environment)
        names = full_names(deployments, environment, flow_import.flows)
        yield from check_standing(server, origin, names, own.pool, asked.result, prune=prune)


def review_code(
    project: Project,
    deployments: Sequence[Deployment],
    environment: str,
    flow_import: Flows,
) -> Iterator[Finding]:
    """Check what needs no server: what is declared, where the code comes from, and the flows."""
    source = project.environments[environment].source
    yield from check_declared(project, deployments, source.folder)
    yield from check_library(source.folder)
    yield from source.check(environment, {item.entrypoint for item in deployments})
    yield from flow_import.check(project, deployments)
    if isinstance(source, LocalFolder):
        yield from check_hooks(flow_import.flows)


def full_names(
    deployments: Sequence[Deployment], environment: str, flows: Mapping[str, ImportedFlow]
) -> set[str]:
    """Return what deployments are called on the server: «flow/deployment»."""
    return {f"{flows[item.entrypoint].name}/{item.name_in(environment)}" for item in deployments}


def check_hooks(flows: Mapping[str, ImportedFlow]) -> Iterator[Finding]:
    """Warn of hooks for which a worker imports a flow of a folder with its own Python."""
    for entrypoint, flow in flows.items():
        if flow.hooks:
            yield warning(
                f"{', '.join(flow.hooks)} (on_crashed, on_cancellation) de {entrypoint}: con "
                "LocalFolder corre en el Python del worker, que tiene que tener electra-flow y lo "
                "demás que importa el flujo; si no, falla con NameError.",
                f"{UV_RUN}electra-flow docs logs",
            )
