"""The root of a repository, which has the library for what is done with all projects together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from electra_flow.checks.library import path_of_wheel
from electra_flow.checks.needed import absolute
from electra_flow.generation.pyproject import FILE
from electra_flow.generation.vendor import FOLDER, CannotPutError, put
from electra_flow.upgrading.changes import Changes
from electra_flow.upgrading.library import with_version, without_version
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.upgrade import Upgrade


@dataclass(frozen=True)
class RootOutcome:
    """What became of a root.

    Attributes:
        told: A line of Spanish; empty if there is nothing to do.
        wheel: The wheel that it had before.
        failed: Whether it is as it was, and should not be.
    """

    told: str = ""
    wheel: Path | None = None
    failed: bool = False


def upgrade_root(upgrade: Upgrade, folder: Path) -> RootOutcome:
    """Make the root of a repository depend on a version, if it does on an earlier one.

    Args:
        upgrade: The way to that version.
        folder: Whose projects are upgraded; nothing is done if it is no root that has the library.
    """
    path = path_of_wheel(folder)
    if not path or (folder / "deploy.py").exists() or not (folder / ".git").exists():
        return RootOutcome()
    wheel = absolute(folder, path)
    if wheel.name == upgrade.release.name or _is_later(wheel, upgrade):
        return RootOutcome()
    changes = Changes()
    try:
        new = folder / FOLDER / upgrade.release.name
        for file in (new, folder / "uv.lock"):
            changes.keep(file)
        put(upgrade.release, str(folder))
        text = (folder / FILE).read_text(encoding="utf-8-sig")
        relative = f"{FOLDER}/{upgrade.release.name}"
        text = with_version(without_version(text, path), upgrade.release.version, relative)
        changes.write(folder / FILE, text.encode())
        upgrade.lock(folder)
    except (CannotUpgradeError, CannotPutError, OSError) as problem:
        changes.undo()
        return RootOutcome(f"La raíz quedó como estaba: {problem}", failed=True)
    except BaseException:
        changes.undo()
        raise
    return RootOutcome(f"La raíz usa ahora la biblioteca {upgrade.release.version}.", wheel)


def _is_later(wheel: Path, upgrade: Upgrade) -> bool:
    try:
        version = Version(wheel.name.split("-")[1])
    except (IndexError, InvalidVersion):
        return False
    return Version(version.public) > upgrade.release.order
