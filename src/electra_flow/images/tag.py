"""The tag of an image: the commit of the code in it, and what tells it from others of that commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from electra_flow.model.source import SourceError
from electra_flow.sources.fingerprint import code_of, parts_of
from electra_flow.sources.working_copy import WorkingCopy

_LETTERS = 8  # of the fingerprint


class Tag(NamedTuple):
    """What an image is called after.

    Attributes:
        text: The tag.
        commit: The commit, as a run tells it; empty if there is none.
    """

    text: str
    commit: str


def tag_of_folder(folder: Path) -> Tag:
    """Return the tag of a folder as it is now.

    Raises:
        SourceError: If its code cannot be read.
    """
    copy = WorkingCopy(folder, "", "")
    commit = copy.shown_commit
    top = folder.joinpath(*[".."] * len(Path(copy.prefix).parts)).resolve()
    parts = parts_of(folder)
    if (
        commit
        and all(part.is_relative_to(top) for part in parts)
        and not any(copy.changes(os.path.relpath(part, folder)) for part in parts)
    ):
        return Tag(commit, commit)
    code = code_of(folder)
    if not code:
        raise SourceError(f"No se pudo leer el código de {folder}, que da nombre a la imagen.")
    changes = f"cambios-{code[:_LETTERS]}"
    return Tag(f"{commit}-{changes}", f"{commit}, con cambios") if commit else Tag(changes, "")
