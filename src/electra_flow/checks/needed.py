"""The folders that a project depends on by their path, such as a package that several share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from electra_flow.checks.toml_file import TomlError, parse, read_text, table


def needed_folders(folder: Path, settings: Mapping[str, Any]) -> set[Path]:
    """Return the folders of the path dependencies of a project, and of theirs, absolute paths.

    Args:
        folder: The project's folder.
        settings: Its pyproject.toml.
    """
    found: set[Path] = set()
    left = [(folder, settings)]
    while left:
        place, read = left.pop()
        for source in _paths(read):
            needed = absolute(place, source)
            if needed in found or not (needed / "pyproject.toml").is_file():
                continue
            found.add(needed)
            with suppress(TomlError):  # uv itself says what is wrong with it
                left.append((needed, pyproject(needed)))
    return found - {folder}


def absolute(folder: Path, path: str) -> Path:
    """Return a path that a folder's pyproject.toml names as an absolute one."""
    return Path(os.path.normpath(folder / path))


def pyproject(folder: Path) -> dict[str, Any]:
    """Return what a folder's pyproject.toml holds.

    Raises:
        TomlError: If it cannot be read.
    """
    text = read_text(str(folder / "pyproject.toml"), "pyproject.toml")
    return parse(text or "", "pyproject.toml")


def _paths(settings: Mapping[str, Any]) -> Iterator[str]:
    for source in table(settings, "tool", "uv", "sources").values():
        for place in source if isinstance(source, list) else [source]:
            path = table(place).get("path")
            if isinstance(path, str):
                yield path
