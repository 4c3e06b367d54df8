"""`electra-flow deploy`: what it takes, and what does not go together."""

from __future__ import annotations

import argparse
import os
import sys

from electra_flow.repository.deploying import deploy_all
from electra_flow.repository.options import Options, UsageError

_MOST = 8  # projects at a time, unless told otherwise


def run(options: argparse.Namespace) -> int:
    """Deploy all projects below a folder, or only check them; return the exit code."""
    if not options.folder.is_dir():
        return _refuse(f"No hay una carpeta «{options.folder}».")
    jobs = min(os.cpu_count() or 1, _MOST) if options.jobs is None else options.jobs
    if jobs < 1:
        return _refuse(f"--jobs {jobs}: tiene que ser 1 o más.")
    for name in ("prune", "activate"):
        if options.check and getattr(options, name):
            return _refuse(f"--check y --{name} no van juntos: --check no cambia nada.")
    if options.prune and options.changed:
        return _refuse("--changed y --prune no van juntos: --prune mira lo que dejaron todos.")
    try:
        return deploy_all(
            options.folder.resolve(),
            Options(
                environment=options.env,
                changed=options.changed,
                check=options.check,
                prune=options.prune,
                activate=options.activate,
                from_git=options.from_git,
                jobs=jobs,
            ),
        )
    except UsageError as problem:
        return _refuse(str(problem))


def _refuse(reason: str) -> int:
    sys.stdout.flush()
    print(reason, file=sys.stderr)
    return 2
