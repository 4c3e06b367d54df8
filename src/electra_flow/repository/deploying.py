"""`electra-flow deploy`: in which order things are done for all projects; how, stands beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from electra_flow.checks.finding import UV_RUN, warning
from electra_flow.deploying.options import DONE, REFUSED
from electra_flow.deploying.wording import complain, server_reason
from electra_flow.model.source import SourceError
from electra_flow.repository import screen
from electra_flow.repository.changed import changed_files, concerned
from electra_flow.repository.check_cache import CheckCache
from electra_flow.repository.left_over import check_left_over, see_to_gone
from electra_flow.repository.options import DEPLOYED, Options, UsageError
from electra_flow.repository.processes import Processes
from electra_flow.repository.projects import FlowProject, find_projects
from electra_flow.repository.published import Branches
from electra_flow.repository.report import Report
from electra_flow.repository.screen import Outcome, Screen, failed
from electra_flow.repository.server_part import check_servers, deployed, named

Result = TypeVar("Result")
_INTERRUPTED = "interrumpido."
_UNCHANGED = Outcome(screen.LEFT, "sin cambios")


def deploy_all(folder: Path, options: Options) -> int:
    """Deploy the projects below a folder, or only check them, and say how it went.

    Returns:
        The exit code: 1 if any of them could not be deployed; the others are.

    Raises:
        UsageError: If the commit or the environment is none.
    """
    projects = find_projects(folder)
    if not projects:
        complain(
            f"No hay proyectos en {folder}: uno es una carpeta con un deploy.py y un pyproject.toml "
            "que depende de electra-flow."
        )
        return REFUSED
    deploying = _Deploying(folder, projects, options)
    try:
        deploying.run()
    except KeyboardInterrupt:
        deploying.interrupted()
    return deploying.end()


class _Deploying:
    """One deployment of all projects; what is known of each, by its folder."""

    def __init__(self, folder: Path, projects: list[FlowProject], options: Options) -> None:
        self._folder, self._projects, self._options = folder, projects, options
        self._screen, self._processes = Screen(), Processes()
        self._outcomes: dict[Path, Outcome] = {}
        self._checks: dict[Path, Report] = {}
        self._kept: set[Path] = set()  # of those, what was at hand
        self._deployed: dict[Path, Report] = {}
        self._interrupted = self._bad = False
        self._not = "no se puede desplegar" if options.check else "no se desplegó"

    def run(self) -> None:
        """Do it all, step by step: each one leaves fewer projects to the next."""
        self._leave_unchanged()
        for project in self._left():
            if project.problem:
                self._fail(project, [project.problem])
        caches = self._look_at_hand()
        try:
            self._check([one for one in self._left() if one.folder not in self._checks], caches)
        finally:
            for cache in caches.values():
                cache.save()
        self._leave_absent()
        if self._options.from_git:
            self._leave_folders()
        known = self._left()
        if self._options.changed == DEPLOYED:
            self._leave_deployed(caches)
        self._ask_servers()
        self._tell_left_over(known)
        if self._options.check:
            self._look_at_branches()
            for project in self._left():
                self._outcomes[project.folder] = self._checked(project)
        else:
            self._deploy()
        self._see_to_gone()

    def interrupted(self) -> None:
        """Let nothing run, and keep for each project how far it came."""
        self._processes.stop()
        self._interrupted = True
        for folder, report in self._deployed.items():
            self._outcomes[folder] = self._after_deploy(report)
        for project in self._left():
            self._fail(project, [_INTERRUPTED])

    def end(self) -> int:
        """Say how it went, and return the exit code."""
        for project in self._projects:
            self._screen.tell(project.place, self._outcomes[project.folder])
        marks = [outcome.mark for outcome in self._outcomes.values()]
        done, bad, left = map(marks.count, (screen.DONE, screen.FAILED, screen.LEFT))
        what = "se puede desplegar" if self._options.check else "desplegado"
        if done != 1:
            what = "se pueden desplegar" if self._options.check else "desplegados"
        parts = [f"{done} {what}"] if done else []
        parts += [f"{left} sin nada que hacer"] if left else []
        parts += [f"{bad} no"] if bad else []
        many = f"{len(marks)} proyecto{'s' * (len(marks) != 1)}"
        self._screen.say(f"{many} ({self._options.environment}): {', '.join(parts)}.")
        return REFUSED if bad or self._bad else DONE

    # --- The steps ----------------------------------------------------------------------------------

    def _left(self) -> list[FlowProject]:
        return [project for project in self._projects if project.folder not in self._outcomes]

    def _leave_unchanged(self) -> None:
        revision = self._options.changed
        if revision in (None, DEPLOYED):
            return
        for top, own in _by_top(self._left()).items():
            try:
                touched = concerned(own, changed_files(top, revision))
            except SourceError as problem:
                raise UsageError(str(problem)) from None
            same = [project.folder for project in own if project not in touched]
            self._outcomes |= dict.fromkeys(same, _UNCHANGED)

    def _look_at_hand(self) -> dict[Path, CheckCache]:
        """Take the checks that passed of what the projects are now."""
        environment = self._options.environment
        caches = {
            top: CheckCache(top, own, environment) for top, own in _by_top(self._left()).items()
        }
        for project in self._left():
            report = caches[project.top].find(project)
            if report is not None:
                self._checks[project.folder] = report
                self._kept.add(project.folder)
        return caches

    def _check(self, projects: list[FlowProject], caches: dict[Path, CheckCache]) -> None:
        """Let each project check what needs no server."""
        arguments = ("--env", self._options.environment, "--check")
        done = self._each(
            "Revisando", projects, lambda project: self._processes.run(project, *arguments)
        )
        for project, report in done:
            self._checks[project.folder] = report
            caches[project.top].keep(project, report)
        for project in self._left():
            if reasons := self._checks[project.folder].reasons:
                self._fail(project, reasons)
        warned: dict[str, list[FlowProject]] = {}
        for project in self._left():
            for text in self._checks[project.folder].warnings:
                warned.setdefault(text, []).append(project)
        for text, own in warned.items():
            self._screen.find(warning(f"{text} ({named(own)})"))

    def _leave_absent(self) -> None:
        """Leave the projects that have no such environment; if none has it, it was mistyped."""
        left = self._left()
        absent = [project for project in left if self._checks[project.folder].absent]
        if left and len(absent) == len(left):
            there = {name for one in left for name in self._checks[one.folder].environments}
            raise UsageError(
                f"Ningún proyecto tiene un entorno «{self._options.environment}»; "
                f"hay {', '.join(sorted(there))}."
            )
        text = f"no tiene un entorno «{self._options.environment}»"
        self._outcomes |= {one.folder: Outcome(screen.LEFT, text) for one in absent}

    def _leave_folders(self) -> None:
        here = [one.folder for one in self._left() if not self._checks[one.folder].git]
        self._outcomes |= dict.fromkeys(here, Outcome(screen.LEFT, "su código es el de su carpeta"))

    def _leave_deployed(self, caches: dict[Path, CheckCache]) -> None:
        codes = {folder: code for cache in caches.values() for folder, code in cache.codes.items()}
        asked = [(project, self._checks[project.folder]) for project in self._left()]
        self._outcomes |= dict.fromkeys(deployed(asked, codes), _UNCHANGED)

    def _ask_servers(self) -> None:
        asked = [(project, self._checks[project.folder]) for project in self._left()]
        self._screen.progress("Preguntando al servidor…")
        part = check_servers(asked)
        for finding in part.findings:
            self._screen.find(finding)
        for project in self._left():
            if reasons := part.refused.get(project.folder):
                self._fail(project, reasons)

    def _tell_left_over(self, known: list[FlowProject]) -> None:
        """Name what is left over, also of those that are deployed as they are now."""
        asked = [
            (project, self._checks[project.folder])
            for project in known
            if self._outcomes.get(project.folder) in (None, _UNCHANGED)
        ]
        for finding in check_left_over(asked, self._options.environment, self._prune_command):
            self._screen.find(finding)

    def _see_to_gone(self) -> None:
        """Name what is on the server of projects whose folder is gone; remove it, if that is asked."""
        where, environment = list(_by_top(self._projects)), self._options.environment
        try:
            for finding in see_to_gone(self._folder, where, environment, self._prune_command):
                self._screen.find(finding)
        except Exception as problem:  # whatever Git, Prefect or the server did not take
            self._bad = True
            complain(f"De los proyectos que ya no están, no se pudo: {server_reason(problem)}")

    @property
    def _prune_command(self) -> str:
        """What removes what is left over; empty if that is being done."""
        options = self._options
        return (
            ""
            if options.prune
            else f"{UV_RUN}electra-flow deploy --env {options.environment} --prune"
        )

    def _look_at_branches(self) -> None:
        """Look where the code is of what was not checked now; the others have done so themselves."""
        branches, environment = Branches(), self._options.environment
        kept = [one for one in self._left() if one.folder in self._kept]
        of_git = [one for one in kept if self._checks[one.folder].git]
        done = self._each(
            "Mirando la rama",
            of_git,
            lambda one: branches.reasons(one, self._checks[one.folder], environment),
        )
        for project, reasons in done:
            if reasons:
                self._fail(project, reasons)

    def _deploy(self) -> None:
        options = self._options
        arguments = ["--env", options.environment]
        arguments += ["--activate"] * options.activate + ["--prune"] * options.prune

        def deploy(project: FlowProject) -> None:
            flows = self._checks[project.folder].flows
            # Kept here, and not where it is waited for: also what is done when it is interrupted.
            self._deployed[project.folder] = self._processes.run(project, *arguments, flows=flows)

        for _ in self._each("Desplegando", self._left(), deploy):
            pass
        for folder, report in self._deployed.items():
            self._outcomes[folder] = self._after_deploy(report)

    # --- How it ended for one -------------------------------------------------------------------------

    def _fail(self, project: FlowProject, reasons: list[str]) -> None:
        self._outcomes[project.folder] = failed(self._not, reasons)

    def _checked(self, project: FlowProject) -> Outcome:
        before = ", ya revisado" if project.folder in self._kept else ""
        many = _many(self._checks[project.folder].deployments)
        return Outcome(screen.DONE, f"{many}{before}")

    def _after_deploy(self, report: Report) -> Outcome:
        if report.complete:
            return Outcome(screen.DONE, _many(report.published), report.changes)
        what = self._not
        if report.published:
            what = f"se desplegó en parte ({', '.join(report.published)})"
        ended = self._interrupted and report.code != REFUSED  # it had no time to say anything
        return failed(what, [_INTERRUPTED] if ended else report.reasons)

    def _each(
        self, what: str, projects: list[FlowProject], function: Callable[[FlowProject], Result]
    ) -> Iterable[tuple[FlowProject, Result]]:
        """Do something for each project, some at a time, and say how far it is."""
        many = len(projects)
        if projects:
            self._screen.progress(f"{what}: 0 de {many}")
        done = self._processes.each(self._options.jobs, function, projects)
        for number, (project, result) in enumerate(done, 1):
            self._screen.progress(f"{what}: {number} de {many} ({project.place})")
            yield project, result


def _by_top(projects: Iterable[FlowProject]) -> dict[Path, list[FlowProject]]:
    found: dict[Path, list[FlowProject]] = {}
    for project in projects:
        found.setdefault(project.top, []).append(project)
    return found


def _many(names: list[str]) -> str:
    return f"{len(names)} despliegue{'s' * (len(names) != 1)}"
