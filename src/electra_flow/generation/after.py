"""After the files are written: the check of the server, the library, the lock, the first commit."""

from __future__ import annotations

import os

from electra_flow.generation.next_steps import needed_on_server, next_steps
from electra_flow.generation.voice import say, speak_any_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from electra_flow.generation.wheel import Wheel


def finish(answers: Mapping[str, Any]) -> int:
    """Finish the project that was generated into the working directory.

    Args:
        answers: The answers by question, with `template`, the template's folder, and `library`, the
            table `project` of its pyproject.toml, or None if no wheel is to be made of it.

    Returns:
        The exit code. 1 makes cookiecutter delete the project: something is missing on the server
        and the check is strict, or the library cannot be put into the repository.
    """
    speak_any_language()
    project = os.getcwd()
    if answers["server_check"] != "skip":
        from electra_flow.generation.server import server_has_all

        strict = answers["server_check"] == "strict"
        if not server_has_all(project, **needed_on_server(answers), strict=strict):
            say("No se generó nada (server_check=strict).")
            return 1
    from electra_flow.generation.vendor import CannotPutError, repository_above
    from electra_flow.generation.wheel import Wheel

    repository = repository_above(project)
    if answers["library"]:
        try:
            _bring(Wheel(answers["template"], answers["library"]), project, repository)
        except CannotPutError as problem:
            say(str(problem))
            return 1
    from electra_flow.checks.uv_workspace import workspace_above
    from electra_flow.generation.processes import first_commit, lock_dependencies

    if workspace := workspace_above(
        project
    ):  # its lock is for all of its members: not ours to change
        say(
            f"El proyecto es parte del workspace de uv de {workspace}: sus dependencias van en el "
            "uv.lock de ahí, que «uv lock» completa, y que va en el mismo commit."
        )
    else:
        lock_dependencies()
    if repository is None:
        first_commit()
    elif repository != project:
        from electra_flow.generation.monorepo import say_what_the_root_lacks, settle

        settle(project, repository)
        say_what_the_root_lacks(repository)
    say(*next_steps(answers))
    return 0


def _bring(wheel: Wheel, project: str, repository: str | None) -> None:
    """Put the library at the top of the repository, and make the project depend on it.

    Raises:
        CannotPutError: It cannot be put there; nothing was changed.
    """
    from electra_flow.generation.pyproject import name_wheel
    from electra_flow.generation.vendor import FOLDER, put

    top = repository or project
    done = put(wheel, top)
    path = os.path.join(top, FOLDER, wheel.name)
    relative = os.path.relpath(path, project).replace(os.sep, "/")
    name_wheel(project, wheel.version, relative)
    if done == "mended":
        say(f"{FOLDER}/{wheel.name} estaba dañado: quedó de nuevo como tiene que ser.")
    elif done and top != project:
        say(
            f"La biblioteca de los flujos quedó en {FOLDER}/{wheel.name}, en la raíz del "
            "repositorio: va en el mismo commit que el proyecto."
        )
        from electra_flow.generation.processes import git_ignores

        if git_ignores(path):
            say(f"Git ignora ese archivo: agregá «!/{FOLDER}/*.whl» al .gitignore de la raíz.")
