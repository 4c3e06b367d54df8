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


class OwnCode:
    """What of the imported modules is no part of the environment, and goes with the tasks."""

    def __init__(self) -> None:
        self._looked_at = 0
        self._registered: list[ModuleType] = []
        self._from_folders = set(_installed_from_folders())

    def register(self) -> None:
        """Let cloudpickle take them by value; a flow may have imported more since the last time."""
        if len(sys.modules) == self._looked_at:
            return
        self._looked_at = len(sys.modules)
        known = cloudpickle.list_registry_pickle_by_value()
        for name, module in list(sys.modules.items()):
            if name not in known and module is not None and self._is_own(name, module):
                cloudpickle.register_pickle_by_value(module)
                self._registered.append(module)

    def forget(self) -> None:
        """Let cloudpickle take them by name again."""
        for module in self._registered:
            cloudpickle.unregister_pickle_by_value(module)
        self._registered.clear()

    def _is_own(self, name: str, module: ModuleType) -> bool:
        top = name.partition(".")[0]
        # A module under another name than its own (`__mp_main__`, an alias) cannot be registered.
        if top in {"__main__", "electra_flow"} or getattr(module, "__name__", "") != name:
            return False
        if top in self._from_folders:
            return True
        paths = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        path = Path(next((str(path) for path in paths if path), "/"))
        if path.suffix not in {".py", ""} or not path.is_absolute() or path == Path(path.anchor):
            return False
        return _INSTALLED.isdisjoint(path.parts) and not any(
            path.is_relative_to(folder) for folder in _STANDARD
        )


def _installed_from_folders() -> Iterator[str]:
    """Give the top-level modules of what was installed from a folder: the team's own (`comun/`).

    Their versions stay the same when their code changes, and so nobody would see that a worker has
    those of yesterday.
    """
    for distribution in distributions():
        direct = json.loads(distribution.read_text("direct_url.json") or "{}")
        if "dir_info" in direct and distribution.name != "electra-flow":
            files = distribution.files or ()
            tops = {file.parts[0].removesuffix(".py") for file in files if file.suffix == ".py"}
            yield from (top for top in tops if top.isidentifier())
