"""What is on the server of projects whose folder is no longer in the repository.

A project that is not here may be one that was removed, or one that a colleague has on a branch: only
what the history of this commit knows, and this commit has no longer, is taken for removed.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from electra_flow.checks.finding import Finding, warning
from electra_flow.deploying.marked import Marked, belongings, in_environment
from electra_flow.sources.git import run_git
from electra_flow.sources.origin import Origin, repository_of

if TYPE_CHECKING:
    from electra_flow.checks.api import Server
    from electra_flow.repository.projects import FlowProject


@dataclass(frozen=True)
class Gone:
    """What is on the server of projects that are not in the repository.

    Attributes:
        orphans: What can be removed: of projects that were here, and were removed.
        kept: What is not to be touched, and why, in Spanish.
    """

    orphans: Sequence[Marked]
    kept: Sequence[tuple[Marked, str]]

    def below(self, top: Path, folder: Path) -> Gone:
        """Return what is of projects that were in a folder of the repository, or below it."""

        def was_there(one: Marked) -> bool:
            place = PurePosixPath(one.origin.place) if one.origin.repository else None
            where = top / place if place else Path(one.origin.folder)
            return where.is_relative_to(folder)

        return Gone(
            [one for one in self.orphans if was_there(one)],
            [(one, why) for one, why in self.kept if was_there(one)],
        )

    def findings(self, server: Server, command: str) -> Iterator[Finding]:
        """Name each, with what belongs to it.

        Args:
            server: Prefect's server.
            command: What removes them; empty if that is being done.

        Raises:
            UnreachableError: If the server does not answer.
        """
        for one in self.orphans:
            yield warning(
                f"{one.full_name} quedó en el servidor, y su proyecto ya no está, {one.origin}: "
                f"{belongings(server, one)}.",
                command,
            )
        for one, why in self.kept:
            yield warning(f"{one.full_name} es de {one.origin}, {why}: no se toca.")


def find_gone(
    server: Server, top: Path, projects: Sequence[FlowProject], environment: str | None
) -> Gone:
    """Return what is on the server of projects of a repository whose folder is not there any more.

    Args:
        server: Prefect's server.
        top: The top of the repository.
        projects: All the projects that there are in the repository.
        environment: «dev», «prod»…; None for all.

    Raises:
        UnreachableError: If the server does not answer.
        SourceError: If Git is not there.
    """
    repository = repository_of(top)
    names = {project.name: project.place for project in projects}
    orphans: list[Marked] = []
    kept: list[tuple[Marked, str]] = []
    reasons: dict[tuple[str, str], str] = {}
    for one in in_environment(server, environment):
        place = _place(one.origin, repository, top)
        if place is None or (top / place / "deploy.py").exists():
            continue
        key = (place, one.origin.name)
        if key not in reasons:
            reasons[key] = _why_kept(top, place, one.origin.name, names)
        if reasons[key]:
            kept.append((one, reasons[key]))
        else:
            orphans.append(one)
    return Gone(orphans, kept)


def _place(origin: Origin, repository: str | None, top: Path) -> str | None:
    """Return a project's place in the repository at `top`; None if it is of another one."""
    if origin.repository:
        return origin.place if origin.repository == repository else None
    if origin.machine.casefold() != platform.node().casefold():
        return None
    folder = PurePosixPath(os.path.normcase(origin.folder).replace("\\", "/"))
    above = PurePosixPath(os.path.normcase(top).replace("\\", "/"))
    return folder.relative_to(above).as_posix() if folder.is_relative_to(above) else None


def _why_kept(top: Path, place: str, name: str, names: dict[str, str]) -> str:
    """Return why what a project has on the server is not to be removed; empty if it can be."""
    file = (PurePosixPath(place) / "deploy.py").as_posix()
    if name in names:
        return f"y hay uno que se llama igual en {names[name]}, que al desplegarse se lo queda"
    if run_git(top, "rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        return "y a este clon le falta historia para saber si se borró (git fetch --unshallow)"
    if run_git(top, "cat-file", "-e", f"HEAD:{file}").returncode == 0:
        return "que falta en esta carpeta y sigue en el commit"
    # Also where it was added and removed on a branch that was merged.
    log = ("log", "-1", "--format=%H", "--full-history", "HEAD", "--", file)
    if not run_git(top, "--literal-pathspecs", *log).stdout.strip():
        return "que nunca estuvo en la historia de este commit (¿es de otra rama?)"
    return ""
