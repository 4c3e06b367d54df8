"""The root of a repository: a small uv project of its own, and what runs the hooks of all projects.

It names no project, and so is the same for one and for two hundred. What is there already is never
written over: what it lacks is said.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from electra_flow.checks.library import NAME, requirements
from electra_flow.checks.toml_file import TomlError, parse, read_text, table
from electra_flow.generation.monorepo import HOOKS
from electra_flow.generation.vendor import repository_above
from electra_flow.repository.hooks import CONVENTIONS
from electra_flow.repository.placed import placed
from electra_flow.repository.projects import find_projects

_TEXTS = Path(__file__).with_name("root_files")
_WORKFLOW = ".github/workflows/flujos.yml"
_TOOLS = "bc-detect-secrets pre-commit pre-commit-hooks"
# prek would run the hooks of each project itself, at its folder, where pre-commit does at the top.
_LINES = {
    ".prekignore": ["*/"],
    ".gitignore": [".venv/", "__pycache__/"],
    ".gitattributes": ["* text=auto eol=lf", "*.whl binary"],
}


class RootError(Exception):
    """Why the root cannot be made, in one line of Spanish. Nothing was changed."""


@dataclass
class Root:
    """What became of the root.

    Attributes:
        told: What was done, in lines of Spanish.
        left: What is left to be done by hand.
    """

    told: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def make_root(folder: Path) -> Root:
    """Write what the root lacks, lock it, and make the hooks of moved projects name their place.

    Args:
        folder: A project of the repository, whose library the root gets, or the root itself.

    Raises:
        RootError: If there is no repository with room for several projects, or no project here, or
            if something cannot be written.
    """
    top = _top(folder)
    settings = _settings(folder)
    if NAME not in requirements(settings):
        raise RootError(
            f"{folder} no es un proyecto de flujos: se ejecuta en la carpeta de uno del repositorio."
        )
    root = Root()
    files = _new_files(top, folder, settings, root)
    _write(top, files)
    if files:
        root.told.append(f"En la raíz del repositorio ({top}): {', '.join(sorted(files))}.")
    _lock(top, root)
    _place_projects(top, root)
    if files and not root.left:
        root.told += [
            "Va todo en un commit. En cada clon, una vez, en la raíz: uv run pre-commit install",
        ]
    elif not root.told and not root.left:
        root.told.append(f"En la raíz del repositorio ({top}) ya está todo.")
    return root


def is_ours(pyproject: str) -> bool:
    """Tell whether the pyproject.toml of a root is the one that is written here."""
    return pyproject.startswith(_content("pyproject.txt").partition("\n")[0])


def _top(folder: Path) -> Path:
    above = repository_above(str(folder))
    if above is None:
        raise RootError(
            f"{folder} no está en un repositorio de Git: creá uno con «git init» en la carpeta que "
            "tiene a todos los proyectos."
        )
    if (Path(above) / "deploy.py").is_file() and Path(above) == folder:
        raise RootError(
            "Este proyecto es todo su repositorio: sus hooks y su workflow ya están en él."
        )
    return Path(above)


def _settings(folder: Path) -> dict[str, Any]:
    try:
        text = read_text(str(folder / "pyproject.toml"), "pyproject.toml")
        return parse(text or "", "pyproject.toml")
    except TomlError as problem:
        raise RootError(f"{problem}.") from None


def _new_files(top: Path, folder: Path, settings: Mapping[str, Any], root: Root) -> dict[str, str]:
    """Return the texts of the files to be written; what has to be added to others is left."""
    files: dict[str, str] = {}
    there = _text(top, "pyproject.toml")
    if there is None:
        files["pyproject.toml"] = _pyproject(top, folder, settings)
    elif NAME not in there:
        wheel = _wheel(folder, settings)
        what = _relative(wheel, top) if wheel else f'"{requirements(settings)[NAME]}"'
        root.left.append(
            "pyproject.toml ya estaba en la raíz, y le falta lo que revisa a los proyectos; ahí: "
            f"uv add --dev {what} {_TOOLS}"
        )
    hooks = _content("pre-commit-config.yaml")
    there = _text(top, CONVENTIONS)
    if there is None:
        files[CONVENTIONS] = hooks
    elif HOOKS not in there:
        ours = hooks.partition("\nrepos:\n")[2]
        root.left.append(
            f"{CONVENTIONS} ya estaba en la raíz: agregale esto al final de repos, y antes de repos "
            f"«default_install_hook_types: [pre-commit, pre-push]»:\n{ours.rstrip()}"
        )
    there = _text(top, _WORKFLOW)
    if there is None:
        files[_WORKFLOW] = _content("flujos.yml")
    elif HOOKS not in there:
        root.left.append(
            f"{_WORKFLOW} ya estaba y es de otra cosa: cambiale el nombre y volvé a ejecutar esto."
        )
    for name, lines in _LINES.items():
        there = _text(top, name)
        own = (
            lines[-1:] if there and name == ".gitattributes" else lines
        )  # theirs are for their files
        missing = [line for line in own if line not in (there or "").splitlines()]
        if missing:
            files[name] = _ended(there or "") + "\n".join([*missing, ""])
    return files


def _pyproject(top: Path, folder: Path, settings: Mapping[str, Any]) -> str:
    """Return a pyproject.toml that depends on the library as a project does, without extras."""
    asked = requirements(settings)[NAME]
    library = re.sub(r"^([\w.-]+)\[.*?\]", r"\1", asked)
    text = _content("pyproject.txt").replace("@LIBRARY@", '"' + library.replace('"', "'") + '"')
    wheel = _wheel(folder, settings)
    if wheel:
        text += f'\n[tool.uv.sources]\n{NAME} = {{ path = "{_relative(wheel, top)}" }}\n'
    return text


def _wheel(folder: Path, settings: Mapping[str, Any]) -> Path | None:
    """Return what `tool.uv.sources` names as the library: a wheel, or a folder."""
    path = table(settings, "tool", "uv", "sources", NAME).get("path")
    return folder / path if isinstance(path, str) else None


def _relative(path: Path, top: Path) -> str:
    return Path(os.path.relpath(path, top)).as_posix()


def _text(top: Path, name: str) -> str | None:
    try:
        return read_text(str(top / name), name)
    except TomlError as problem:
        raise RootError(f"{problem}.") from None


def _content(name: str) -> str:
    return (_TEXTS / name).read_text(encoding="utf-8")


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _write(top: Path, files: Mapping[str, str]) -> None:
    """Write files, all of them or none."""
    before = {top / name: _text(top, name) for name in files}
    try:
        for name, text in files.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        for path, old in before.items():
            with suppress(OSError):
                if old is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_text(old, encoding="utf-8", newline="\n")
        raise RootError(f"No se pudo escribir {name}, en {top}: {error.strerror}.") from None


def _lock(top: Path, root: Root) -> None:
    """Lock the root's own project; the lock of another one, such as a workspace, is not ours."""
    ours = _text(top, "pyproject.toml")
    if ours is None or not is_ours(ours):
        return
    if _uv(top, "lock", "--check")[0] == 0:
        return
    code, said = _uv(top, "lock")
    if code:
        root.left.append(f"uv no pudo escribir el uv.lock de la raíz; ahí: uv lock. Dijo: {said}")
    else:
        root.told.append("uv.lock de la raíz: al día.")


def _uv(top: Path, *arguments: str) -> tuple[int, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("VIRTUAL_ENV")}
    try:
        done = subprocess.run(
            [os.environ.get("UV", "uv"), *arguments, "--quiet", "--project", str(top)],
            cwd=top,
            env=own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError:
        return 1, "no está uv (https://docs.astral.sh/uv/)."
    return done.returncode, " ".join(done.stderr.split())


def _place_projects(top: Path, root: Root) -> None:
    """Make the hooks of projects that were moved name their place."""
    for project in find_projects(top):
        path = project.folder / CONVENTIONS
        try:
            text = path.read_text("utf-8")
            right = placed(text, project.place)
            if right != text:
                path.write_text(right, encoding="utf-8", newline="\n")
                root.told.append(f"{project.place}/{CONVENTIONS}: nombra ahora esta carpeta.")
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            root.left.append(f"{project.place}/{CONVENTIONS} no se puede leer o escribir.")
