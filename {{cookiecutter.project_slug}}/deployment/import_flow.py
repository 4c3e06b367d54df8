"""Importa un flujo como lo hace un worker, en un intérprete limpio, y cuenta qué encontró.

Lo ejecuta `local_check.py`, en la carpeta del proyecto, con el entrypoint como argumento y los
parámetros de cada despliegue en la entrada, en JSON. Escribe en su última línea, en JSON, el
flujo y sus parámetros, o el error.
"""

import json
import sys
import traceback
from pathlib import Path
from typing import Any, get_type_hints

from prefect import Flow
from prefect.exceptions import ScriptError
from prefect.flows import load_flow_from_entrypoint
from pydantic import TypeAdapter, ValidationError


def main(entrypoint: str, given: list[dict[str, Any]]) -> dict[str, object]:
    """Devuelve el nombre y los parámetros del flujo, y los valores de `given` que no les sirven.

    Si el flujo no se pudo importar, devuelve el motivo.
    """
    try:
        # Sin esto, Prefect se conforma con leer el archivo cuando no lo puede importar.
        flow = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
    except BaseException as error:  # un sys.exit() al importar también rompería la ejecución
        return {"error": _explain(error, entrypoint.rpartition(":")[0])}
    schema = flow.parameters
    return {
        "name": flow.name,
        "parameters": list(schema.properties),
        "required": list(schema.required or []),
        "wrong": [_wrong_values(flow, parameters) for parameters in given],
    }


def _wrong_values(flow: Flow, parameters: dict[str, Any]) -> dict[str, str]:
    """Dice, por parámetro, por qué su valor no es del tipo que declara el flujo."""
    hints = get_type_hints(flow.fn, include_extras=True)
    wrong = {}
    for name in parameters.keys() & hints.keys():
        value = parameters[name]
        if isinstance(value, dict) and value.keys() & {"$ref", "__prefect_kind"}:
            continue  # Prefect lo reemplaza al correr
        try:
            TypeAdapter(hints[name]).validate_python(value)
        except ValidationError as error:
            first = error.errors()[0]
            said = first["msg"].removeprefix("Value error, ")
            own = first["type"] == "value_error"  # lo dice una regla del proyecto
            wrong[name] = said if own else f"{value!r} no es lo que declara el flujo ({said})"
        except Exception:  # noqa: S112  un tipo que Pydantic no conoce: no hay qué revisar
            continue
    return wrong


def _explain(error: BaseException, path: str) -> str:
    """Resume una excepción en una línea, con el lugar del proyecto donde ocurrió."""
    if isinstance(error, ScriptError):  # Prefect envuelve el error del archivo en uno suyo
        error = error.user_exc
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    if isinstance(error, SyntaxError):
        places = [(error.filename or path, error.lineno)]
    else:
        frames = traceback.extract_tb(error.__traceback__)
        places = [(frame.filename, frame.lineno) for frame in frames]
    for file, line in reversed(places):
        if Path(file).is_relative_to(Path.cwd()) and ".venv" not in Path(file).parts:
            return f"{text} ({Path(file).relative_to(Path.cwd()).as_posix()}, línea {line})"
    return f"{text} ({path})"


if __name__ == "__main__":
    result = main(sys.argv[1], json.load(sys.stdin))
    sys.stdout.write("\n" + json.dumps(result))
