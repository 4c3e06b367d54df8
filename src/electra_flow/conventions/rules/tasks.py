"""EF07: un flujo llama a flujos y tareas; una tarea, solo a tareas."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.runs import CALLERS, caller_name, functions_run_by, inside
from electra_flow.conventions.scopes import Frame
from electra_flow.conventions.values import Runnable, called, evaluate, possible

RULE = "EF07 tarea-llama-flujo"


def check(project: Project) -> Iterator[Finding]:
    reached: dict[Frame, str] = {}
    for module in project.modules.values():
        for node in module.functions:
            if _kind(node) == "task":
                yield from _check_task(node, reached)
        for call in module.calls:  # tarea = task(funcion)
            value = evaluate(call)
            if isinstance(value, Runnable) and value.kind == "task" and value.function:
                function = getattr(value.function, "node", None)
                if hasattr(function, "frame"):
                    yield from _check_task(function, reached)


def _kind(node: ast.AST) -> str:
    value = evaluate(node)
    return value.kind if isinstance(value, Runnable) else ""


def _check_task(task: ast.AST, reached: dict[Frame, str]) -> Iterator[Finding]:
    name = getattr(task, "name", "lambda")
    frames = list(inside(task.frame))
    for frame in frames:
        for call in frame.calls:
            if direct := _flow_called(call) or _flow_possible(call):
                text = f"La tarea {name} llama al flujo {direct}"
            elif indirect := _flow_behind(call, frames, reached):
                text = f"La tarea {name} llega al flujo {indirect}"
            else:
                continue
            yield finding(call, RULE, f"{text}; llamalo desde un flujo, o hacé de él una tarea.")


def _flow_called(call: ast.Call) -> str:
    """Devuelve el flujo que una llamada corre, o que se pasa a algo que lo corre."""
    value = called(call)
    if isinstance(value, Runnable) and value.kind == "flow":
        return _name(value, call.func)
    if caller_name(value, call) in CALLERS:
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            passed = evaluate(argument)
            if isinstance(passed, Runnable) and passed.kind == "flow":
                return _name(passed, argument)
    return ""


def _flow_possible(call: ast.Call) -> str:
    """Devuelve el flujo que puede ser un parámetro, o lo que recorre un `for`."""
    for item in possible(call.func):
        value = evaluate(item)
        if isinstance(value, Runnable) and value.kind == "flow":
            return _name(value, item)
    return ""


def _flow_behind(call: ast.Call, own: list[Frame], reached: dict[Frame, str]) -> str:
    """Devuelve el flujo al que llega una función que no es de la tarea, por medio de otras o no."""
    for function in functions_run_by(call):
        if function.frame not in own and (flow := _reach(function.frame, reached)):
            return flow
    return ""


def _reach(start: Frame, reached: dict[Frame, str]) -> str:
    if start not in reached:
        reached[start] = ""
        seen, pending = {start}, [start]
        while pending:
            for frame in inside(pending.pop()):
                for call in frame.calls:
                    if flow := _flow_called(call):
                        reached[start] = flow
                        return flow
                    following = {node.frame for node in functions_run_by(call)} - seen
                    seen |= following
                    pending += following
    return reached[start]


def _name(flow: Runnable, node: ast.expr) -> str:
    definition = getattr(flow.function, "node", None)
    return getattr(definition, "name", "") or ast.unparse(node)
