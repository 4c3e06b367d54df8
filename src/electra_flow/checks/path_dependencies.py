"""The folders that a project depends on by path, such as a helper package beside the projects."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from electra_flow.checks.toml_file import TomlError, parse, read_text, table


def path_dependencies(folder: Path, settings: Mapping[str, Any]) -> set[Path]:
    """Return the folders of the path dependencies of a project, and of theirs.

    Args:
        folder: The project's folder.
        settings: What its pyproject.toml holds.
    """
    found: set[Path] = set()
    left = [(folder, settings)]
    while left:
        place, read = left.pop()
        for source in _paths(read):
            needed = Path(os.path.normpath(place / source))
            if needed in found or not (needed / "pyproject.toml").is_file():
                continue
            found.add(needed)
            with suppress(TomlError):  # uv itself says what is wrong with it
                text = read_text(str(needed / "pyproject.toml"), "pyproject.toml")
                left.append((needed, parse(text or "", "pyproject.toml")))
    return found - {folder}


def _paths(settings: Mapping[str, Any]) -> Iterator[str]:
    for source in table(settings, "tool", "uv", "sources").values():
        for place in source if isinstance(source, list) else [source]:
            path = table(place).get("path")
            if isinstance(path, str):
                yield path
