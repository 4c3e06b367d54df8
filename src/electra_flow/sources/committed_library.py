"""The library's wheel in the commit: without it, no run from the repository can be installed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PureWindowsPath

from electra_flow.checks.finding import Finding, error
from electra_flow.checks.library import path_of_wheel
from electra_flow.sources.working_copy import WorkingCopy


def check_library_in_commit(copy: WorkingCopy) -> Iterator[Finding]:
    """Check that the wheel that pyproject.toml names is in the commit, as it is here.

    It stands outside of the project's folder, at the top of the repository, which its other projects
    share; there, `git status .` does not look.
    """
    file = path_of_wheel(copy.folder)
    if file is None:  # it comes from an index or another repository, or check_library tells why not
        return
    place = posixpath.normpath(copy.prefix + file)
    if PureWindowsPath(file).anchor or place.startswith("../"):
        yield error(
            f"{file}, que trae electra-flow, está fuera del repositorio de Git, y un worker no lo "
            "baja: copialo a la carpeta vendor del repositorio, escribí esa ruta, relativa a esta "
            "carpeta, en tool.uv.sources de pyproject.toml y ejecutá «uv sync»."
        )
        return
    yield from copy.check_same(file, place)
