"""The command line of `deploy.py`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NoReturn

DONE, REFUSED, USAGE = 0, 1, 2  # exit codes
BATCH = "ELECTRA_FLOW_BATCH"  # the environment variable of `electra-flow deploy` (batch.py)


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes:
        environment: Where: «dev», «prod»…
        check: Only check.
        run: Run each deployment once, and wait for the result.
        activate: Switch the declared schedules on.
        prune: Remove what this project left in the environment, and declares no longer.
        dates: The dates, or files of dates, to schedule runs at.
        deployment: The deployment that the dates are for, if there are several.
    """

    environment: str
    check: bool
    run: bool
    activate: bool
    prune: bool
    dates: Sequence[str]
    deployment: str | None


def read_options(arguments: Sequence[str], environments: Collection[str], usage: str) -> Options:
    """Read the command line.

    Args:
        arguments: The words after `deploy.py`.
        environments: The names of the environments.
        usage: The help: the docstring of deploy.py.

    Raises:
        SystemExit: With 2 for a wrong usage, which is said; with 0 after the help.
    """

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            given = " ".join(arguments)
            together = re.search(r"argument (\S+): not allowed with argument (\S+)", message)
            why = f": {together[2]} y {together[1]} no van juntos" if together else ""
            print(f"No entiendo «{given}»{why}. Así se usa:\n\n{usage.strip()}", file=sys.stderr)
            sys.exit(USAGE)

    parser = Parser(add_help=False, allow_abbrev=False)
    default = "dev" if "dev" in environments else next(iter(environments))
    parser.add_argument("--env", default=default)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true")
    action.add_argument("--run", action="store_true")
    action.add_argument("--schedule", nargs="+", default=())
    parser.add_argument("--activate", action="store_true")
    parser.add_argument("--prune", action="store_true")
    parser.add_argument("--deployment")
    parser.add_argument("-h", "--help", action="store_true")
    given = parser.parse_args(arguments)
    if given.help:
        print(usage.strip())
        sys.exit(DONE)
    if given.deployment and not given.schedule:
        parser.error("--deployment goes with --schedule")
    for name in ("activate", "prune"):  # what only goes with deploying
        if getattr(given, name) and (given.check or given.schedule):
            other = "--check" if given.check else "--schedule"
            parser.error(f"argument --{name}: not allowed with argument {other}")
    if given.env not in environments:
        print(
            f"No hay un entorno «{given.env}» en PROJECT; hay {', '.join(sorted(environments))}.",
            file=sys.stderr,
        )
        sys.exit(USAGE)
    return Options(
        environment=given.env,
        check=given.check,
        run=given.run,
        activate=given.activate,
        prune=given.prune,
        dates=given.schedule,
        deployment=given.deployment,
    )
