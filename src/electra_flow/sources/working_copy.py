"""This folder's commit: whether it is what is seen here, and whether it is published."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from electra_flow.checks.finding import Finding, error, ok, warning
from electra_flow.model.source import SourceError
from electra_flow.sources.git import NO_LFS, Done, reason, run_git

_SHORT = 12  # letters of a commit that are shown


class WorkingCopy:
    """A project's folder in a clone of its repository."""

    def __init__(self, folder: Path, url: str, branch: str) -> None:
        """Name it; Git is asked when something is wanted.

        Args:
            folder: The project's folder.
            url: The repository's address, without credentials.
            branch: The branch where the commit has to be.
        """
        self.folder = folder
        self._url = url
        self._branch = branch
        self._where = f"la rama {branch} de {url}"

    @cached_property
    def prefix(self) -> str:
        """The project's place in its repository: «» or «dev/MI_FLUJO/»."""
        return self._git("rev-parse", "--show-prefix").stdout.rstrip("\n")

    @cached_property
    def commit(self) -> str:
        """The commit of this folder; empty if there is none."""
        return self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}").stdout.strip()

    @property
    def shown_commit(self) -> str:
        """The commit as it is shown."""
        return self.commit[:_SHORT]

    @cached_property
    def push(self) -> str:
        """What pushes what is here; one command at a time, since PowerShell 5 knows no &&."""
        if not self._git("remote").stdout:
            return f"«git remote add origin {self._url}» y «git push origin HEAD:{self._branch}»"
        return f"«git push {self._remote_name} HEAD:{self._branch}»"

    def check(self, files: Collection[str]) -> Iterator[Finding]:
        """Check that what is seen in this folder is what is in the commit.

        Args:
            files: Paths that have to be in the commit, relative to the project's folder.

        Raises:
            SourceError: If there is no commit to compare with, or there are changes.
        """
        self._require_commit()
        self._require_no_changes()
        for file in files:
            if not self._has(f"{self.prefix}{file}"):
                lock = file == "uv.lock" and not (self.folder / file).exists()
                yield error(
                    f"{file} no está en el commit: {'«uv lock», ' if lock else ''}{self.add(file)}."
                )
        yield from self._check_left_out()

    def add(self, file: str) -> str:
        """Return the commands that bring a file to the repository, also one that Git ignores."""
        return f"«git add --force {_quoted(file)}», «git commit» y {self.push}"

    def changes(self, place: str) -> str:
        """Return which files differ from the commit, in words; empty if none do.

        Args:
            place: A folder, relative to the project's.
        """
        status = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
        changes = self._git(*status, "--", place).stdout.split("\0")[:-1]
        files = [change[3:].removeprefix(self.prefix) for change in changes]  # after two letters
        more = f" y {len(files) - 3} más" if len(files) > 3 else ""
        return ", ".join(files[:3]) + more

    def knows(self, commit: str) -> bool:
        """Tell whether a commit is in this clone."""
        return self._git("cat-file", "-e", f"{commit}^{{commit}}").returncode == 0

    def check_published(self, tip: str, *, follows_branch: bool) -> Iterator[Finding]:
        """Check that the commit is in the branch and, where runs follow it, that nothing is newer.

        Args:
            tip: The branch's last commit, which is in this clone.
            follows_branch: Whether each run takes what the branch then has.
        """
        where = self._where
        if self._git("merge-base", "--is-ancestor", self.commit, tip).returncode:
            yield error(f"El commit {self.shown_commit} no está en {where}: {self.push}.")
            return
        newer = self._git("diff", "--quiet", self.commit, tip, "--", ".").returncode != 0
        if newer and follows_branch:
            yield error(
                f"En {where} hay cambios de este proyecto que no están acá, y en dev corre lo "
                f"último de la rama: «git pull {self._remote_name} {self._branch}»."
            )
            return
        yield ok(f"Commit {self.shown_commit}, en {where}.")
        if newer:
            yield warning(f"En {where} hay cambios más nuevos de este proyecto.")

    def export(self, folder: Path, parts: Collection[Path] = ()) -> None:
        """Write files into a folder, at their places, as a clone of the commit has them.

        Args:
            folder: The folder.
            parts: Which files and folders of the repository, absolute paths; by default, the project.

        Raises:
            SourceError: If there is no commit, or Git cannot write it.
        """
        if not self.commit:
            raise SourceError("No hay ningún commit.")
        with tempfile.TemporaryDirectory() as index:
            env = NO_LFS | {"GIT_INDEX_FILE": str(Path(index, "index"))}

            def git(*arguments: str, given: str = "") -> str:
                done = self._git(*arguments, env=env, given=given)
                if done.returncode:
                    raise SourceError(f"Git no pudo copiar el commit. Dijo: {reason(done)}")
                return done.stdout

            git("read-tree", self.commit)
            checkout = ("checkout-index", f"--prefix={folder.as_posix()}/")
            if not parts:
                git(*checkout, "--all")  # of this folder
                return
            places = (f":(literal){os.path.relpath(part, self.folder)}" for part in parts)
            git(*checkout, "-z", "--stdin", given=git("ls-files", "-z", "--", *places))

    def check_same(self, file: str, place: str) -> Iterator[Finding]:
        """Check that a file is in the commit, byte by byte as it is here.

        Args:
            file: The file, relative to the project's folder.
            place: The same, relative to the repository's.
        """
        if not self._has(place):
            yield error(f"{file} no está en el commit: {self.add(file)}.")
            return
        here = self._git("hash-object", "--no-filters", "--", file)
        there = self._git("rev-parse", f"{self.commit}:{place}")
        if (
            here.returncode or here.stdout == there.stdout
        ):  # one that is not here, the library tells
            return
        if self._git("diff", "--quiet", self.commit, "--", file).returncode:
            yield error(f"{file} no está en el commit como está acá: {self.add(file)}.")
        else:
            yield error(
                f"{file} queda distinto en el commit, por un .gitattributes (Git LFS o fines de "
                "línea): agregale la línea «*.whl -filter -text», «git add --renormalize "
                f"{_quoted(file)}», «git add --all», «git commit» y {self.push}."
            )

    # --- What check asks for ----------------------------------------------------------------------

    def _require_commit(self) -> None:
        inside = self._git("rev-parse", "--is-inside-work-tree")
        if inside.returncode and "not a git repository" in inside.stderr:
            raise SourceError(
                "El proyecto no está en un repositorio de Git: movelo a tu clon de "
                f"{self._url}, o creá uno con «git init»."
            )
        if inside.returncode:
            raise SourceError(f"Git no puede leer esta carpeta: {reason(inside)}")
        if not self.commit:
            raise SourceError(f"No hay ningún commit: «git add .», «git commit» y {self.push}.")

    def _require_no_changes(self) -> None:
        changes = self.changes(".")
        if changes:
            raise SourceError(
                f"Hay cambios sin commit ({changes}): «git add .», «git commit» y {self.push}."
            )

    def _check_left_out(self) -> Iterator[Finding]:
        """Warn of what is seen in this folder and is not fetched by a worker."""
        submodules: list[str] = []
        files: list[str] = []
        for entry in self._git("ls-files", "--stage", "-z").stdout.split("\0")[:-1]:
            mode_and_hash, _, file = entry.partition("\t")
            (submodules if mode_and_hash.startswith("160000") else files).append(file)
        # The pathspec `:(attr:filter=lfs)` of `ls-files` overlooks a .gitattributes that is not at
        # the repository's top (Git 2.39).
        said = self._git("check-attr", "-z", "--stdin", "filter", given="\0".join(files)).stdout
        answers = said.split("\0")[:-1]  # file, attribute, value
        lfs = [
            file for file, value in zip(answers[::3], answers[2::3], strict=True) if value == "lfs"
        ]
        for what, left_out in (("un submódulo", submodules), ("en Git LFS", lfs)):
            for file in left_out[:3]:
                yield warning(f"{file} está {what}, que el worker no baja: no lo va a tener.")

    @cached_property
    def _remote_name(self) -> str:
        """What this clone calls the repository, or its address: it may have others, as of a fork."""
        for line in self._git("remote", "--verbose").stdout.splitlines():
            name, _, url = line.partition("\t")
            if _owner_and_name(url.partition(" ")[0]) == _owner_and_name(self._url):
                return name
        return self._url

    def _has(self, place: str) -> bool:
        """Tell whether the commit has a file at a place of the repository."""
        return self._git("cat-file", "-e", f"{self.commit}:{place}").returncode == 0

    def _git(self, *arguments: str, env: Mapping[str, str] | None = None, given: str = "") -> Done:
        return run_git(self.folder, *arguments, env=env, given=given)


def _owner_and_name(url: str) -> list[str]:
    """Return «owner» and «name» of an address, be it https or ssh."""
    return re.sub(r"(\.git)?/*$", "", url.lower().replace(":", "/")).split("/")[-2:]


def _quoted(file: str) -> str:
    """Return a path as an argument of any shell."""
    return f'"{file}"' if re.search(r"[\s&()]", file) else file
