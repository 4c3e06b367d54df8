"""All of a plan is written, or none of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from electra_flow.generation.vendor import FOLDER, CannotPutError, put
from electra_flow.generation.wheel import Wheel
from electra_flow.upgrading.changes import Changes
from migrations.problem import CannotThinError


def write_all(writes: Mapping[Path, str | None], wheel: Wheel, top: Path) -> bool:
    """Put the library into a repository, and write files; None takes one away.

    Returns:
        Whether the library was not there yet.

    Raises:
        CannotThinError: Something cannot be written; everything is as it was.
    """
    changes = Changes()
    try:
        changes.keep(top / FOLDER / wheel.name)
        done = put(wheel, str(top))
        for path, text in writes.items():
            changes.write(path, None if text is None else text.encode())
    except CannotPutError as problem:
        raise CannotThinError(str(problem)) from None
    except BaseException as error:
        changes.undo()
        if not isinstance(error, OSError):
            raise
        raise CannotThinError(
            f"No se puede escribir {error.filename} ({error.strerror}): quedó todo como estaba; "
            "cerrá lo que lo tenga abierto y volvé a empezar."
        ) from None
    return bool(done)
