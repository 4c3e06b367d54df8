"""`python3 run.py release`: this working tree as one wheel, `releases/electra_flow-….whl`.

The version is that of pyproject.toml. A release is what `electra-flow upgrade` can come from for
ever, so one that is there is never made again with another content.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from packaging.version import Version

from electra_flow.generation.wheel import ANSWERS, PROJECT, QUESTIONS, Wheel, read_project
from electra_flow.upgrading.release import PATTERN, read_release

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (QUESTIONS, ANSWERS, PROJECT, "src/electra_flow", "pyproject.toml")


class CannotReleaseError(Exception):
    """Why there is no release, in one line."""


def make(root: Path, folder: Path) -> Path:
    """Make the release of a template's folder; return its wheel.

    Raises:
        CannotReleaseError: It is not ready, or its version was released with another content.
    """
    wheel = Wheel(str(root), read_project(str(root)))
    release = read_release(wheel.name, wheel.content)
    version = str(release.order)
    path = folder / wheel.name
    if path.exists() and path.read_bytes() == wheel.content:
        return path
    for other in folder.glob(PATTERN):
        released = read_release(other.name, other.read_bytes())
        if released.order >= Version(version):
            raise CannotReleaseError(
                f"{released.order} is released ({other.name}), and this is another content: give "
                f"pyproject.toml a version above it; it says {version}"
            )
    for name in ("CHANGELOG.md", "src/electra_flow/docs/novedades.md"):
        text = (root / name).read_text(encoding="utf-8")
        if not re.search(rf"^## {re.escape(version)}$", text, re.MULTILINE):
            raise CannotReleaseError(
                f"{name} has no heading «## {version}», as it is when released"
            )
    folder.mkdir(exist_ok=True)
    path.write_bytes(wheel.content)
    return path


def uncommitted(root: Path) -> str:
    """Return what of a release is in no commit."""
    status = ("git", "status", "--porcelain", "--", *SOURCES)
    return subprocess.run(status, cwd=root, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Make the release of this working tree."""
    try:
        if changed := uncommitted(ROOT):
            raise CannotReleaseError(f"commit first:\n{changed.rstrip()}")
        path = make(ROOT, ROOT / "releases")
    except CannotReleaseError as problem:
        print(f"No release: {problem}", file=sys.stderr)
        return 1
    print(f"{path.relative_to(ROOT)}: commit it, and tag the commit.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
