"""The project's folder, from what deploy.py gives: its own `__file__`, or a path."""

from __future__ import annotations

import os
from pathlib import Path

from electra_flow.model.source import SourceError


def folder_of(file: str | os.PathLike[str]) -> Path:
    """Return the folder of a file, or the folder itself.

    Raises:
        TypeError: If it is no path.
    """
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(f"file tiene que ser __file__ o la ruta de una carpeta, y es {file!r}")
    path = Path(file).resolve()
    return path.parent if path.is_file() else path


def require(folder: Path) -> None:
    """Raise SourceError if the folder is not there."""
    if not folder.is_dir():
        raise SourceError(
            f"No está la carpeta {folder}: en deploy.py, escribí __file__ o la ruta de la carpeta "
            "del proyecto."
        )
