"""What a project shares with others, in the commit: the folders that it depends on by their path."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from electra_flow.checks.finding import Finding, error
from electra_flow.checks.needed import needed_folders, pyproject
from electra_flow.checks.toml_file import TomlError
from electra_flow.sources.working_copy import WorkingCopy


def check_needed_in_commit(copy: WorkingCopy) -> Iterator[Finding]:
    """Check that what a project depends on by path is in the commit, as it is here.

    A worker fetches all of the repository, and nothing else. It stands outside of the project's
    folder, where `git status .` does not look.
    """
    try:
        folders = needed_folders(copy.folder, pyproject(copy.folder))
    except TomlError:  # check_library tells it
        return
    for folder in sorted(folders):
        try:
            path = Path(os.path.relpath(folder, copy.folder)).as_posix()
        except ValueError:  # on another drive
            path = folder.as_posix()
        place = posixpath.normpath(copy.prefix + path)
        if PureWindowsPath(path).anchor or place.startswith("../"):
            yield error(
                f"{path}, de tool.uv.sources, está fuera del repositorio de Git, y un worker no lo "
                "baja: llevalo adentro, cambiá la ruta en pyproject.toml y ejecutá «uv lock»."
            )
        elif changes := copy.changes(path):
            yield error(f"{path} tiene cambios sin commit ({changes}): {copy.add(path)}.")
        else:
            yield from copy.check_same(f"{path}/pyproject.toml", f"{place}/pyproject.toml")
