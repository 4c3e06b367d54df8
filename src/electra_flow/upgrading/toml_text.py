"""The text of a TOML file, cut into its tables and entries; comments belong to what follows them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

_HEADER = re.compile(r"\s*\[\[?\s*[^\[\]]+\s*\]\]?\s*(#.*)?\n?$")


@dataclass
class Entry:
    """One `key = value`.

    Attributes:
        key: The key, its quotes and spaces aside.
        value: What it means.
        text: The lines it stands in.
        above: The comments and blank lines above it.
    """

    key: tuple[str, ...]
    value: Any
    text: str
    above: str = ""


@dataclass
class Table:
    """One table with its header.

    Attributes:
        name: The header's keys; of the file's first lines, none.
        text: The header, with what stands above it.
        entries: Its entries, by key.
    """

    name: str
    text: str = ""
    entries: dict[tuple[str, ...], Entry] = field(default_factory=dict)

    def written(self) -> str:
        """Return the table's text."""
        return self.text + "".join(entry.above + entry.text for entry in self.entries.values())


def tables(text: str) -> tuple[dict[str, Table], str]:
    """Cut a text into its tables, by name; return what stands after the last entry, too.

    Raises:
        tomllib.TOMLDecodeError: It is no TOML.
        ValueError: It has a table several times (`[[…]]`).
    """
    tomllib.loads(text)
    current = Table("")
    found = {"": current}
    above = pending = ""
    for line in text.splitlines(keepends=True):
        if pending:
            pending += line
        elif not line.strip() or line.lstrip().startswith("#"):
            above += line
            continue
        elif _HEADER.match(line):
            name = _name(line)
            if name in found:
                raise ValueError(name)
            current = found[name] = Table(name, above + line)
            above = ""
            continue
        else:
            pending = line
        try:
            parsed = tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue  # a value of several lines
        key, value = _path(parsed, pending)
        current.entries[key] = Entry(key, value, pending, above)
        above = pending = ""
    return found, above


def _name(line: str) -> str:
    parsed: Any = tomllib.loads(line)
    names = []
    while parsed:
        if isinstance(parsed, list):  # [[…]]
            parsed = parsed[0]
            continue
        ((name, parsed),) = parsed.items()
        names.append(name)
    return "\0".join(names)


def _path(parsed: dict[str, Any], text: str) -> tuple[tuple[str, ...], Any]:
    """Return the dotted key of an entry as its parts, and its value."""
    left = re.match(r"""\s*((?:"[^"]*"|'[^']*'|[^=#"'])+)=""", text)
    assert left
    dots = len(re.findall(r"\.", re.sub(r""""[^"]*"|'[^']*'""", "", left[1])))
    keys: list[str] = []
    value: Any = parsed
    for _ in range(dots + 1):
        ((key, value),) = value.items()
        keys.append(key)
    return tuple(keys), value
