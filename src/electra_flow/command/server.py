"""`electra-flow server`: Prefect's own server, which on SQLite does not stop itself."""

from __future__ import annotations

import argparse
import sys

from electra_flow.serving import collect_apart


def run(options: argparse.Namespace) -> int:
    """Run `prefect server start` until it is stopped.

    Raises:
        SystemExit: As Prefect does.
    """
    collect_apart()
    from prefect.cli import app

    sys.argv = ["prefect", "server", "start"]
    for name in ("host", "port"):
        if (value := getattr(options, name)) is not None:
            sys.argv += [f"--{name}", str(value)]
    if options.no_ui:
        sys.argv.append("--no-ui")
    app()
    return 0
