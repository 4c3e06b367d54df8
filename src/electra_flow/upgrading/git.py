"""What `upgrade` asks Git: whether all is committed, what a wheel once was, and how texts merge."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from electra_flow.generation.vendor import FOLDER
from electra_flow.model.source import SourceError
from electra_flow.sources.git import OUTER_REPOSITORY, reason, run_git
from electra_flow.upgrading.problem import CannotUpgradeError


def require_committed(folder: Path) -> None:
    """Check that all of a project in a repository is in a commit, but for a library put there.

    Raises:
        CannotUpgradeError: Something is not, and could not be told from what the upgrade does.
    """
    paths = (".", f":(exclude){FOLDER}/*.whl")
    try:
        done = run_git(folder, "-c", "core.quotePath=false", "status", "--porcelain", "--", *paths)
    except SourceError as problem:
        raise CannotUpgradeError(str(problem)) from None
    if done.returncode:
        raise CannotUpgradeError(f"Git no pudo leer {folder}. Dijo: {reason(done)}.")
    changed = [line[3:] for line in done.stdout.splitlines()]
    if changed:
        more = f" y {len(changed) - 1} más" if len(changed) > 1 else ""
        raise CannotUpgradeError(
            f"tiene cambios sin commit ({changed[0]}{more}): hacé un commit, o sacalos con «git "
            "stash -u», y volvé a empezar."
        )


def once_there(top: Path, name: str) -> bytes | None:
    """Return a file as it was in the last commit that had it, on any branch; None if none had."""
    found = _bytes(top, "log", "--all", "--diff-filter=AM", "--format=%H", "-1", "--", name)
    commit = (found or b"").decode().strip()
    return _bytes(top, "cat-file", "blob", f"{commit}:{name}") if commit else None


def added_at(top: Path, name: str) -> float:
    """Return when a file was committed first, in seconds; infinity if it never was."""
    found = _bytes(top, "log", "--diff-filter=A", "--format=%ct", "-1", "--", name)
    return float(found) if found and found.strip() else float("inf")


def ignored(path: Path) -> bool:
    """Tell whether Git is told to leave a file out."""
    return _bytes(path.parent, "check-ignore", path.name) is not None


def merge(base: str, ours: str, theirs: str) -> str | None:
    """Merge two changes of a text, as Git does; None if they meet in the same place."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_text(text, encoding="utf-8", newline="\n")
        merged = _bytes(Path(folder), "merge-file", "--stdout", *map(str, paths))
    return None if merged is None else merged.decode()


def _bytes(top: Path, *arguments: str) -> bytes | None:
    """Return what Git prints; None if it is not there or refuses."""
    program = shutil.which("git")
    if not program:
        return None
    env = {key: value for key, value in os.environ.items() if key not in OUTER_REPOSITORY}
    done = subprocess.run(
        [program, *arguments], cwd=top, env=env, stdin=subprocess.DEVNULL, capture_output=True
    )
    return done.stdout if done.returncode == 0 else None
