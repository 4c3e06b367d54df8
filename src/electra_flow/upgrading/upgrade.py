"""Projects come to a version, each as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from electra_flow.checks.library import path_of_wheel
from electra_flow.generation.pyproject import FILE, RECORD
from electra_flow.generation.vendor import FOLDER, CannotPutError, put
from electra_flow.repository.projects import FlowProject
from electra_flow.upgrading import run
from electra_flow.upgrading.changes import Changes
from electra_flow.upgrading.git import once_there, require_committed
from electra_flow.upgrading.library import with_version, without_version
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.recorded import Recorded, read_recorded
from electra_flow.upgrading.release import Release, file_name, read_release
from electra_flow.upgrading.template import Rendering, Template
from electra_flow.upgrading.three_way import Merged, merge_files
from electra_flow.upgrading.unit import Unit


@dataclass
class Outcome:
    """What became of a project.

    Attributes:
        project: The project, as it was.
        before: The version that it was generated with; empty if it does not say.
        merged: What was changed; None if nothing was.
        problem: Why it is as it was, a sentence of Spanish.
    """

    project: FlowProject
    before: str = ""
    merged: Merged | None = None
    problem: str | None = None


@dataclass
class Upgrade:
    """The way of projects to a version.

    Attributes:
        release: The version.
        scratch: A folder for temporary files.
        lock: What locks the dependencies of a folder.
        test: What runs the tests of a project, in the environment of another folder.
        templates: Those that are unpacked already, by their version.
    """

    release: Release
    scratch: Path
    lock: Callable[[Path], None] = run.lock
    test: Callable[[Path, Path], None] = run.run_tests
    templates: dict[str, Template] = field(default_factory=dict)

    def prepare(self, units: Iterable[Unit]) -> None:
        """Render what will be compared, each version's in one process.

        What is wrong with a project is said when its turn comes.
        """
        wanted: dict[Template, list[Rendering]] = {}
        for project in (project for unit in units for project in unit.projects):
            with suppress(CannotUpgradeError):
                recorded = recorded_of(project)
                if not is_at(project, recorded, self.release):
                    old = self._template(recorded.version, project)
                    wanted.setdefault(old, []).append(recorded.rendering)
                    wanted.setdefault(self._new, []).append(recorded.now())
        for template, renderings in wanted.items():
            with suppress(CannotUpgradeError):
                template.prepare(renderings)

    def upgrade(self, unit: Unit) -> list[Outcome]:
        """Upgrade projects that share a lock, all or none of them."""
        outcomes = [Outcome(project) for project in unit.projects]
        changes = Changes()
        current: Outcome = outcomes[0]
        try:
            for current in outcomes:
                self._work_out(current)
            if any(outcome.merged for outcome in outcomes):
                for current in outcomes:
                    self._write(current, changes)
                changes.keep(unit.folder / "uv.lock")
                self.lock(unit.folder)
                for current in outcomes:
                    self.test(current.project.folder, self.scratch / "environment")
        except (CannotUpgradeError, OSError) as problem:
            for outcome in outcomes:
                outcome.merged = None
                if outcome is not current:
                    outcome.problem = f"comparte uv.lock con {current.project.place}, que falló."
            current.problem = _reason(problem) + _undo(changes)
        except BaseException:
            changes.undo()
            raise
        return outcomes

    def _work_out(self, outcome: Outcome) -> None:
        """Find out what is to be written; nothing is, if the project is there already."""
        project = outcome.project
        recorded = recorded_of(project)
        outcome.before = recorded.version
        if is_at(project, recorded, self.release):
            return
        old = self._template(recorded.version, project)
        if old.release.order > self.release.order:
            raise CannotUpgradeError(
                f"está en {recorded.version}, que es posterior; para volver atrás, «git revert» del "
                "commit que lo actualizó."
            )
        if (project.top / ".git").exists():
            require_committed(project.folder)
        base, theirs = old.render(recorded.rendering), self._new.render(recorded.now())
        ours = _read(project.folder, {*base, *theirs})
        ours[FILE] = without_version(ours[FILE] or "", path_of_wheel(project.folder) or "")
        outcome.merged = merge_files(base, ours, theirs)
        outcome.merged.writes.setdefault(FILE, ours[FILE])

    def _write(self, outcome: Outcome, changes: Changes) -> None:
        project, merged = outcome.project, outcome.merged
        if merged is None:
            return
        top = home_of_wheel(project)
        path = top / FOLDER / self.release.name
        changes.keep(path)
        try:
            put(self.release, str(top))
        except CannotPutError as problem:
            raise CannotUpgradeError(str(problem)) from None
        relative = os.path.relpath(path, project.folder).replace(os.sep, "/")
        for name, text in merged.writes.items():
            if text is not None and name.removesuffix(".nuevo") in (FILE, RECORD):
                text = with_version(text, self.release.version, relative)
            changes.write(project.folder / name, None if text is None else text.encode())

    @property
    def _new(self) -> Template:
        return self._known(self.release)

    def _template(self, version: str, project: FlowProject) -> Template:
        """Return the template that a project was generated with.

        Raises:
            CannotUpgradeError: Its wheel is nowhere.
        """
        if version in self.templates:
            return self.templates[version]
        if version == self.release.version:
            return self._new
        name = file_name(version)
        home = home_of_wheel(project)
        try:
            content: bytes | None = (home / FOLDER / name).read_bytes()
        except OSError:
            content = once_there(home, f"{FOLDER}/{name}")
        if content is None:
            raise CannotUpgradeError(
                f"se generó con {version}, y {name} no está en {FOLDER}/ ni en los commits: sin ella "
                f"no se sabe qué cambiaste. «git fetch --unshallow», o copiala a {home / FOLDER}."
            )
        return self._known(read_release(name, content))

    def _known(self, release: Release) -> Template:
        if release.version not in self.templates:
            folder = self.scratch / str(len(self.templates))
            self.templates[release.version] = Template(release, folder)
        return self.templates[release.version]


def recorded_of(project: FlowProject) -> Recorded:
    """Return what a project was generated with.

    Raises:
        CannotUpgradeError: It cannot be upgraded, whatever the version.
    """
    if project.problem:
        raise CannotUpgradeError(project.problem)
    if project.library is None or project.wheel is None:
        raise CannotUpgradeError(_no_wheel(project.folder))
    return read_recorded(project.folder)


def is_at(project: FlowProject, recorded: Recorded, release: Release) -> bool:
    """Tell whether a project is at a version, with its library and with its template."""
    return {recorded.version, project.library} == {release.version}


def home_of_wheel(project: FlowProject) -> Path:
    """Return the folder whose `vendor` has, and is to have, a project's library."""
    named = project.wheel.parent if project.wheel else None
    return named.parent if named and named.name == FOLDER else project.top


def _no_wheel(folder: Path) -> str:
    if (folder / ".cruft.json").is_file():
        return "lo hizo cruft: lo actualiza «cruft update»."
    return (
        "su biblioteca no es un archivo de vendor/: «uv lock --upgrade-package electra-flow» la "
        "actualiza, y lo que cambió en la plantilla se pasa a mano (electra-flow docs novedades)."
    )


def _read(folder: Path, names: set[str]) -> dict[str, str | None]:
    """Return those files of a project that are there, by path; None for what is no text."""
    found: dict[str, str | None] = {}
    for name in names:
        path = folder / name
        if not path.exists():
            continue
        try:
            found[name] = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            found[name] = None
    return found


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return f"no se puede leer o escribir {problem.filename}: {problem.strerror}."
    return str(problem)


def _undo(changes: Changes) -> str:
    """Make everything as it was; say what that was not possible for."""
    left = changes.undo()
    names = ", ".join(str(path) for path in left)
    return f" No se pudo dejar como estaba: {names} (git restore)." if left else ""
