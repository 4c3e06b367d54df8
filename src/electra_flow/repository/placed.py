"""The place of a project in its repository, which its conventions name: pre-commit runs at the top."""

from __future__ import annotations

import re

from electra_flow.generation.monorepo import ONLY, place

# One word of a command that stands in double quotes in YAML, as `place` writes it.
_WORD = r"""(?:'[^']*'|\\"[^"]*\\"|[^\s'"\\])+"""


def placed(conventions: str, inside: str) -> str:
    """Return a .pre-commit-config.yaml that names a project's place, whichever it named before.

    What the author wrote stays, also which files it is for.

    Args:
        conventions: The text of the file.
        inside: The project's folder, relative to the repository's, with slashes; «.» if it is that.
    """
    text = re.sub(rf"(--project|--directory) {_WORD} ", r"\1 . ", conventions)
    text = re.sub(rf"^files: .*{re.escape(ONLY)}\n", "", text, flags=re.M)
    if inside == ".":
        return text
    of_its_author = re.search(r"^files:", text, re.M)
    for old, new in place(inside):
        if not (of_its_author and old == "\nrepos:\n"):
            text = text.replace(old, new, 1 if old == "\nrepos:\n" else -1)
    return text
