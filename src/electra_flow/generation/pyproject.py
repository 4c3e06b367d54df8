"""The library in a project's pyproject.toml: what only the hook knows is put into the file."""

from __future__ import annotations

# What the template's Jinja filters leave (electra_answers/library.py).
VERSION = "@ELECTRA_FLOW_VERSION@"
WHEEL = "@ELECTRA_FLOW_WHEEL@"


def name_wheel(path: str, version: str, wheel: str) -> None:
    """Make a pyproject.toml depend on a version, and find it at a relative path with slashes."""
    replace(path, (VERSION, version), (WHEEL, wheel))


def replace(path: str, *changes: tuple[str, str]) -> None:
    """Make changes to the text of a file."""
    with open(path, "r+", encoding="utf-8", newline="\n") as file:
        text = file.read()
        for old, new in changes:
            text = text.replace(old, new)
        file.seek(0)
        file.write(text)
        file.truncate()
