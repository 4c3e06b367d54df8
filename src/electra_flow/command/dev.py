"""`electra-flow dev`: what it takes, and how it ends."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from electra_flow.developing.main import Options, develop
from electra_flow.developing.problem import DevError


def run(options: argparse.Namespace) -> int:
    """Have a server, a worker and the deployments run; return the exit code, or end with it."""
    folder = Path.cwd()
    if not (folder / "deploy.py").is_file():
        print("Acá no hay un deploy.py: se ejecuta en la carpeta del proyecto.", file=sys.stderr)
        return 1
    configured = options.server == "configured"
    if configured and options.fresh:
        print("--fresh olvida el servidor propio: no va con --server configured.", file=sys.stderr)
        return 2
    code = 0
    try:
        code = develop(folder, Options(configured, options.fresh, options.once, not options.no_run))
    except DevError as problem:
        sys.stdout.flush()
        print(problem, file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        print("\nTerminado: no queda nada corriendo.")
        code = int(options.once)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Prefect's threads would go on telling a server that has gone
