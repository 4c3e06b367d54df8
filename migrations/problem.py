"""Why a project is left as it is."""

from __future__ import annotations

import ast


class CannotThinError(Exception):
    """Why nothing was changed and what to do, in one line of Spanish."""


def uncertain(file: str, node: ast.AST, why: str) -> CannotThinError:
    """Return the refusal of something that cannot be rewritten for certain.

    Args:
        file: The file, as its author names it.
        node: Where in the file.
        why: What stands there, and what to do, in Spanish.
    """
    return CannotThinError(f"{file}:{getattr(node, 'lineno', 1)}: {why}")
