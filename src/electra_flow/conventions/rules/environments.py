"""EF02: el pool va con el entorno; nada de prod va al pool de dev, ni al revés."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from electra_flow.conventions.environment import environment
from electra_flow.conventions.findings import Finding, finding, nearest
from electra_flow.conventions.project import Project
from electra_flow.conventions.values import (
    External,
    Result,
    arguments,
    called,
    elements,
    evaluate,
    mapping,
    possible,
    text_of,
)

RULE = "EF02 pool-y-entorno"


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = called(call)
        ours = value.last if isinstance(value, External) and value.is_ours(value.last) else ""
        if ours == "Project":
            yield from _check_pools(call)
        elif ours == "Deployment":
            yield from _check_declared(project, call)
        else:
            yield from _check_call(call)


def mismatch(pool: str, texts: Iterable[str]) -> str:
    """Dice qué texto nombra otro entorno que el pool; si ninguno, nada."""
    place = environment(pool, of_pool=True)
    for text in texts:
        named = environment(text)
        if place and named and named != place:
            return (
                f"«{text}» es de {named} y «{pool}» es un pool de {place}; usá el pool de {named}, "
                "que en deploy.py elige --env."
            )
    return ""


def _check_pools(call: ast.Call) -> Iterator[Finding]:
    declared = arguments(call).values.get("environments")
    for key, item in mapping(declared).values.items() if declared else ():
        node = _pool(item)
        pool = (node and text_of(node)) or ""
        named = environment(pool, of_pool=True)
        if named and environment(key) not in ("", named):
            text = (
                f"El entorno «{key}» usa «{pool}», que es de {named}; escribí el pool de "
                f"{environment(key)}."
            )
            yield finding(nearest(node, call), RULE, text)


def _pool(node: ast.expr) -> ast.expr | None:
    """Devuelve el pool de un `Environment(pool=…)`."""
    value = evaluate(node)
    is_ours = (
        isinstance(value, Result)
        and isinstance(value.callee, External)
        and value.callee.is_ours("Environment")
    )
    return arguments(value.call).values.get("pool") if is_ours else None


def _check_declared(project: Project, call: ast.Call) -> Iterator[Finding]:
    """Revisa un despliegue de deploy.py, que con --env va a los dos pools."""
    values = arguments(call).values
    nodes = [values[name] for name in ("name",) if name in values]
    nodes += elements(values["tags"]) if "tags" in values else []
    for node in nodes:
        label = text_of(node)
        # El nombre del proyecto puede hablar de producción sin hablar del entorno.
        own = label and project.name and label.replace(project.name, " ")
        if own and (named := environment(own)):
            text = (
                f"«{label}» dice {named}, y este despliegue va también al otro entorno; sacale esa "
                "palabra: --env la agrega al nombre y a las etiquetas."
            )
            yield finding(nearest(node, call), RULE, text)


def _check_call(call: ast.Call) -> Iterator[Finding]:
    """Revisa cualquier llamada que elige un work pool: `.deploy(…)`, `to_deployment(…)`."""
    deploys = getattr(call.func, "attr", "") in ("deploy", "adeploy")
    values = arguments(call, ("name", "work_pool_name") if deploys else ("name",)).values
    if "work_pool_name" not in values:
        return
    nodes = [values["name"]] if "name" in values else []
    nodes += elements(values["tags"]) if "tags" in values else []
    labels = [text_of(item) for node in nodes for item in possible(node)]
    for pool in filter(None, map(text_of, possible(values["work_pool_name"]))):
        if text := mismatch(pool, filter(None, labels)):
            yield finding(call, RULE, text)
