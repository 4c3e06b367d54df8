"""What is said of a project that was made thin, in Spanish."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from electra_flow.generation.vendor import FOLDER
from electra_flow.generation.voice import say
from electra_flow.generation.wheel import Wheel
from migrations.plan import DEPLOY, Plan

_TESTS = ("uv sync", "uv run pytest")
_CHECK = "uv run deploy.py --check"


def tell(
    plan: Plan, folder: Path, top: Path, wheel: Wheel, *, put: bool, problems: Sequence[str]
) -> None:
    """Say what was done, what is left to decide, and what comes next.

    Args:
        plan: What was written.
        folder: The project's folder.
        top: The top of its repository.
        wheel: The library.
        put: Whether the library was not there before.
        problems: What else is left to do, a line each.
    """
    where = "" if top == folder else f", en la raíz del repositorio ({top})"
    say(
        f"{folder.name} usa ahora la biblioteca electra-flow {wheel.version}.",
        f"  En la biblioteca, y ya no en el proyecto: {_listed(plan.gone)}.",
        f"  Cambiaron: {', '.join(plan.rewritten)}.",
        f"  La biblioteca {'quedó' if put else 'ya estaba'} en {FOLDER}/{wheel.name}{where}.",
    )
    if decisions := [*plan.decisions, *problems]:
        say("Para decidir:", *(f"  - {line}" for line in decisions))
    vendor = os.path.relpath(top / FOLDER, folder).replace(os.sep, "/")
    everything = "." if top == folder else f". {vendor}"
    commit = (f"git add {everything}", 'git commit -m "Biblioteca electra-flow"')
    # What runs from a repository is checked there, with its library.
    from_git = "GitSource(" in (plan.writes.get(folder / DEPLOY) or "")
    commands = (*commit, "git push", _CHECK) if from_git else (_CHECK, *commit)
    say(
        "Ahora, en el proyecto, revisá con «git diff» y seguí con:",
        *(f"  {command}" for command in (*_TESTS, *commands)),
        f"Para deshacerlo, antes de «git add»: «git restore .» y «git clean -fd {everything}».",
    )


def _listed(gone: list[str]) -> str:
    """Name files, those of a folder that goes as a whole by the folder."""
    folders = ("conventions/", "deployment/")
    names = [name for name in folders if any(file.startswith(name) for file in gone)]
    return ", ".join([*names, *(file for file in gone if not file.startswith(folders))])
