"""What identifies the code of a project: the content of all that it is made of, as Git has it.

That is its own files that Git does not ignore, with those in no commit yet, those of the folders that it
depends on, the library's wheel and the lock. Git knows the content of what did not change, so that one
look at a repository, three processes of Git, is enough for all of its projects. The ends of lines are
as Git keeps them: the same on each system.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from electra_flow.checks.library import path_of_wheel
from electra_flow.checks.needed import absolute, needed_folders, pyproject
from electra_flow.checks.toml_file import TomlError
from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.model.source import SourceError
from electra_flow.sources.git import reason, run_git

CODE = "ELECTRA_FLOW_CODE"  # the variable of a deployment's runs that holds it
_LETTERS = 32
_NOT_CODE = {"__pycache__", "build", "dist", "node_modules", "venv"}  # where no Git says so


def code_of(folder: Path) -> str:
    """Return the fingerprint of one project; an empty text if it cannot be known."""
    try:
        top = run_git(folder, "rev-parse", "--show-toplevel")
        place = folder if top.returncode else Path(top.stdout.rstrip("\n"))
        return codes_of(place, {folder: parts_of(folder)})[folder]
    except (SourceError, OSError):
        return ""


def parts_of(folder: Path) -> set[Path]:
    """Return the files and folders that a project is made of, absolute paths."""
    wheel = path_of_wheel(folder)
    parts = {folder} | ({absolute(folder, wheel)} if wheel else set())
    if root := workspace_above(str(folder)):
        parts |= {Path(root, "uv.lock"), Path(root, "pyproject.toml")}
    try:
        return parts | needed_folders(folder, pyproject(folder))
    except TomlError:  # whoever runs it is told
        return parts


def files_of(folder: Path) -> list[Path]:
    """Return the files that a project is made of, absolute paths.

    Raises:
        SourceError: If Git is there and cannot say what there is.
        OSError: If a file cannot be read.
    """
    parts = sorted(parts_of(folder))
    top = run_git(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        return sorted(_walked(parts))
    place = Path(top.stdout.rstrip("\n"))
    return sorted(_of_git(place, parts) | _outside(place, parts))


def codes_of(top: Path, projects: Mapping[Path, Collection[Path]]) -> dict[Path, str]:
    """Return the fingerprints of projects of one repository.

    Args:
        top: The top of the repository, or the folder of what is in none.
        projects: What each project is made of (`parts_of`), by its folder.

    Raises:
        SourceError: If Git is there and cannot say what there is.
        OSError: If a file cannot be read.
    """
    parts = sorted({part for own in projects.values() for part in own})
    known = _of_git(top, parts if len(projects) == 1 else ()) if (top / ".git").exists() else None
    owners: dict[Path, list[Path]] = {}
    for folder, own in projects.items():
        for part in own:
            owners.setdefault(part, []).append(folder)
    found: dict[Path, dict[str, str]] = {folder: {} for folder in projects}
    for file, content in (
        _walked(parts) if known is None else known | _outside(top, parts)
    ).items():
        name = Path(os.path.relpath(file, top)).as_posix()
        for part in (file, *file.parents):
            for folder in owners.get(part, ()):
                found[folder][name] = content
    return {folder: _digest(files) for folder, files in found.items()}


def _digest(files: Mapping[str, str]) -> str:
    text = "\n".join(f"{name}\0{content}" for name, content in sorted(files.items()))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_LETTERS]


def _of_git(top: Path, parts: Collection[Path]) -> dict[Path, str]:
    """Return the files below some paths, or of the whole repository, and Git's name of their content."""
    inside = [part.relative_to(top).as_posix() for part in parts if part.is_relative_to(top)]
    where = (
        ["--", *(f":(literal){name}" for name in inside if name != ".")]
        if "." not in inside
        else []
    )
    found: dict[str, str] = {}
    for entry in _lines(top, "ls-files", "--stage", "-z", *where):
        mode_and_content, _, name = entry.partition("\t")
        found[name] = mode_and_content.split(" ")[1]
    status = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    # Without the locks that Git takes to remember what it saw: others may be at work.
    changed = [line[3:] for line in _lines(top, "--no-optional-locks", *status, *where)]
    for name in changed:
        found.pop(name, None)
    there = [name for name in changed if (top / name).is_file()]
    if there:
        done = run_git(top, "hash-object", "--stdin-paths", given="\n".join(there))
        if done.returncode:
            raise SourceError(f"Git no pudo leer {top}: {reason(done)}")
        found |= dict(zip(there, done.stdout.split(), strict=True))
    return {top / name: content for name, content in found.items()}


def _lines(top: Path, *command: str) -> list[str]:
    done = run_git(top, *command)
    if done.returncode:
        raise SourceError(f"Git no pudo leer {top}: {reason(done)}")
    return done.stdout.split("\0")[:-1]


def _outside(top: Path, parts: Collection[Path]) -> dict[Path, str]:
    """Return the same of what stands outside of the repository."""
    return _walked(part for part in parts if not part.is_relative_to(top))


def _walked(parts: Collection[Path] | Iterator[Path]) -> dict[Path, str]:
    """Return the same where there is no Git to ask."""
    return {file: _content(file) for part in parts for file in _files(part)}


def _files(part: Path) -> Iterator[Path]:
    if part.is_file():
        yield part
    for folder, folders, files in os.walk(part):
        folders[:] = [
            name for name in folders if not name.startswith(".") and name not in _NOT_CODE
        ]
        yield from (Path(folder, name) for name in files)


def _content(file: Path) -> str:
    """Return Git's name of a file's content."""
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
