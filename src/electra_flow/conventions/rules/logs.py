"""EF03: se escribe con PrefectLogger, pedido dentro de un flujo o de una tarea.

Lo que está a la vista (`print`, `logging.getLogger`…) lo ve ruff (of_ruff.py); acá, lo mismo por
otro nombre, y dónde se pide el logger.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from electra_flow.conventions.banned import banned
from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.runs import frames_at_import
from electra_flow.conventions.scopes import Imported
from electra_flow.conventions.values import External, called, evaluate, external

RULE = "EF03 logger"
_METHODS = ("obtener_logger_prefect", "cambiar_rotfile_handler_params")
INSTEAD = "usá logger_global.obtener_logger_prefect() dentro del flujo o de la tarea"


def check(project: Project) -> Iterator[Finding]:
    unused = {name: text for name, text in banned().items() if name != "pytz"}
    unused["builtins.print"] = INSTEAD
    for call in project.calls:
        passed = [*call.args, *(keyword.value for keyword in call.keywords)]
        if external(call.func) == "functools.partial":
            passed = []  # lo que vale es cuando se lo llama
        for node, value in [(call, called(call)), *((item, evaluate(item)) for item in passed)]:
            name = value.name if isinstance(value, External) else ""
            # De `map(print, filas)` ruff no dice nada.
            seen = node is call or name != "builtins.print"
            if name in unused and not (seen and ruff_sees(getattr(node, "func", node), value)):
                name = name.removeprefix("builtins.")
                yield finding(node, RULE, text(name, unused[value.name]))
    for frame in frames_at_import(project):
        for call in frame.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
                reason = "El logger se pide fuera de una ejecución, donde no hay"
                yield finding(call, RULE, f"{reason}; {INSTEAD}.")


def text(name: str, instead: str) -> str:
    """Dice que algo no se usa, y qué usar."""
    return f"{name} no se usa acá; {instead}."


def ruff_sees(node: ast.expr, value: External) -> bool:
    """Dice si en el mismo archivo se ve de dónde viene el nombre: `import logging as l; l.info`."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    scope = node.scope
    while scope and node.id not in scope.bindings:
        scope = scope.parent
    bindings = scope.bindings[node.id] if scope else [Imported(f"builtins.{node.id}")]
    origins = {item.name for item in bindings if isinstance(item, Imported)}
    return len(bindings) == len(origins) and value.name in {
        ".".join([origin, *names]) for origin in origins
    }
