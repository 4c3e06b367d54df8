"""What stands on the server beside what is declared: left over from this project, or of another one.

Told at each deployment and check; what is left over is removed only if it is asked for (`prune`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from electra_flow.checks.api import Server, UnreachableError
from electra_flow.checks.finding import Finding, warning
from electra_flow.deploying.marked import Marked, belongings, of_flows
from electra_flow.deploying.moved import check_waiting, find_waiting, prune_command

if TYPE_CHECKING:
    from electra_flow.sources.origin import Origin


@dataclass(frozen=True)
class Standing:
    """What stands there.

    Attributes:
        own: This project's that it declares.
        orphans: This project's, in this environment, that it declares no longer.
        taken: Another project's, with the full name of one that is declared here.
        shared: Other projects', of a flow whose name one of this project has.
    """

    own: list[Marked]
    orphans: list[Marked]
    taken: list[Marked]
    shared: list[Marked]


def sort_out(origin: Origin, declared: Collection[str], found: Collection[Marked]) -> Standing:
    """Tell apart what is on the server.

    Args:
        origin: The project, and the environment that is deployed to.
        declared: The full names that it declares: «flow/deployment».
        found: What is on the server.
    """
    flows = {name.partition("/")[0] for name in declared}
    standing = Standing([], [], [], [])
    for one in found:
        if one.origin.is_same_project(origin):
            if one.full_name in declared:
                standing.own.append(one)
            elif one.origin.environment == origin.environment:
                standing.orphans.append(one)
        elif one.full_name in declared:
            standing.taken.append(one)
        elif one.flow in flows:
            standing.shared.append(one)
    return standing


def find_standing(
    server: Server, origin: Origin, declared: Collection[str], found: Collection[Marked]
) -> Standing:
    """Return what there is of a project, and of others that have a flow or a deployment of its names.

    Args:
        server: Prefect's server.
        origin: The project, and the environment.
        declared: The full names that it declares.
        found: The marked deployments of that environment (`in_environment`).

    Raises:
        UnreachableError: If the server does not answer.
    """
    flows = {name.partition("/")[0] for name in declared}
    by_id = {one.id: one for one in [*found, *of_flows(server, flows)]}
    return sort_out(origin, declared, by_id.values())


def check_standing(
    server: Server,
    origin: Origin,
    declared: Collection[str],
    pool: str,
    found: Callable[[], Collection[Marked]],
    *,
    prune: bool,
) -> Iterator[Finding]:
    """Tell what stands on the server of this project and of others; nothing is changed.

    Args:
        server: Prefect's server.
        origin: The project, and the environment that is deployed to.
        declared: The full names that it declares.
        pool: The work pool of that environment.
        found: Gives the marked deployments of that environment; it may raise UnreachableError.
        prune: Whether what is left over is going to be removed.
    """
    try:
        standing = find_standing(server, origin, declared, found())
        command = "" if prune else prune_command(origin.environment)
        yield from tell(server, standing, origin, command)
        yield from check_waiting(
            find_waiting(server, standing.own, pool), origin.environment, prune=prune
        )
    except UnreachableError as reason:
        yield warning(f"No se pudo ver qué hay en el servidor que ya no se declara acá: {reason}.")


def tell(server: Server, standing: Standing, origin: Origin, command: str) -> Iterator[Finding]:
    """Tell what is left over, and what another project has under the same name.

    Args:
        server: Prefect's server.
        standing: What stands there.
        origin: The project, and the environment that is deployed to.
        command: What removes what is left over; empty if that is being done.

    Raises:
        UnreachableError: If the server does not answer.
    """
    for one in standing.orphans:
        yield _orphan(one, origin, str(belongings(server, one)), command)
    for one in standing.taken:
        yield warning(
            f"{one.full_name} es de otro proyecto, {one.origin}, y este despliegue se lo queda: si no "
            "es este mismo, que se mudó, cambiale el nombre acá."
        )
    for flow, origins in _by_flow(standing.shared).items():
        others = ", ".join(origins)
        yield warning(
            f"El flujo «{flow}» también es de {others}: para Prefect son uno solo, y comparten la "
            "página y la historia. Se separan con otro nombre de la función, o @flow(name=…)."
        )


def _orphan(one: Marked, origin: Origin, belonging: str, command: str) -> Finding:
    was = f" (de {one.origin}, que estaba acá)" if one.origin.name != origin.name else ""
    text = f"{one.full_name} quedó en el servidor y ya no se declara{was}: {belonging}."
    return warning(text if command else f"{text} Se saca al final.", command)


def _by_flow(shared: Collection[Marked]) -> dict[str, list[str]]:
    """Return the projects that have a flow of each name, each once."""
    flows: dict[str, dict[str, None]] = {}
    for one in shared:
        flows.setdefault(one.flow, {})[str(one.origin)] = None
    return {flow: list(origins) for flow, origins in flows.items()}
