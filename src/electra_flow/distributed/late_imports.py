"""Imports inside functions, which on a worker of a shared cluster find nothing of the project."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from electra_flow.distributed.own_code import is_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def late_imports(files: Iterable[Path]) -> Iterator[str]:
    """Give where a function imports a module of the project: «src/ventas.py:12»."""
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        functions = (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        lines = {
            node.lineno
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and any(map(_is_of_project, _imported(node)))
        }
        yield from (f"{file.parent.name}/{file.name}:{line}" for line in sorted(lines))


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the top-level names that a statement imports; an empty one for what is relative."""
    if isinstance(node, ast.Import):
        return [item.name.partition(".")[0] for item in node.names]
    return ["" if node.level else (node.module or "").partition(".")[0]]


def _is_of_project(name: str) -> bool:
    try:
        spec = find_spec(name) if name else None
    except (ImportError, ValueError):
        return False
    if spec is None:
        return not name  # a relative import is of the project, and a missing module is of nobody
    places = [spec.origin, *(spec.submodule_search_locations or ())]
    return any(is_own(Path(place)) for place in places if place)
