"""A project that shares its repository: what is otherwise in a project than in one that is alone."""

from __future__ import annotations

import os

from electra_flow.generation.pyproject import record_place, replace
from electra_flow.generation.voice import say

HOOKS = "electra-flow hooks"  # what the root's own configuration calls
ONLY = "  # en el repositorio hay más que este proyecto"


def settle(project: str, top: str) -> None:
    """Make the files of a project, as the template has them, those of one inside of `top`.

    All that the place of a project changes in its files is done here, but for the library's path.
    """
    inside = os.path.relpath(project, top).replace(os.sep, "/")
    record_place(project, inside)
    replace(os.path.join(project, ".pre-commit-config.yaml"), *place(inside))
    above = os.path.relpath(top, project).replace(os.sep, "/")
    install = "uv run {}pre-commit install"
    readme = (install.format(""), install.format(f"--directory {above} "))
    replace(os.path.join(project, "README.md"), readme)
    # GitHub reads those of the root alone, which has one for all of its projects.
    workflows = os.path.join(project, ".github", "workflows")
    for name in os.listdir(workflows):
        os.remove(os.path.join(workflows, name))
    os.removedirs(workflows)  # and the folder above, since nothing else stands there


def place(inside: str) -> list[tuple[str, str]]:
    """Return the changes that make the template's conventions those of a folder of a repository.

    pre-commit runs them at the top of the repository.
    """
    pattern = "".join(c if c.isalnum() or c in "_/" else f"\\{c}" for c in inside)
    argument = quoted(_word(inside))[1:-1]  # the commands stand in double quotes already
    return [
        ("--project . ", f"--project {argument} "),
        ("--directory . ", f"--directory {argument} "),
        ("\nrepos:\n", f"\nfiles: {quoted(f'^{pattern}/')}{ONLY}\nrepos:\n"),
    ]


def say_what_the_root_lacks(top: str) -> None:
    """Say how the root gets what runs the conventions of its projects, unless it has it."""
    try:
        with open(os.path.join(top, ".pre-commit-config.yaml"), encoding="utf-8") as file:
            if HOOKS in file.read():
                return
    except (OSError, ValueError):
        pass
    say(
        "Para que cada commit y la CI revisen los proyectos del repositorio, una vez: uv run "
        "electra-flow repository"
    )


# By hand: json, re and shlex would cost the hook 5 ms.


def quoted(value: str) -> str:
    """Return a string of YAML."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(value: str) -> str:
    """Return one word of a command, as shlex.quote does."""
    if all(c.isascii() and c.isalnum() or c in "@%+=:,./-_" for c in value):
        return value
    return "'" + value.replace("'", "'\"'\"'") + "'"
