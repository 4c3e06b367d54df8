"""EF10: un despliegue lleva nombre, etiquetas y descripción, y se hace solo con deploy.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.values import (
    Constant,
    Definition,
    Display,
    External,
    Member,
    Result,
    Runnable,
    Value,
    arguments,
    called,
    elements,
    evaluate,
    partial_text,
)

INCOMPLETE = "EF10 despliegue-incompleto"
ELSEWHERE = "EF10 despliegue-fuera-de-deploy"
INSTEAD = "declaralo como Deployment(…) en deploy.py y corré: uv run deploy.py."
REQUIRED = {"name": "nombre", "description": "descripción", "tags": "etiquetas"}
_STORED = {"from_source", "afrom_source"}
_METHODS = {"deploy", "adeploy", "serve", "aserve", "to_deployment", "ato_deployment", *_STORED}
# Un objeto que no se sabe qué es, con uno de estos argumentos, es un flujo.
_OPTIONS = {"work_pool_name", "cron", "entrypoint", "work_queue_name", "job_variables"}
_CREATORS = {"create_deployment", "add_flow", "add_deployment"}
_FUNCTIONS = {"create_deployment", "RunnerDeployment"}
_SHELLS = {
    "os.system", "os.popen", "os.execvp", "os.execlp", "os.execv", "os.spawnlp",
    "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
    "subprocess.Popen", "subprocess.getoutput", "subprocess.getstatusoutput",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell", "anyio.run_process", "anyio.open_process",
}  # fmt: skip
_COMMAND = re.compile(r"\bprefect(\.exe)?['\"]?\s+(-\S+\s+)*deploy\b")


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = called(call)
        if isinstance(value, External) and value.is_ours("Deployment"):
            yield from _check_declared(call)
        elif (what := _deploys(value, call)) and not _publishes(call):
            text = f"{what} despliega por fuera de deploy.py, sin sus revisiones; {INSTEAD}"
            yield finding(call, ELSEWHERE, text)


def _check_declared(call: ast.Call) -> Iterator[Finding]:
    given = arguments(call)
    for name, label in REQUIRED.items():
        if name not in given.values:
            if given.complete:
                text = f"Al despliegue le falta {name} ({label}); agregalo."
                yield finding(call, INCOMPLETE, text)
        elif _is_empty(evaluate(given.values[name])):
            text = f"El despliegue tiene {name} ({label}) en blanco; completalo."
            yield finding(call, INCOMPLETE, text)


def _publishes(call: ast.Call) -> bool:
    """Dice si está en `publish`, la función de deploy.py que recibe lo que ya se revisó."""
    node: ast.AST = call
    while not isinstance(node, ast.Module):
        if isinstance(node, ast.FunctionDef) and node.name == "publish":
            return node.scope.module.path == "deploy.py"
        node = node.parent
    return False


def _is_empty(value: Value) -> bool:
    if isinstance(value, Constant):
        return not str(value.value or "").strip()
    if not isinstance(value, Display):
        return False
    elements = getattr(value.node, "elts", None)
    return elements is not None and all(_is_empty(evaluate(item)) for item in elements)


def _deploys(value: Value, call: ast.Call) -> str:
    """Devuelve con qué despliega una llamada; si no despliega, nada."""
    if isinstance(value, External) and value.root == "prefect":
        runner = value.name.startswith("prefect.deployments.runner.RunnerDeployment.")
        return value.name if runner or value.last in _FUNCTIONS | _METHODS else ""
    if isinstance(value, External) and value.name in _SHELLS:
        return "El comando prefect deploy" if _COMMAND.search(_command(call)) else ""
    method = value.name if isinstance(value, Member) else getattr(call.func, "attr", "")
    owner = value.owner if isinstance(value, Member) else None
    if isinstance(owner, Runnable):
        return f".{method}" if owner.kind == "flow" and method in _METHODS else ""
    if isinstance(owner, Result) and (origin := _origin(owner.callee)):
        # Del from_source ya se dice; el .deploy que le sigue es el mismo despliegue.
        creates = method in _CREATORS and origin != "from_source"
        return f".{method}" if creates else ""
    known = isinstance(value, Definition)  # un método de una clase del proyecto
    if method in _METHODS and not known and _OPTIONS & set(arguments(call).values):
        return f".{method}"
    return ""


def _origin(value: Value) -> str:
    """Devuelve de qué función de Prefect, o de qué método de un flujo, sale un objeto."""
    if isinstance(value, Member):
        is_flow = isinstance(value.owner, Runnable)
        return "from_source" if is_flow or value.name in _STORED else ""
    return value.last if isinstance(value, External) and value.root == "prefect" else ""


def _command(call: ast.Call) -> str:
    """Arma la línea de comandos de una llamada, con lo que se sabe de ella."""
    words = []
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        for node in elements(argument) or [argument]:
            text = partial_text(node)
            # shlex.split("…") y otros: lo que haya escrito adentro.
            inside = [getattr(item, "value", "") for item in ast.walk(node)] if text == "\0" else []
            words += [text, *(item for item in inside if isinstance(item, str))]
    return " ".join(words)
