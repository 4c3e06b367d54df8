"""What is upgraded together: a project, or all projects of a uv workspace, which share a lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.repository.projects import FlowProject, find_projects
from electra_flow.upgrading.problem import CannotUpgradeError


@dataclass(frozen=True)
class Unit:
    """Projects with one lock.

    Attributes:
        folder: Where the lock is: the project's folder, or the workspace's.
        projects: They, in the order of their places.
    """

    folder: Path
    projects: tuple[FlowProject, ...]

    @property
    def top(self) -> Path:
        """The top of the repository."""
        return self.projects[0].top


def find_units(folder: Path, *, below: bool) -> list[Unit]:
    """Return what is to be upgraded in a folder.

    Args:
        folder: The folder of a project, or one that is above some.
        below: Whether it is above.

    Raises:
        CannotUpgradeError: There is no project.
    """
    if not folder.is_dir():
        raise CannotUpgradeError(f"No está la carpeta {folder}: decí una que tenga proyectos.")
    folder = folder.resolve()
    projects = [each for each in find_projects(folder) if below or each.folder == folder]
    if not projects and below:
        raise CannotUpgradeError(f"En {folder} no hay ningún proyecto de flujos.")
    if not projects:
        raise CannotUpgradeError(
            "Acá no hay un proyecto: ejecutalo en la carpeta de uno, o decí la carpeta que los tiene "
            "(electra-flow upgrade CARPETA)."
        )
    return list(_units(projects))


def _units(projects: Iterable[FlowProject]) -> Iterable[Unit]:
    done: set[Path] = set()
    for project in projects:
        above = workspace_above(str(project.folder))
        if above is None:
            yield Unit(project.folder, (project,))
        elif (root := Path(above)) not in done:
            done.add(root)
            members = [each for each in find_projects(root) if _is_member(each, above)]
            yield Unit(root, tuple(members))


def _is_member(project: FlowProject, root: str) -> bool:
    return workspace_above(str(project.folder)) == root
