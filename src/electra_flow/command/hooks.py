"""`electra-flow hooks`: what the root of a repository runs for its projects; a line for each."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from electra_flow.generation.vendor import repository_above
from electra_flow.model.source import SourceError
from electra_flow.repository import hooks
from electra_flow.repository.changed import concerned
from electra_flow.repository.jobs import Done, run_jobs
from electra_flow.repository.projects import find_projects


def run(options: argparse.Namespace) -> int:
    """Run the hooks or the tests of projects; return 1 if one of them found anything."""
    if options.files and options.changed is not None:
        print("Van archivos o --changed, y no los dos.", file=sys.stderr)
        return 2
    here = Path.cwd().resolve()
    folder = repository_above(str(here))
    if folder is None:
        print("Esta carpeta no está en un repositorio de Git.", file=sys.stderr)
        return 1
    try:
        return _run(Path(folder), here, options)
    except SourceError as problem:
        print(problem, file=sys.stderr)
        return 1


def _run(top: Path, here: Path, options: argparse.Namespace) -> int:
    projects = find_projects(top)
    if options.files:
        files = [Path(os.path.normpath(here / file)) for file in options.files]
        which = concerned(projects, files)
    else:
        which, files = hooks.since(top, projects, options.changed or "")
    if options.tests or options.integration:
        jobs = list(hooks.own_tests(which, integration=options.integration))
    else:
        jobs = list(hooks.own_hooks(top, projects, files))
    if not jobs:
        print("No cambió nada de ningún proyecto.")
        return 0
    processors = os.cpu_count() or 1
    at_once = max(1, processors // 2) if options.integration else processors
    failed = [done.job.name for done in run_jobs(jobs, top, at_once, _tell)]
    if failed:
        print(f"Con problemas, {len(failed)} de {len(jobs)}: {', '.join(failed)}.")
    return int(bool(failed))


def _tell(done: Done) -> None:
    if done.well:
        print(f"{done.job.name}: bien ({done.seconds:.0f} s)", flush=True)
    elif done.job.problem:
        print(f"{done.job.name}: {done.job.problem}", flush=True)
    else:
        print(f"\n── {done.job.name}\n{done.said.strip()}\n", flush=True)
