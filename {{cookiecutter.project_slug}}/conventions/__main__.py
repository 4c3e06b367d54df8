"""El comando: una línea por hallazgo; sale con 1 si hubo alguno."""

import sys
from pathlib import Path

from conventions.check import check


def main() -> int:
    """Revisa el proyecto de la carpeta actual y devuelve el código de salida."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    findings = check(Path.cwd())
    for finding in findings:
        print(finding)
    if not findings:
        print("Convenciones: todo bien.")
        return 0
    count = f"{len(findings)} hallazgo" + "s" * (len(findings) > 1)
    print(f"Convenciones: {count}. Una excepción se escribe en la línea: # noqa: EF03 - motivo")
    return 1


if __name__ == "__main__":
    sys.exit(main())
