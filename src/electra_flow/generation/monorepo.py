"""A project that shares its repository: its conventions and its workflow run at the top."""

from __future__ import annotations

import os

from electra_flow.generation.pyproject import record_place, replace
from electra_flow.generation.voice import say


def settle(project: str, top: str) -> None:
    """Make the files of a project, as the template has them, those of one inside of `top`."""
    record_place(project, os.path.relpath(project, top).replace(os.sep, "/"))
    point_conventions_at_project(project, top)


def point_conventions_at_project(project: str, top: str) -> None:
    """Make the conventions and the workflow name the project, since both run in `top`."""
    inside = os.path.relpath(project, top).replace(os.sep, "/")
    pattern = "".join(c if c.isalnum() or c in "_/" else f"\\{c}" for c in inside)
    only = f"files: {_quoted(f'^{pattern}/')}  # en el repositorio hay más que este proyecto"
    argument = _quoted(_word(inside))[1:-1]  # the commands stand in double quotes already
    replace(
        os.path.join(project, ".pre-commit-config.yaml"),
        ("--project .", f"--project {argument}"),
        ("--directory .", f"--directory {argument}"),
        ("\nrepos:\n", f"\n{only}\nrepos:\n"),
    )
    workflow = f".github/workflows/{os.path.basename(project)}.yml"
    glob = "".join(f"\\{c}" if c in r"]*?+![\\" else c for c in inside)
    paths = f"    paths: [{_quoted(f'{glob}/**')}, {_quoted(workflow)}]\n"
    folder = f"defaults:\n  run:\n    working-directory: {_quoted(inside)}\n\n"
    replace(
        os.path.join(project, workflow),
        ("    branches: [main, master]\n", f"    branches: [main, master]\n{paths}"),
        ("  pull_request:\n", f"  pull_request:\n{paths}"),
        ("\njobs:\n", f"\n{folder}jobs:\n"),
    )
    say(f"Para la CI, mové {inside}/{workflow} a .github/workflows, en la raíz del repositorio.")


# By hand: json, re and shlex would cost the hook 5 ms.


def _quoted(value: str) -> str:
    """Return a string of YAML."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(value: str) -> str:
    """Return one word of a command, as shlex.quote does."""
    if all(c.isascii() and c.isalnum() or c in "@%+=:,./-_" for c in value):
        return value
    return "'" + value.replace("'", "'\"'\"'") + "'"
