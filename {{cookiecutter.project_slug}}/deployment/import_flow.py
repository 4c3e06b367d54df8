"""Importa un flujo como lo hace un worker, en un intérprete limpio, y cuenta qué encontró.

Lo ejecuta `local_check.py`, en la carpeta del proyecto, con el entrypoint como argumento.
Escribe en su última línea, en JSON, el flujo y sus parámetros, o el error.
"""

import json
import sys
import traceback

from prefect.flows import load_flow_from_entrypoint


def main(entrypoint: str) -> dict[str, object]:
    """Devuelve el nombre y los parámetros del flujo; si no se pudo importar, el motivo."""
    try:
        flow = load_flow_from_entrypoint(entrypoint)
    except BaseException as error:  # un sys.exit() al importar también rompería la ejecución
        return {"error": _explain(error, entrypoint.rpartition(":")[0])}
    schema = flow.parameters
    return {
        "name": flow.name,
        "parameters": list(schema.properties),
        "required": list(schema.required or []),
    }


def _explain(error: BaseException, path: str) -> str:
    """Resume una excepción en una línea, con el lugar del proyecto donde ocurrió."""
    while error.__cause__ is not None:  # Prefect envuelve el error del flujo en uno suyo
        error = error.__cause__
    detail = " ".join(traceback.format_exception_only(error)[-1].split())
    if isinstance(error, SyntaxError):
        return f"{detail} ({error.filename}, línea {error.lineno})"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
        and not frame.filename.startswith("<")
        and frame.filename != __file__
    ]
    where = f" ({frames[-1].filename}, línea {frames[-1].lineno})" if frames else f" ({path})"
    return detail + where


if __name__ == "__main__":
    result = main(sys.argv[1])
    sys.stdout.write("\n" + json.dumps(result))
