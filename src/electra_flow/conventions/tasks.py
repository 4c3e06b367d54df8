"""Which expressions are flows, and which functions call one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from electra_flow.conventions.source import Source


def flow_of(node: ast.AST, source: Source, flows: frozenset[str]) -> str:
    """Return the flow that an expression is; nothing if it is none.

    Args:
        node: `cierre`, `ventas.cierre` or `cierre.with_options(…)`.
        source: Its file.
        flows: The flows of all files: «ventas.cierre», the module and the function.
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return flow_of(node.func.value, source, flows) if node.func.attr == "with_options" else ""
    if isinstance(node, ast.Name) and node.id in source.flows:
        return node.id
    name = source.name(node)
    return name if ".".join(name.split(".")[-2:]) in flows else ""


def helpers_that_call_flows(source: Source, flows: frozenset[str]) -> dict[str, str]:
    """Return the functions of a file that are neither flow nor task, and call a flow: which."""
    if not flows:
        return {}
    return {
        helper.name: flow for helper in source.helpers for flow in _called(helper, source, flows)
    }


def _called(function: ast.AST, source: Source, flows: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and (flow := flow_of(node.func, source, flows)):
            yield flow
