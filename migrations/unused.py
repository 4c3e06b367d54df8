"""Imports that nothing uses any more after a rewriting; those that nothing used before it stay."""

from __future__ import annotations

import ast

from migrations.text_edits import TextEdits


def drop_unused_imports(text: str, *, used_in: ast.Module) -> str:
    """Take out of a text the imports at its top that its former tree used, and it does not."""
    edits = TextEdits(text)
    gone = _used(used_in) - _used(edits.tree)
    for node in edits.tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        stay = [alias for alias in node.names if _bound(alias) not in gone]
        if not stay:
            edits.remove_statement(node)
        elif len(stay) < len(node.names):
            node.names = stay
            edits.replace(node, ast.unparse(node))
    return edits.apply()


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _used(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
