"""The library in a project's files: what only the hook knows is put into them."""

from __future__ import annotations

import os

FILE = "pyproject.toml"
RECORD = ".electra-flow.json"  # what the project was generated with, for `electra-flow upgrade`

# What the template's Jinja filters leave (electra_answers/library.py).
VERSION = "@ELECTRA_FLOW_VERSION@"
WHEEL = "@ELECTRA_FLOW_WHEEL@"


def name_wheel(project: str, version: str, wheel: str) -> None:
    """Make a project depend on a version, and find it at a relative path with slashes."""
    for name in (FILE, RECORD):
        replace(os.path.join(project, name), (VERSION, version), (WHEEL, wheel))


def record_place(project: str, place: str) -> None:
    """Make a project say where it stands in its repository: a path with slashes."""
    quoted = place.replace("\\", "\\\\").replace('"', '\\"')
    replace(os.path.join(project, RECORD), ('"place": "."', f'"place": "{quoted}"'))


def replace(path: str, *changes: tuple[str, str]) -> None:
    """Make changes to the text of a file."""
    with open(path, "r+", encoding="utf-8", newline="\n") as file:
        text = file.read()
        for old, new in changes:
            text = text.replace(old, new)
        file.seek(0)
        file.write(text)
        file.truncate()
