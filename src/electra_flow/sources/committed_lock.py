"""The lock in the commit: a run installs what it says, and nothing else."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from electra_flow.checks.finding import Finding, error
from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.sources.working_copy import WorkingCopy


def own_lock(folder: Path) -> list[str]:
    """Return the lock among a project's own files; none where it is a uv workspace's."""
    return [] if workspace_above(str(folder)) else ["uv.lock"]


def check_workspace_in_commit(copy: WorkingCopy) -> Iterator[Finding]:
    """Check that the lock of the uv workspace around a project is in the commit, as it is here.

    It stands outside of the project's folder, where `git status .` does not look.
    """
    root = workspace_above(str(copy.folder))
    if root is None:
        return
    for name in ("pyproject.toml", "uv.lock"):
        file = Path(os.path.relpath(Path(root, name), copy.folder)).as_posix()
        place = posixpath.normpath(copy.prefix + file)
        if place.startswith("../"):
            yield error(
                f"Este proyecto es parte del workspace de uv de {root}, que está fuera del "
                "repositorio de Git, y un worker no lo baja: sacalo de members, en el "
                "pyproject.toml de ahí, y ejecutá «uv lock»."
            )
            return
        if not Path(root, name).exists():
            yield error(f"No está {file}, del workspace de uv: «uv lock» y {copy.add(file)}.")
        else:
            yield from copy.check_same(file, place)
