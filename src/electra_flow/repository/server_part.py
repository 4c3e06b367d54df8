"""The server's part of all projects, asked once: what is missing is told once, with who needs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from electra_flow.checks.api import Server, UnreachableError
from electra_flow.checks.finding import Finding
from electra_flow.checks.server import Need, check_needs
from electra_flow.checks.settings import SettingsError, read_settings
from electra_flow.deploying.marked import pages
from electra_flow.deploying.review import TIMEOUT
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report
from electra_flow.sources.fingerprint import CODE

_NAMED = 3  # projects that are named where one thing is of many
# The settings that say which server it is, and who asks.
_SERVER = (
    "PREFECT_API_URL",
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_API_SSL_CERT_FILE",
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
    "PREFECT_CLIENT_CUSTOM_HEADERS",
)
Asked = Sequence[tuple[FlowProject, Report]]


@dataclass
class ServerPart:
    """What the servers said.

    Attributes:
        findings: What is to be told, once each, with who it is of.
        refused: Why a project cannot be deployed there, by its folder.
    """

    findings: list[Finding] = field(default_factory=list)
    refused: dict[Path, list[str]] = field(default_factory=dict)

    def refuse(self, projects: Collection[FlowProject], reason: str) -> None:
        """Keep why some projects cannot be deployed."""
        for project in projects:
            self.refused.setdefault(project.folder, []).append(reason)


def check_servers(asked: Asked) -> ServerPart:
    """Ask each server that the projects are set to for all that they need, each thing once."""
    part = ServerPart()
    for settings, own in by_server(asked, part):
        users: dict[Need, list[FlowProject]] = {}
        for project, report in own:
            for need in report.needs:
                users.setdefault(need, []).append(project)
        everybody = [project for project, _ in own]
        newest = max((report.prefect for _, report in own), key=_numbers)
        found = check_needs(settings, users, client_version=newest or None, timeout=TIMEOUT)
        for of, finding in found:
            concerned = everybody if of is None else users[of]
            if of is None or finding.level != "bien":
                text = finding.text if of is None else f"{finding.text} ({named(concerned)})"
                part.findings.append(Finding(finding.level, text, finding.fix))
            if finding.level == "error":
                part.refuse(concerned, finding.text)
    return part


def deployed(asked: Asked, codes: Mapping[Path, str]) -> set[Path]:
    """Return the folders of the projects whose deployments are all there as their code is now.

    Args:
        asked: The projects, with what they declare.
        codes: The fingerprints of their code, by folder.
    """
    found: set[Path] = set()
    for settings, own in by_server(asked):
        there = set(_codes(settings))
        for project, report in own:
            names = [name.partition("/")[2] for name in report.deployments]
            code = codes.get(project.folder)
            if names and code and all((name, code) in there for name in names):
                found.add(project.folder)
    return found


def named(projects: Collection[FlowProject]) -> str:
    """Name some projects, not all of many."""
    places = [project.place for project in projects]
    more = len(places) - _NAMED
    return ", ".join(places[:_NAMED]) + (f" y {more} más" if more > 0 else "")


def by_server(
    asked: Asked, part: ServerPart | None = None
) -> Iterator[tuple[Mapping[str, str], Asked]]:
    """Give the settings of each server, and the projects whose runs it is to start.

    Args:
        asked: The projects, with what they declare.
        part: Where it is kept that a project's settings cannot be read; None if that is known.
    """
    groups: dict[tuple[str, ...], list[tuple[FlowProject, Report]]] = {}
    for project, report in asked:
        try:
            # As in its own folder: a prefect.toml there may name another server.
            values = read_settings(project.folder, quick=True).values
        except SettingsError as problem:
            if part:
                part.refuse([project], f"{problem}.")
            continue
        key = tuple(values.get(name, "").strip().rstrip("/") for name in _SERVER)
        groups.setdefault(key, []).append((project, report))
    for key, own in groups.items():
        yield {name: value for name, value in zip(_SERVER, key, strict=True) if value}, own


def _codes(settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the name of each deployment of a server, and the fingerprint that it was deployed with."""
    try:
        server = Server.from_settings(settings, TIMEOUT)
    except SettingsError:  # `check_servers` says it
        return
    if server is None:
        return
    with suppress(UnreachableError):
        for item in pages(server, "/deployments/filter", {"sort": "NAME_ASC"}):
            env = (item.get("job_variables") or {}).get("env") or {}
            yield str(item["name"]), str(env.get(CODE, ""))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
