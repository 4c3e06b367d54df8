"""The root of a repository follows its projects: what runs their hooks is of their newest version."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from packaging.version import Version

from electra_flow.checks.library import path_of_wheel
from electra_flow.generation.pyproject import FILE
from electra_flow.repository.root import is_ours
from electra_flow.upgrading.changes import Changes
from electra_flow.upgrading.library import with_version, without_version
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.release import Release


def move_root(top: Path, vendor: Path, release: Release, lock: Callable[[Path], None]) -> str:
    """Let the root depend on a version, if it is one of ours and depends on an older one.

    Args:
        top: The top of the repository.
        vendor: Where the version's wheel stands already.
        release: The version.
        lock: What locks the dependencies of a folder.

    Returns:
        What is said of it, in Spanish; nothing if nothing was done.
    """
    wheel = path_of_wheel(top)
    if wheel is None or wheel.endswith(release.name):
        return ""
    changes = Changes()
    try:
        text = (top / FILE).read_text("utf-8")
        order = Version(Version(wheel.split("-")[1]).public)  # as that of a release
        if not is_ours(text) or order > release.order:
            return ""
        path = os.path.relpath(vendor / release.name, top).replace(os.sep, "/")
        moved = with_version(without_version(text, wheel), release.version, path)
        changes.keep(top / "uv.lock")
        changes.write(top / FILE, moved.encode())
        lock(top)
    except (CannotUpgradeError, OSError) as problem:
        changes.undo()
        return f"La raíz quedó como estaba: {problem}"
    return f"La raíz: ahora con {release.version}."
