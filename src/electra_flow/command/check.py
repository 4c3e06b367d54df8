"""`electra-flow check`: a line for each finding of the conventions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from electra_flow.conventions.check import check


def run(_options: argparse.Namespace) -> int:
    """Check the project of the working directory; return 1 if there is any finding."""
    folder = Path.cwd()
    if not (folder / "deploy.py").is_file():
        print("Acá no hay un deploy.py: se ejecuta en la carpeta del proyecto.", file=sys.stderr)
        return 1
    findings = check(folder)
    for finding in findings:
        print(finding)
    if not findings:
        print("Convenciones: todo bien.")
        return 0
    code = findings[0].code
    count = f"{len(findings)} hallazgo" + "s" * (len(findings) > 1)
    print(f"Convenciones: {count}. Una excepción se escribe en la línea: # noqa: {code} - motivo")
    return 1
