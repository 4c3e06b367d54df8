"""What is taken from the template's library, which has it too: each has one implementation."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

TEMPLATE = Path(__file__).resolve().parent.parent


@functools.cache
def library_module(name: str) -> ModuleType:
    """Import one module of the template's library, by its dotted name, for itself alone.

    Not as a part of its package: cruft renders two versions of the template in one process.
    """
    path = TEMPLATE.joinpath("src", *name.split(".")).with_suffix(".py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
