"""The library as one wheel, made from the template's folder: the same bytes from the same source.

A build backend would have to be installed, and importing zipfile costs as much as starting Python
does, so the archive is written here. Nothing is compressed: the bytes are then those of any zlib,
and Git packs versions that differ little into little.

The wheel carries the template too, from which `electra-flow upgrade` renders a project as that
version would: in one file, since the template's conditional file names are too long for the paths
of Windows below `site-packages`.
"""

from __future__ import annotations

import hashlib
import os
import struct
from binascii import b2a_base64, crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PACKAGE = "electra_flow"
TEMPLATE = f"{PACKAGE}/template.zip"  # in the wheel
QUESTIONS, ANSWERS, PROJECT = (
    "cookiecutter.json",
    "electra_answers",
    "{{cookiecutter.project_slug}}",
)


class Wheel:
    """A wheel that is not on the disk yet.

    Attributes:
        version: The version of pyproject.toml with a local part made from what the wheel holds.
        name: The file's name.
        content: The file's bytes.
    """

    def __init__(self, template: str, project: dict[str, Any]) -> None:
        """Make the wheel of the library in a template's folder.

        Args:
            template: The folder.
            project: What its pyproject.toml says of the library (`read_project`).

        Raises:
            OSError: Something there cannot be read.
        """
        package = os.path.join(template, "src", PACKAGE)
        files = {name: _normal(path) for name, path in sorted(_files(PACKAGE, package))}
        files[TEMPLATE] = _template(template)
        entry_points = _entry_points(project)
        record = [_recorded(name, content) for name, content in files.items()]
        described = [_metadata(project, project["version"]), entry_points, *record]
        digest = hashlib.sha256("\0".join(described).encode())
        self.version = f"{project['version']}+s{digest.hexdigest()[:10]}"
        self.name = f"{PACKAGE}-{self.version}-py3-none-any.whl"
        info = f"{PACKAGE}-{self.version}.dist-info"
        about = {
            f"{info}/METADATA": _metadata(project, self.version).encode(),
            f"{info}/WHEEL": _WHEEL,
            f"{info}/entry_points.txt": entry_points.encode(),
        }
        record += (_recorded(name, content) for name, content in about.items())
        about[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()
        self.content = _archive(files | about)


_WHEEL = b"""Wheel-Version: 1.0
Generator: electra-flow
Root-Is-Purelib: true
Tag: py3-none-any
"""


def read_project(template: str) -> dict[str, Any]:
    """Return the table `project` of the template's pyproject.toml."""
    import tomllib  # the hook has this table from cookiecutter's process: it would cost 12 ms there

    with open(os.path.join(template, "pyproject.toml"), encoding="utf-8") as file:
        project: dict[str, Any] = tomllib.loads(file.read())["project"]
    return project


def _template(template: str) -> bytes:
    """Return an archive of what a project is rendered from."""
    files = {QUESTIONS: os.path.join(template, QUESTIONS)}
    files |= _files(ANSWERS, os.path.join(template, ANSWERS))
    files |= _files(PROJECT, os.path.join(template, PROJECT), hidden=True)
    return _archive({name: _normal(path) for name, path in sorted(files.items())})


def _files(name: str, folder: str, *, hidden: bool = False) -> Iterator[tuple[str, str]]:
    """Yield each file of a folder: its name in the archive, and its path."""
    folders = [(name, folder)]
    while folders:
        name, folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                inside = f"{name}/{entry.name}"
                if entry.name == "__pycache__" or entry.name.startswith(".") and not hidden:
                    continue
                if entry.is_dir():
                    folders.append((inside, entry.path))
                elif not entry.name.endswith((".pyc", "~")):
                    yield inside, entry.path


def _normal(path: str) -> bytes:
    """Return a file's bytes, a text's lines as Git keeps them and not as Windows checks them out."""
    with open(path, "rb") as file:
        content = file.read()
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def _metadata(project: dict[str, Any], version: str) -> str:
    lines = [
        "Metadata-Version: 2.1",  # License-Expression would need 2.4, which older pips refuse
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"License: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
    ]
    lines += (f"Requires-Dist: {requirement}" for requirement in project["dependencies"])
    for extra, requirements in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += (f"Requires-Dist: {text} ; extra == '{extra}'" for text in requirements)
    return "\n".join([*lines, ""])


def _entry_points(project: dict[str, Any]) -> str:
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    lines: list[str] = []
    for group, entries in groups.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()), ""]
    return "\n".join(lines)


def _recorded(name: str, content: bytes) -> str:
    """Return a file's line of RECORD."""
    digest = b2a_base64(hashlib.sha256(content).digest(), newline=False).decode()
    return f"{name},sha256={digest.translate({43: '-', 47: '_', 61: None})},{len(content)}\n"


def _archive(files: dict[str, bytes]) -> bytes:
    """Return a ZIP file (APPNOTE.TXT 6.3, 4.3): stored, of one date, readable for everyone."""
    needs, utf8_names, stored, midnight, first_of_1980 = 20, 0x800, 0, 0, 0x21
    made_by_unix, readable = 3 << 8 | needs, 0o100644 << 16
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in files.items():
        path, size = name.encode(), len(content)
        described = struct.pack(
            "<5H3I2H", needs, utf8_names, stored, midnight, first_of_1980,
            crc32(content), size, size, len(path), 0,
        )  # fmt: skip
        parts += (b"PK\3\4", described, path, content)
        entry = struct.pack("<3H2I", 0, 0, 0, readable, offset)
        directory += (b"PK\1\2", struct.pack("<H", made_by_unix), described, entry, path)
        offset += 4 + len(described) + len(path) + size
    listed = b"".join(directory)
    end = struct.pack("<4H2IH", 0, 0, len(files), len(files), len(listed), offset, 0)
    return b"".join([*parts, listed, b"PK\5\6", end])
