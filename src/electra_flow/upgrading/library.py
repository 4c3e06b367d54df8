"""The library in a project's pyproject.toml, whose version changes with each upgrade.

Its lines are compared with their placeholders, so that what its author wrote beside them is no
conflict.
"""

from __future__ import annotations

import re

from electra_flow.generation.pyproject import VERSION, WHEEL

_PINNED = re.compile(r"""(["']electra[-_.]flow\s*(?:\[[^\]]*\])?\s*==\s*)[^"'\s,;]+""", re.I)


def without_version(pyproject: str, wheel: str) -> str:
    """Return a pyproject.toml with placeholders for the version and for the wheel's path."""
    text = _PINNED.sub(rf"\g<1>{VERSION}", pyproject)
    for quote in ('"', "'"):
        text = text.replace(f"{quote}{wheel}{quote}", f'"{WHEEL}"')
    return text


def with_version(text: str, version: str, wheel: str) -> str:
    """Return a file of a project with a version, and the wheel's relative path, filled in."""
    return text.replace(VERSION, version).replace(WHEEL, wheel)
