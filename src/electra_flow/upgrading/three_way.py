"""What becomes of each file of a project: as it was generated, as it is, as it would be now."""

from __future__ import annotations

import ast
import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from electra_flow.generation.pyproject import FILE, RECORD
from electra_flow.upgrading.text_merge import merge_hooks, merge_readme, merge_text
from electra_flow.upgrading.toml_merge import merge_toml

ALIKE = 0.6  # of two generated files, from which one is the other under a new name
NEW = ".nuevo"

_OWN_MERGES: dict[str, Callable[[str, str, str], str | None]] = {
    ".pre-commit-config.yaml": merge_hooks,
    "README.md": merge_readme,
}


@dataclass
class Merged:
    """What is to be written, and what is to be said.

    Attributes:
        writes: The new text of each file, by its path in the project; None if it goes.
        changed: The files that the author has, and that are not as they were.
        added: Files that the template has now.
        gone: Files that it has no longer.
        conflicts: What is left to the author, a line of Spanish each.
    """

    writes: dict[str, str | None] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    def write(self, name: str, text: str, told: list[str]) -> None:
        self.writes[name] = text
        told.append(name)

    def beside(self, name: str, text: str, why: str) -> None:
        """Leave a file as it is, and put the generated one beside it."""
        self.writes[name + NEW] = text
        self.conflicts.append(f"{name} {why}: quedó como está, y el nuevo en {name}{NEW}.")


def merge_files(
    base: Mapping[str, str], ours: Mapping[str, str | None], theirs: Mapping[str, str]
) -> Merged:
    """Merge the changes of an author and of the template.

    Args:
        base: The files as they were generated, by their path.
        ours: Those of them and of `theirs` that the project has; None for one that is no text.
        theirs: The files as they would be generated now.
    """
    merged = Merged()
    moved = _moved(base, ours, theirs)
    for name in sorted({*base, *theirs} - set(moved.values())):
        old, new = base.get(name), theirs.get(name)
        if name in moved:
            _move(merged, name, moved[name], base, ours, theirs)
        elif name == RECORD:
            if new is not None and ours.get(name) != new:
                merged.write(name, new, merged.changed)
        elif old is None and new is not None:
            _add(merged, name, ours, new)
        elif old is not None and name in ours and new is None:
            _remove(merged, name, old, ours[name])
        elif old is not None and new is not None and name in ours:
            _merge(merged, name, old, ours[name], new)
    return merged


def _moved(
    base: Mapping[str, str], ours: Mapping[str, str | None], theirs: Mapping[str, str]
) -> dict[str, str]:
    """Return the new name of each file that has another one now, where its author edited it."""
    edited = [
        name for name in base if name not in theirs and ours.get(name) not in (None, base[name])
    ]
    fresh = [name for name in theirs if name not in base and name not in ours]
    found: dict[str, str] = {}
    for name in edited:
        ratios = {
            other: difflib.SequenceMatcher(
                None, base[name].splitlines(), theirs[other].splitlines(), False
            ).ratio()
            for other in fresh
            if other not in found.values()
        }
        likest = max(ratios, key=lambda other: ratios[other], default=None)
        if likest is not None and ratios[likest] > ALIKE:
            found[name] = likest
    return found


def _move(
    merged: Merged,
    name: str,
    new_name: str,
    base: Mapping[str, str],
    ours: Mapping[str, str | None],
    theirs: Mapping[str, str],
) -> None:
    own = ours[name]
    assert own is not None
    text, _ = _texts_merged(new_name, base[name], own, theirs[new_name])
    if text is None:
        merged.conflicts.append(
            f"{name} se llama ahora {new_name}, y los dos cambiaron: {name} quedó como está; pasale "
            f"lo tuyo a {new_name} y borralo."
        )
        merged.write(new_name, theirs[new_name], merged.added)
        return
    merged.writes[name] = None
    merged.gone.append(name)
    merged.write(new_name, text, merged.added)


def _add(merged: Merged, name: str, ours: Mapping[str, str | None], new: str) -> None:
    if name not in ours:
        merged.write(name, new, merged.added)
    elif ours[name] != new:
        merged.beside(name, new, "es tuyo, y la plantilla trae ahora uno")


def _remove(merged: Merged, name: str, old: str, own: str | None) -> None:
    if own == old:
        merged.writes[name] = None
        merged.gone.append(name)
    else:
        merged.conflicts.append(f"{name} ya no se genera, y está editado: quedó como está.")


def _merge(merged: Merged, name: str, old: str, own: str | None, new: str) -> None:
    if new == old or own == new:
        return
    if own is None:
        merged.beside(name, new, "no está en UTF-8, y la plantilla lo cambió")
        return
    text, both = _texts_merged(name, old, own, new)
    if text is None:
        merged.beside(name, new, "lo cambiaron los dos")
        return
    merged.conflicts += [
        f"{name}: {key} quedó con tu valor; la plantilla también lo cambió." for key in both
    ]
    if text != own:
        merged.write(name, text, merged.changed)


def _texts_merged(name: str, old: str, own: str, new: str) -> tuple[str | None, list[str]]:
    """Return the merged text, None if that is not possible; and what is the author's in it."""
    text = _OWN_MERGES.get(name, merge_text)(old, own, new)
    if text is not None and (own == old or _is_sound(name, text)):
        return text, []
    if name == FILE:
        by_tables = merge_toml(old, own, new)
        return by_tables if by_tables else (None, [])
    return None, []


def _is_sound(name: str, text: str) -> bool:
    """Tell whether a merged text is still one of its format."""
    try:
        if name.endswith(".toml"):
            tomllib.loads(text)
        elif name.endswith(".py"):
            ast.parse(text)
    except (ValueError, SyntaxError):
        return False
    return True
