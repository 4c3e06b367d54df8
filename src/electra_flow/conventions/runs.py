"""Qué corre cuándo: lo que corre al importar un archivo, y lo que corre dentro de una tarea."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from electra_flow.conventions.values import (
    Definition,
    External,
    Result,
    Runnable,
    Value,
    arguments,
    called,
    evaluate,
    external,
)

if TYPE_CHECKING:
    from electra_flow.conventions.project import Project
    from electra_flow.conventions.scopes import Frame

# Lo que llama a las funciones que se le pasan: `map(funcion, …)`, `executor.submit(funcion)`.
CALLERS = {
    "map", "filter", "sorted", "min", "max", "reduce", "starmap", "submit", "apply", "run",
    "run_sync", "run_in_executor", "to_thread", "start_soon", "create_task", "partial", "gather",
    "Thread", "Process", "Timer", "call_soon", "run_coroutine_threadsafe", "apply_async", "imap",
    "run_flow", "run_flow_sync", "run_flow_async", "run_coro_as_sync", "call_later", "register",
}  # fmt: skip
_CONSTRUCTORS = ("__init__", "__new__", "__post_init__", "model_post_init", "__init_subclass__")


def frames_at_import(project: Project) -> dict[Frame, ast.AST | None]:
    """Devuelve el código que corre sin que corra un flujo, y quién lo llama.

    Es el de los archivos, con lo que llaman, y el de las funciones de deploy.py.
    """
    if "at_import" not in project.__dict__:
        found: dict[Frame, ast.AST | None] = {}
        pending: list[tuple[Frame, ast.AST | None]] = []
        for module in project.modules.values():
            pending.append((module.frame, None))
            if module.path == "deploy.py":
                functions = [item for item in module.functions if not isinstance(item, ast.Lambda)]
                pending += [(item.frame, item) for item in functions if _plain(item)]
        properties = _properties(project)
        while pending:
            frame, caller = pending.pop(0)
            if frame in found:
                continue
            found[frame] = caller
            for call in frame.calls:
                pending += [(node.frame, call) for node in functions_run_by(call)]
            for decorator in frame.decorators:
                pending += [(node.frame, decorator) for node in _functions(evaluate(decorator))]
            for node in frame.attributes:
                if node.attr in properties and evaluate(node) in properties[node.attr]:
                    pending.append((evaluate(node).node.frame, node))
        project.__dict__["at_import"] = found
    return project.__dict__["at_import"]


def _properties(project: Project) -> dict[str, list[Value]]:
    """Devuelve las propiedades de las clases del proyecto: leerlas es llamarlas."""
    found: dict[str, list[Value]] = {}
    for module in project.modules.values():
        for node in module.functions:
            decorators = map(external, getattr(node, "decorator_list", ()))
            if any(name.endswith("property") for name in decorators):
                found.setdefault(node.name, []).append(evaluate(node))
    return found


def _plain(function: ast.AST) -> bool:
    return isinstance(evaluate(function), Definition)


def functions_run_by(call: ast.Call) -> Iterator[ast.AST]:
    """Da las funciones del proyecto que una llamada ejecuta, sin contar flujos ni tareas."""
    value = called(call)
    yield from _functions(value)
    if caller_name(value, call) in CALLERS:
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            passed = evaluate(argument)
            if isinstance(passed, Definition):
                yield from _functions(passed)


def caller_name(value: Value, call: ast.Call) -> str:
    """Devuelve el nombre corto de lo que se llama."""
    if isinstance(value, External):
        return value.last
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _functions(value: Value) -> Iterator[ast.AST]:
    instance = isinstance(value, Result)
    definition = value.callee if instance else value
    if not isinstance(definition, Definition):
        return
    if isinstance(definition.node, ast.ClassDef):
        yield from _methods(definition.node, ("__call__",) if instance else _CONSTRUCTORS)
        yield from () if instance else _factories(definition.node)
    elif not instance:
        yield definition.node


def _methods(node: ast.ClassDef, names: tuple[str, ...]) -> Iterator[ast.AST]:
    for ancestor in _ancestors(node):
        for name in names:
            for binding in ancestor.inner.bindings.get(name, []):
                if isinstance(binding, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield binding


def _factories(node: ast.ClassDef) -> Iterator[ast.AST]:
    """Da las funciones de `ruta: str = field(default_factory=funcion)`."""
    for statement in (item for ancestor in _ancestors(node) for item in ancestor.body):
        if isinstance(value := getattr(statement, "value", None), ast.Call):
            factory = evaluate(arguments(value).values.get("default_factory"))
            if isinstance(factory, Definition):
                yield from _functions(factory)


def _ancestors(node: ast.ClassDef) -> list[ast.ClassDef]:
    """Devuelve una clase y las del proyecto de las que hereda."""
    found = [node]
    for ancestor in found:
        values = (evaluate(base) for base in ancestor.bases)
        nodes = (value.node for value in values if isinstance(value, Definition))
        found += [item for item in nodes if isinstance(item, ast.ClassDef) and item not in found]
    return found


def inside(frame: Frame) -> Iterator[Frame]:
    """Da una función y las que define adentro, salvo flujos y tareas."""
    yield frame
    for child in frame.children:
        if not isinstance(evaluate(child.node), Runnable):
            yield from inside(child)
