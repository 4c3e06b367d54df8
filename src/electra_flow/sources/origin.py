"""Which project a deployment is of: a mark among its job variables, which another can be compared with.

Prefect keeps no room for it: tags go to each run, labels cannot be changed, variables are the team's.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from electra_flow.checks.needed import pyproject
from electra_flow.checks.toml_file import TomlError, table
from electra_flow.model.source import SourceError
from electra_flow.sources.git import run_git

VARIABLE = "ELECTRA_FLOW_PROJECT"  # of the environment of a deployment's runs


@dataclass(frozen=True)
class Origin:
    """Where a project is.

    Attributes:
        name: Its name in pyproject.toml, or else its folder's.
        repository: The address of its repository, «host/path»; None where it has none.
        place: Its place in the repository, with slashes; «.» if it is the whole of it.
        machine: The machine that it was deployed from.
        folder: Its folder there, with slashes.
        environment: «dev», «prod»…
    """

    name: str
    repository: str | None
    place: str
    machine: str
    folder: str
    environment: str

    @classmethod
    def of(cls, folder: Path, environment: str) -> Origin:
        """Return the origin of what is deployed from a folder.

        Args:
            folder: The project's folder, an absolute path.
            environment: «dev», «prod»…
        """
        place = _git(folder, "rev-parse", "--show-prefix").rstrip("/")
        return cls(
            name=_name(folder),
            repository=repository_of(folder),
            place=place or ".",
            machine=platform.node(),
            folder=folder.as_posix(),
            environment=environment,
        )

    def as_mark(self) -> str:
        """Return the text that a deployment bears."""
        text = json.dumps(asdict(self), separators=(",", ":"))
        # In job variables, two braces are the beginning of what Prefect replaces.
        return "{" + text[1:].replace("{", "\\u007b")

    def is_same_project(self, other: Origin) -> bool:
        """Tell whether another origin is the same project's, in this or another environment.

        A clone is the same project, on any machine; a copy at another place and a fork are not. What
        stands at the same place of a repository is the same under another name, too. Where one of
        both knows no repository, it is the machine, the folder and the name: folders such as «/app»
        are on many machines.
        """
        if self.repository and other.repository:
            return (self.repository, self.place) == (other.repository, other.place)
        return self.name == other.name and (
            (self.machine.casefold(), os.path.normcase(self.folder))
            == (other.machine.casefold(), os.path.normcase(other.folder))
        )

    def __str__(self) -> str:
        where = self.repository or f"{self.folder}, en {self.machine}"
        place = f", {self.place}" if self.repository and self.place != "." else ""
        return f"«{self.name}» ({where}{place})"


def read_mark(job_variables: Mapping[str, Any] | None) -> Origin | None:
    """Return the origin that the job variables of a deployment name; None if they name none."""
    env = table(dict(job_variables or {}), "env")
    try:
        mark = table(json.loads(str(env.get(VARIABLE))))
    except ValueError:
        return None
    values = {item.name: mark.get(item.name) for item in fields(Origin)}
    if not all(
        isinstance(value, str) or value is None and name == "repository"
        for name, value in values.items()
    ):
        return None
    return Origin(**values)  # type: ignore[arg-type]  # they are texts, as has been seen


def repository_of(folder: Path) -> str | None:
    """Return the address of the repository that a folder is in, as every clone of it has it.

    None where it is in none, or in one that is on this machine alone.
    """
    return address(_git(folder, "remote", "get-url", "origin"))


def address(url: str) -> str | None:
    """Return «host/path» of a Git address, be it https or ssh; None of a path on this machine."""
    url = url.replace("\\", "/")
    if short := re.fullmatch(r"(?:[^/@]*@)?([^/:@]{2,}):(?!//)(.*)", url):  # ssh, as git@host:path
        url = f"ssh://{short[1]}/{short[2]}"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    path = re.sub(r"/+", "/", parts.path).strip("/").removesuffix(".git").rstrip("/")
    return f"{host}/{path}".lower() if host and path else None


def _name(folder: Path) -> str:
    with suppress(TomlError):
        name = table(pyproject(folder), "project").get("name")
        if isinstance(name, str) and name:
            return name
    return folder.name


def _git(folder: Path, *arguments: str) -> str:
    """Return what Git says; nothing where it refuses, or is not there."""
    with suppress(SourceError):
        done = run_git(folder, *arguments)
        if done.returncode == 0:
            return done.stdout.strip("\n")
    return ""
