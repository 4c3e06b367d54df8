"""What stands on the server beside what all projects declare: told for each, asked for once.

Of the projects that there are, each removes its own (`deploy.py --prune`); of those whose folder is
gone, nobody else can.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from electra_flow.checks.api import Server, UnreachableError
from electra_flow.checks.finding import Finding, warning
from electra_flow.checks.settings import read_settings
from electra_flow.deploying.marked import in_environment, of_flows
from electra_flow.deploying.review import TIMEOUT
from electra_flow.deploying.standing import sort_out, tell
from electra_flow.repository.gone import find_gone
from electra_flow.repository.projects import find_projects
from electra_flow.repository.server_part import Asked, by_server
from electra_flow.sources.origin import Origin


def check_left_over(asked: Asked, environment: str, command: str) -> Iterator[Finding]:
    """Tell what is left over of the projects, and which flows and deployments others have as well.

    Args:
        asked: The projects, with what they declare.
        environment: Where they are deployed.
        command: What removes what is left over; empty if that is being done.
    """
    for settings, own in by_server(asked):
        server = Server.from_settings(settings, TIMEOUT)
        if server is None:
            continue
        declared = {project: set(report.deployments) for project, report in own}
        flows = {name.partition("/")[0] for names in declared.values() for name in names}
        try:
            found = {
                one.id: one
                for one in (*in_environment(server, environment), *of_flows(server, flows))
            }
            for project, names in declared.items():
                origin = Origin.of(project.folder, environment)
                standing = sort_out(origin, names, found.values())
                for finding in tell(server, standing, origin, command):
                    yield Finding(finding.level, f"{finding.text} ({project.place})", finding.fix)
        except UnreachableError as reason:
            yield warning(f"No se pudo ver qué hay en el servidor que ya no se declara: {reason}.")


def see_to_gone(
    folder: Path, tops: Collection[Path], environment: str, command: str
) -> Iterator[Finding]:
    """Tell what is on the server of projects whose folder is gone, and remove it if that is asked.

    Args:
        folder: Where the projects were, or below it.
        tops: The repositories.
        environment: Where they were deployed.
        command: What removes it; empty if that is being done.

    Raises:
        SettingsError: If Prefect's settings cannot be read.
        SourceError: If Git is not there.
        UnreachableError: If the server does not answer.
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If the server stops answering.
    """
    # Of the folder where the command runs, as Prefect itself takes them, which removes them.
    server = Server.from_settings(read_settings(Path.cwd()).values, TIMEOUT)
    for top in tops if server else ():
        assert server
        gone = find_gone(server, top, find_projects(top), environment).below(top, folder)
        yield from gone.findings(server, command)
        if gone.orphans and not command:
            from electra_flow.deploying.prune import prune  # it imports Prefect

            for line in prune(server, gone.orphans):
                yield Finding("", line)
