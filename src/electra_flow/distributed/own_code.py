"""The project's own modules, which the workers of a shared cluster do not have.

They go with each task, by value. As files, those of two projects, or of two commits of one, would
meet in one process under one name (docs/decisions/dask.md).
"""

from __future__ import annotations

import json
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

import cloudpickle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
_OURS = "electra_flow"  # which the workers have, wherever it is installed from


class OwnCode:
    """What of the imported modules is no part of the environment, and goes with the tasks.

    Args:
        found_by_name: The workers have the same modules, all but the file of a flow whose name another
            module had already: Prefect gives that one a name of its own.
    """

    def __init__(self, *, found_by_name: bool = False) -> None:
        self._found_by_name = found_by_name
        self._looked_at = 0
        self._registered: list[ModuleType] = []
        self._from_folders = set(_installed_from_folders())

    def register(self) -> list[Path]:
        """Let cloudpickle take them by value; a flow may have imported more since the last time.

        Returns:
            The files of those that it had not seen yet.
        """
        if len(sys.modules) == self._looked_at:
            return []
        begun, self._looked_at = not self._looked_at, len(sys.modules)
        known = cloudpickle.list_registry_pickle_by_value()
        new = [
            module
            for name, module in list(sys.modules.items())
            # One that is there under another name, too, is registered under its own.
            if name not in known
            and getattr(module, "__name__", "") == name
            and self._is_own(module)
        ]
        for module in new:
            cloudpickle.register_pickle_by_value(module)
        self._registered += new
        main = sys.modules["__main__"]  # of a script, which goes by value in any case
        return [path for module in (*new, *[main] * begun) if is_own(path := _path(module))]

    def forget(self) -> None:
        """Let cloudpickle take them by name again."""
        for module in self._registered:
            cloudpickle.unregister_pickle_by_value(module)
        self._registered.clear()

    def _is_own(self, module: ModuleType) -> bool:
        if self._found_by_name:
            return module.__name__.startswith("__prefect_loader_")
        top = module.__name__.partition(".")[0]
        if top in {"__main__", _OURS}:
            return False
        return top in self._from_folders or is_own(_path(module))


def is_own(path: Path) -> bool:
    """Tell whether a module's file, or a package's folder, is of no environment."""
    return (
        path.suffix in {".py", ""}  # what is compiled does not go by value
        and path.is_absolute()
        and path != Path(path.anchor)
        and _OURS not in path.parts
        and _INSTALLED.isdisjoint(path.parts)
        and not any(path.is_relative_to(folder) for folder in _STANDARD)
    )


def _path(module: ModuleType) -> Path:
    """Return the module's file; of a folder without `__init__.py`, the folder; or the root."""
    paths = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return Path(next((str(path) for path in paths if path), "/"))


def _installed_from_folders() -> Iterator[str]:
    """Give the top-level modules of what was installed from a folder: the team's own (`comun/`).

    Their versions stay the same when their code changes, and so nobody would see that a worker has
    those of yesterday.
    """
    for distribution in distributions():
        direct = json.loads(distribution.read_text("direct_url.json") or "{}")
        if "dir_info" in direct:
            files = [file for file in distribution.files or () if file.suffix == ".py"]
            tops = {file.parts[0].removesuffix(".py") for file in files}
            yield from (top for top in tops if top.isidentifier() and top != _OURS)
