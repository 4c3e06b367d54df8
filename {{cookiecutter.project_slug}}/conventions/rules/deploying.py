"""EF10: un despliegue lleva nombre, etiquetas y descripción, y se hace solo con deploy.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from conventions.findings import Finding, finding
from conventions.project import Project
from conventions.values import (
    Constant,
    Display,
    External,
    Member,
    Result,
    Runnable,
    Value,
    arguments,
    called,
    evaluate,
    partial_text,
)

INCOMPLETE = "EF10 despliegue-incompleto"
ELSEWHERE = "EF10 despliegue-fuera-de-deploy"
INSTEAD = "declaralo como Deployment(…) en deploy.py y corré: uv run deploy.py."
REQUIRED = {"name": "nombre", "description": "descripción", "tags": "etiquetas"}
_DEPLOY = {"deploy", "adeploy", "serve", "aserve", "to_deployment", "ato_deployment"}
_STORED = {"from_source", "afrom_source"}
# Un objeto que no se sabe qué es, con uno de estos argumentos, es un flujo.
_PREFECTS = {"work_pool_name", "cron", "entrypoint", "work_queue_name", "job_variables"}
_FUNCTIONS = {"deploy", "adeploy", "serve", "aserve", "create_deployment", "RunnerDeployment"}
_SHELLS = {
    "os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call",
    "subprocess.check_output", "subprocess.Popen", "subprocess.getoutput",
    "subprocess.getstatusoutput", "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell", "anyio.run_process", "anyio.open_process",
}  # fmt: skip
_COMMAND = re.compile(r"\bprefect(\.exe)?['\"]?\s+(-\S+\s+)*deploy\b")


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = called(call)
        if isinstance(value, External) and value.name == "deployment.model.Deployment":
            yield from _check_declared(call)
        elif what := _deploys(value, call):
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


def _is_empty(value: Value) -> bool:
    if isinstance(value, Constant):
        return not str(value.value or "").strip()
    if not isinstance(value, Display):
        return False
    elements = getattr(value.node, "elts", None)
    return elements is not None and all(_is_empty(evaluate(item)) for item in elements)


def _deploys(value: Value, call: ast.Call) -> str:
    """Devuelve con qué despliega una llamada; si no despliega, nada."""
    if isinstance(value, External):
        if value.root == "prefect" and (value.last in _FUNCTIONS | _DEPLOY | _STORED):
            return value.name
        if value.name.startswith("prefect.deployments.runner.RunnerDeployment."):
            return value.name
        if value.name in _SHELLS and _COMMAND.search(_command(call)):
            return "El comando prefect deploy"
        return ""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if isinstance(value, Member):
        owner = value.owner
        if isinstance(owner, Runnable):
            flow = owner.kind == "flow"
            return f".{value.name}" if flow and value.name in _DEPLOY | _STORED else ""
        if isinstance(owner, Result):
            origin = owner.callee
            if isinstance(origin, Member) and origin.name in _STORED:
                return ""  # ya se señaló el from_source
            is_client = isinstance(origin, External) and origin.root == "prefect"
            if is_client and value.name in ("create_deployment", "apply"):
                return f".{value.name}"
            if is_client and value.name in _DEPLOY and origin.last in _STORED:
                return ""
    if name in _DEPLOY | _STORED and not isinstance(value, External):
        given = arguments(call).values
        return f".{name}" if _PREFECTS & set(given) else ""
    return ""


def _command(call: ast.Call) -> str:
    """Arma la línea de comandos de una llamada, con lo que se sabe de ella."""
    words = []
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        value = evaluate(argument)
        nodes = getattr(getattr(value, "node", None), "elts", None) or [argument]
        words += [partial_text(node) for node in nodes]
    return " ".join(words)
