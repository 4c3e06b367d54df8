"""EF04: secretos, bloques y variables se cargan solo dentro de un flujo o de una tarea."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.runs import CALLERS, caller_name, frames_at_import
from electra_flow.conventions.values import External, Value, called, evaluate

RULE = "EF04 secreto-al-importar"
_VARIABLE = {"get", "aget", "set", "aset", "unset", "aunset"}


def loads(value: Value) -> str:
    """Devuelve qué carga una llamada, «Secret.load»; si no carga nada, nada."""
    if not isinstance(value, External) or not value.is_prefect:
        return ""
    *_, owner, method = ("", *value.name.split("."))
    if owner in ("Variable", "variables") and method in _VARIABLE:
        return f"{owner}.{method}"
    is_block = owner[:1].isupper() or owner == "Block"
    return f"{owner}.{method}" if is_block and method in ("load", "aload") else ""


def check(project: Project) -> Iterator[Finding]:
    for frame, caller in frames_at_import(project).items():
        for call in frame.calls:
            value = called(call)
            # map(Secret.load, nombres); un partial todavía no carga nada.
            given = call.args if caller_name(value, call) in CALLERS - {"partial"} else []
            for name in filter(None, map(loads, [value, *map(evaluate, given)])):
                text = (
                    f"{name} {_when(caller)}, fuera de un flujo o de una tarea; "
                    "llevalo adentro de la función que lo usa."
                )
                yield finding(call, RULE, text)


def _when(caller: ast.AST | None) -> str:
    if caller is None:
        return "corre al importar el archivo"
    place = f"{caller.scope.module.path}, línea {caller.lineno}"
    return f"corre desde {place}"
