"""Which projects differ from a commit: by their own files, or by those of what they depend on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from electra_flow.model.source import SourceError
from electra_flow.repository.projects import FlowProject
from electra_flow.sources.git import reason, run_git


def changed_files(top: Path, revision: str) -> set[Path]:
    """Return the files of a repository that differ from a commit, absolute paths.

    What is not in a commit yet counts, untracked files too, unless Git ignores them.

    Args:
        top: The top of the repository.
        revision: A commit, as Git names it: «main», «HEAD~1», a hash…

    Raises:
        SourceError: If Git is not there, or does not know the commit.
    """
    known = run_git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if known.returncode:
        raise SourceError(
            f"Git no conoce el commit «{revision}» en {top}: usá una rama, una etiqueta o un hash "
            "que «git log» muestre (en un clon de --depth 1 falta la historia: git fetch --unshallow)."
        )
    commit = known.stdout.strip()
    found: set[Path] = set()
    for command in (
        # Without renames: what moved changed where it was, too.
        ("diff", "--name-only", "--no-renames", "-z", commit),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        done = run_git(top, *command)
        if done.returncode:
            raise SourceError(f"Git no pudo comparar con «{revision}»: {reason(done)}.")
        found |= {top / name for name in done.stdout.split("\0") if name}
    return found


def concerned(projects: Iterable[FlowProject], files: Collection[Path]) -> list[FlowProject]:
    """Return the projects that files belong to, or that depend on what they belong to.

    Args:
        projects: The projects.
        files: Absolute paths.
    """
    touched = {folder for file in files for folder in (file, *file.parents)}
    return [
        project
        for project in projects
        if not touched.isdisjoint({project.folder, project.wheel, *project.needs})
    ]


def owner(projects: Iterable[FlowProject], file: Path) -> FlowProject | None:
    """Return the project that a file belongs to, the innermost; None if it belongs to none."""
    by_folder = {project.folder: project for project in projects}
    return next((by_folder[folder] for folder in file.parents if folder in by_folder), None)
