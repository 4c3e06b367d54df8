"""The uv workspace that a project is part of: its lock and its environment are then the workspace's.

The post-generation hook asks too: the standard library alone, and as little of it as will do.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def workspace_above(project: str) -> str | None:
    """Return the root of the uv workspace that names a project's folder as a member, if one does.

    As uv looks for it: the nearest pyproject.toml above with `[tool.uv.workspace]`. One that cannot
    be read is none: uv itself says what is wrong with it.
    """
    folder, outer = os.path.dirname(project), project
    while folder != outer:
        table = _workspace(os.path.join(folder, "pyproject.toml"))
        if table is not None:
            return folder if _is_member(folder, project, table) else None
        folder, outer = os.path.dirname(folder), folder
    return None


def _workspace(file: str) -> dict[str, Any] | None:
    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    except (OSError, ValueError):
        return None
    if "workspace" not in text:  # reading TOML takes long to import
        return None
    import tomllib

    try:
        table = tomllib.loads(text)["tool"]["uv"]["workspace"]
    except (tomllib.TOMLDecodeError, LookupError, TypeError):
        return None
    return table if isinstance(table, dict) else None


def _is_member(root: str, project: str, table: dict[str, Any]) -> bool:
    from pathlib import Path

    def named(key: str) -> bool:
        patterns = [str(pattern) for pattern in table.get(key, ())]
        found = (path for pattern in patterns for path in Path(root).glob(pattern.rstrip("/")))
        return any(path.resolve() == Path(project).resolve() for path in found)

    try:
        return named("members") and not named("exclude")
    except (NotImplementedError, TypeError, ValueError):  # a pattern that is none
        return False
