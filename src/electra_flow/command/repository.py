"""`electra-flow repository`: the root of a repository gets what looks after all of its projects."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from electra_flow.repository.root import RootError, make_root


def run(_options: argparse.Namespace) -> int:
    """Make the root, and say what was done; return 1 if something is left to be done by hand."""
    try:
        root = make_root(Path.cwd().resolve())
    except RootError as problem:
        print(problem, file=sys.stderr)
        return 1
    for line in root.told:
        print(line)
    sys.stdout.flush()
    for line in root.left:
        print(line, file=sys.stderr)
    return int(bool(root.left))
