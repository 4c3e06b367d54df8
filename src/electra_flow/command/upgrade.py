"""`electra-flow upgrade`: a project, or all those below a folder, come to another version."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from electra_flow.generation.vendor import repository_above
from electra_flow.upgrading.find import find_release
from electra_flow.upgrading.handover import hand_over
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.unit import find_units
from electra_flow.upgrading.upgrade import home_of_wheel


def run(options: argparse.Namespace) -> int:
    """Find the version, and let its own code do the upgrade; return 1 if a project failed."""
    below = options.folder is not None
    folder = options.folder if below else Path.cwd()
    try:
        units = find_units(folder, below=below)
        # One project may have its own `vendor`; of several, it is the repository's.
        above = repository_above(str(folder.resolve()))
        top = Path(above) if below and above else home_of_wheel(units[0].projects[0])
        release = find_release(options.to, top)
    except CannotUpgradeError as problem:
        print(problem, file=sys.stderr)
        return 1
    chosen = options.to is not None
    return hand_over(release, folder, below=below, check=options.check, chosen=chosen)
