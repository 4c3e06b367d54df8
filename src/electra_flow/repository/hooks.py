"""What is run for each project of a repository before a commit, before a push, and in the CI.

Each project is looked at by its own hooks and its own tests, in its own environment: so its versions
are those of its uv.lock, and projects of several versions of the library stand side by side.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.model.source import SourceError
from electra_flow.repository.changed import changed_files, concerned, owner
from electra_flow.repository.jobs import Job, with_files
from electra_flow.repository.placed import placed
from electra_flow.repository.projects import FlowProject
from electra_flow.sources.git import reason, run_git

CONVENTIONS = ".pre-commit-config.yaml"
_NO_TESTS = 5  # pytest's exit code where there are none


def own_hooks(top: Path, projects: Sequence[FlowProject], files: Iterable[Path]) -> Iterator[Job]:
    """Give a job for each project that files belong to, and one for those that belong to none.

    Args:
        top: The top of the repository.
        projects: Its projects.
        files: Absolute paths. A project without hooks of its own has its files looked at as those of
            no project.
    """
    found: dict[FlowProject | None, list[Path]] = {}
    for file in files:
        project = owner(projects, file)
        own = project and (_problem(project) or (project.folder / CONVENTIONS).is_file())
        found.setdefault(project if own else None, []).append(file)
    for project in sorted(filter(None, found), key=lambda project: project.folder):
        yield _of_project(project, found[project])
    # Without what is gone, and the folders of submodules.
    there = [file for file in found.get(None, ()) if os.path.lexists(file) and not file.is_dir()]
    if there:
        command = (sys.executable, "-m", "electra_flow.command.main", "files")
        commands = with_files(command, [_shown(top, file) for file in there])
        yield Job("fuera de los proyectos", commands)


def _of_project(project: FlowProject, files: Sequence[Path]) -> Job:
    problem = _problem(project) or _misplaced(project)
    if problem:
        return Job(project.place, problem=problem)
    config = f"{project.place}/{CONVENTIONS}"
    command = _uv("--project", project, "pre-commit", "run", "--config", config, "--files")
    commands = with_files(command, [_shown(project.top, file) for file in files])
    return Job(project.place, commands, changes=project.place)


def _problem(project: FlowProject) -> str | None:
    """Return why nothing can be run in a project; those of 0.1.0 have hooks and tests, too."""
    if project.problem and not (project.folder / "deployment").is_dir():
        return project.problem
    if (project.folder / "uv.lock").is_file() or workspace_above(str(project.folder)):
        return None
    return "No está su uv.lock, que dice con qué versiones se revisa: ahí, uv lock"


def _misplaced(project: FlowProject) -> str | None:
    """Say that its hooks name another folder: they would look at nothing, and say that all is well."""
    try:
        text = (project.folder / CONVENTIONS).read_text("utf-8")
    except (OSError, ValueError):
        return None  # pre-commit itself says what is wrong with it
    if placed(text, project.place) == text:
        return None
    return (
        f"Su {CONVENTIONS} nombra otra carpeta, como cuando se mueve un proyecto. Lo corrige, en la "
        "raíz: uv run electra-flow repository"
    )


def own_tests(projects: Iterable[FlowProject], *, integration: bool = False) -> Iterator[Job]:
    """Give a job for the tests of each project.

    Args:
        projects: The projects.
        integration: Whether it is those that start a server, instead of the others.
    """
    more = ("-m", "integration") if integration else ()
    for project in projects:
        command = _uv("--directory", project, "pytest", "-q", *more)
        yield Job(
            project.place,
            [command],
            fine=frozenset({0, _NO_TESTS}),
            problem=_problem(project),
        )


def since(
    top: Path, projects: Sequence[FlowProject], revision: str
) -> tuple[list[FlowProject], list[Path]]:
    """Return the projects that a change concerns, and the files to look at because of it.

    Those are all files of the projects, and what changed outside of them.

    Args:
        top: The top of the repository.
        projects: Its projects.
        revision: The commit before the change. Where there is none (an empty text, or the hash of a
            commit that this clone does not have, such as the zeros of a new branch), all is looked at.

    Raises:
        SourceError: If Git is not there, or does not know the commit.
    """
    known = tracked(top)
    if not revision or (re.fullmatch("[0-9a-f]{40,64}", revision) and not _has(top, revision)):
        return list(projects), known
    changed = changed_files(top, revision)
    which = concerned(projects, changed)
    chosen = {project.folder for project in which}

    def wanted(file: Path) -> bool:
        project = owner(projects, file)
        return project.folder in chosen if project else file in changed

    return which, [file for file in sorted({*known, *changed}) if wanted(file)]


def tracked(top: Path) -> list[Path]:
    """Return the files that Git knows, absolute paths.

    Raises:
        SourceError: If Git is not there, or cannot tell.
    """
    done = run_git(top, "ls-files", "-z")
    if done.returncode:
        raise SourceError(f"Git no pudo decir qué archivos hay en {top}: {reason(done)}.")
    return [top / name for name in done.stdout.split("\0") if name]


def _has(top: Path, commit: str) -> bool:
    return run_git(top, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def _uv(option: str, project: FlowProject, *command: str) -> Sequence[str]:
    return ("uv", "run", "--quiet", option, project.place, "--frozen", *command)


def _shown(top: Path, file: Path) -> str:
    """Return a path as Git writes it."""
    return file.relative_to(top).as_posix() if file.is_relative_to(top) else str(file)
