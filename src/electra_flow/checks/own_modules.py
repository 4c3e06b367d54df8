"""The modules of a project itself; those beside a flow are its own: another may have the same names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def forgotten_modules() -> Iterator[None]:
    """Forget at the end which modules were imported from the folders that were added meanwhile.

    A run imports one flow. Where several are imported in one process, Prefect leaves the folder of each
    in `sys.path`, and its modules loaded: `src/cierre/main.py` would get the `ayuda` of `src/ventas`.
    """
    path, loaded = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        added = [Path(entry) for entry in {*sys.path} - {*path, "", str(Path.cwd())}]
        sys.path[:] = path
        for name in [name for name in sys.modules if name not in loaded]:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if any(Path(file).is_relative_to(folder) for folder in added):
                del sys.modules[name]


def own_modules(folder: Path) -> dict[str, Path]:
    """Return the modules that were imported from a project's folder, without those of its `.venv`."""
    files = {
        name: Path(getattr(module, "__file__", None) or "/")
        for name, module in list(sys.modules.items())
    }
    return {
        name: file
        for name, file in files.items()
        if file.is_relative_to(folder) and not file.is_relative_to(sys.prefix)
    }
