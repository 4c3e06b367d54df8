"""README.md and .pre-commit-config.yaml merged by their paragraphs and hooks.

Where what was generated around them is gone, Git finds no place for what the author wrote among it:
a paragraph then goes to its section, and a hook to the end.
"""

from __future__ import annotations

import difflib
import re

from electra_flow.upgrading.git import merge

_HEADING = re.compile(r"#{1,6} +\S")


def merge_text(base: str, ours: str, theirs: str) -> str | None:
    """Merge any text as Git does; None if both changed the same place."""
    if ours == base:
        return theirs
    return ours if theirs in (base, ours) else merge(base, ours, theirs)


def merge_readme(base: str, ours: str, theirs: str) -> str | None:
    """Merge a README; None if the author changed what is not generated any more."""
    if (merged := merge_text(base, ours, theirs)) is not None:
        return merged
    merged, insertions = _merge_the_rest(base, ours, theirs)
    if merged is None:
        return None
    for section, lines in insertions:
        if lines[0].startswith(("|", "    ")) or _in_code(ours, lines):
            return None  # a part of a table or of a block of code, which may be gone
        merged = _with_paragraphs(merged, section, lines)
    return merged


def merge_hooks(base: str, ours: str, theirs: str) -> str | None:
    """Merge a .pre-commit-config.yaml; None if the author changed a generated hook."""
    if (merged := merge_text(base, ours, theirs)) is not None:
        return merged
    merged, insertions = _merge_the_rest(base, ours, theirs)
    if merged is None:
        return None
    for start in (
        "      - id:",
        "  - repo:",
    ):  # hooks of the generated list come before other lists
        for _, lines in insertions:
            if next((line for line in lines if not line.lstrip().startswith("#")), "").startswith(
                start
            ):
                merged = f"{merged.rstrip()}\n\n{''.join(lines)}"
    return merged if all("".join(lines) in merged for _, lines in insertions) else None


def _merge_the_rest(
    base: str, ours: str, theirs: str
) -> tuple[str | None, list[tuple[str, list[str]]]]:
    """Merge a text without what its author inserted; return that, too."""
    rest, insertions = _insertions(base, ours)
    return merge_text(base, rest, theirs), insertions


def _insertions(base: str, ours: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """Return a text without what its author inserted, and that, each with its section's heading."""
    old, new = base.splitlines(keepends=True), ours.splitlines(keepends=True)
    rest: list[str] = []
    insertions = []
    for kind, start, _, first, last in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        lines = new[first:last]
        if kind == "insert":
            section = next((line for line in reversed(old[:start]) if _HEADING.match(line)), "")
            insertions.append((section, _trimmed(lines)))
        elif kind != "delete":
            rest += lines
    return "".join(rest), [(section, lines) for section, lines in insertions if lines]


def _trimmed(lines: list[str]) -> list[str]:
    text = "".join(lines).strip("\n")
    return [f"{line}\n" for line in text.split("\n")] if text.strip() else []


def _in_code(text: str, lines: list[str]) -> bool:
    before = text[: text.find("".join(lines).rstrip("\n"))]
    return len(re.findall(r"^```", before, re.MULTILINE)) % 2 == 1


def _with_paragraphs(text: str, section: str, paragraphs: list[str]) -> str:
    """Write paragraphs at the end of a section, which is made at the end if it is not there."""
    lines = text.splitlines(keepends=True)
    if section and section not in lines:
        heading = [] if _HEADING.match(paragraphs[0]) else [section, "\n"]
        return f"{text.rstrip()}\n\n{''.join([*heading, *paragraphs])}"
    start = lines.index(section) + 1 if section else 0
    following = (i for i in range(start, len(lines)) if _HEADING.match(lines[i]))
    end = next(following, len(lines))
    before, after = "".join(lines[:end]).rstrip(), "".join(lines[end:])
    return f"{before}\n\n{''.join(paragraphs)}" + (f"\n{after}" if after else "")
