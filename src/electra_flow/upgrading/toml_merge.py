"""pyproject.toml merged by what it means: the author's dependencies and settings, in the new file.

A textual merge meets itself here all the time, since everybody writes at the end of the same lists.
"""

from __future__ import annotations

import tomllib
from typing import Any

from electra_flow.upgrading.toml_text import Entry, Table, tables


def merge_toml(base: str, ours: str, theirs: str) -> tuple[str, list[str]] | None:
    """Merge the author's changes into a new file.

    Args:
        base: The file as it was generated.
        ours: The author's.
        theirs: The file as it would be generated now.

    Returns:
        The merged text, and the settings that both changed, which are the author's in it; None if
        the files cannot be compared by their tables.
    """
    try:
        (old, _), (own, _), (new, rest) = tables(base), tables(ours), tables(theirs)
        both: list[str] = []
        for name, table in new.items():
            before, mine = old.get(name, Table(name)), own.get(name)
            if mine is None:
                if name in old:
                    table.text, table.entries = "", {}  # the author took it out
                continue
            both += _merge_table(table, before, mine)
        missing = [table for name, table in own.items() if name not in new]
        added = [
            part for part in (_own_part(table, old.get(table.name)) for table in missing) if part
        ]
        text = "".join(table.written() for table in new.values()) + rest
        for part in added:
            text = f"{text.rstrip()}\n\n{part.lstrip()}"
        tomllib.loads(text)
    except (ValueError, NotImplementedError):
        return None
    return text, both


def _own_part(table: Table, before: Table | None) -> str:
    """Return what of a table that is no longer generated is the author's."""
    if before is None:
        return table.written()
    kept = {
        key: entry
        for key, entry in table.entries.items()
        if key not in before.entries or before.entries[key].value != entry.value
    }
    return Table(table.name, table.text, kept).written() if kept else ""


def _merge_table(table: Table, before: Table, mine: Table) -> list[str]:
    """Merge the author's entries into a new table; return the keys that both changed."""
    both = []
    for key, entry in list(table.entries.items()):
        old, own = before.entries.get(key), mine.entries.get(key)
        if own is None:
            if old is not None:
                del table.entries[key]
        elif old is not None and own.value == old.value or own.value == entry.value:
            continue
        elif isinstance(entry.value, list) and isinstance(own.value, list):
            was = old.value if old is not None and isinstance(old.value, list) else []
            entry.text = _merge_list(entry, was, own)
        else:
            if old is None or old.value != entry.value:
                both.append(".".join([*table.name.split("\0"), *key]))
            entry.text = own.text
    for key, own in mine.entries.items():
        old = before.entries.get(key)
        if key not in table.entries and (old is None or old.value != own.value):
            table.entries[key] = own
    return both


def _merge_list(new: Entry, old: list[Any], own: Entry) -> str:
    """Return a list's text with what the author added, and without what the author took out."""
    removed = [item for item in new.value if item in old and item not in own.value]
    added = [item for item in own.value if item not in old and item not in new.value]
    wanted = [item for item in new.value if item not in removed] + added
    lines = new.text.splitlines(keepends=True)
    if len(lines) == 1:
        opening, closing = lines[0].index("["), lines[0].rindex("]")
        text = f"{lines[0][:opening]}[{', '.join(map(_quoted, wanted))}{lines[0][closing:]}"
    else:
        for item in removed:
            lines = [part for line in lines for part in _without(line, item)]
        text = "".join([*lines[:-1], *(_written(item, own) for item in added), lines[-1]])
    value: Any = tomllib.loads(text)
    for key in new.key:
        value = value[key]
    if value != wanted:
        raise NotImplementedError("a list in another layout")
    return text


def _without(line: str, item: Any) -> list[str]:
    """Return a line of a list without one of the items in it."""
    items = _items(line)
    if not items or item not in items:
        return [line]
    left = [other for other in items if other != item]
    if not left:
        return []
    indent = line[: len(line) - len(line.lstrip())]
    _, hash_, comment = line.partition("  #")
    return [f"{indent}{', '.join(map(_quoted, left))},{hash_}{comment or chr(10)}"]


def _quoted(item: Any) -> str:
    if not isinstance(item, str):
        raise NotImplementedError("an item that is no text")
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _items(line: str) -> list[Any] | None:
    """Return the items that stand in one line of a list."""
    try:
        return tomllib.loads(f"items = [\n{line}\n]")["items"]  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError:
        return None


def _written(item: Any, own: Entry) -> str:
    """Return the line in which the author wrote an item, with its comment."""
    for line in own.text.splitlines(keepends=True):
        if _items(line) == [item]:
            code, hash_, comment = line.rstrip("\n").partition("  #")
            return f"{code.rstrip().removesuffix(',')},{hash_}{comment}\n"
    return f"    {_quoted(item)},\n"
