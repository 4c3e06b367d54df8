"""What the changelog asks of the authors of projects that exist: the page `novedades`."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

PAGE = Path(__file__).parents[1] / "docs" / "novedades.md"
_SECTION = re.compile(r"^## (\d\S*)", re.M)


def news(text: str, after: str, until: str) -> str:
    """Return the sections of the page for the versions after one, up to another.

    Args:
        text: The page, the newest version first.
        after: The version that a project has.
        until: The version that it gets.
    """
    low, high = (Version(Version(version).public) for version in (after, until))
    starts = list(_SECTION.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    wanted = [
        text[start.start() : end].strip()
        for start, end in zip(starts, ends, strict=True)
        if low < Version(start[1]) <= high
    ]
    return "\n\n".join(wanted)
