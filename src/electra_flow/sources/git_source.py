"""The code in a private Git repository: what is checked when deploying, and what a worker fetches."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from electra_flow.checks.finding import Finding, error, warning
from electra_flow.checks.work_pool import GIT_TYPES
from electra_flow.model import fields
from electra_flow.model.source import SourceError
from electra_flow.sources.committed_library import check_library_in_commit
from electra_flow.sources.committed_lock import check_workspace_in_commit, own_lock
from electra_flow.sources.committed_needed import check_needed_in_commit
from electra_flow.sources.fingerprint import parts_of
from electra_flow.sources.folder import folder_of, require
from electra_flow.sources.git import run_git
from electra_flow.sources.log_folder import log_folder
from electra_flow.sources.remote import Remote, check_address
from electra_flow.sources.secret_block import NoTokenError
from electra_flow.sources.working_copy import WorkingCopy

if TYPE_CHECKING:
    from electra_flow.sources.repository import PrivateRepository


class GitSource:
    """De qué repositorio de Git baja el código cada ejecución.

    En un entorno que se llama dev, cada ejecución usa lo último de la rama; en cualquier otro, siempre
    el commit que se desplegó.

    Args:
        file: El `__file__` de deploy.py, o la ruta de la carpeta del proyecto.
        url: La dirección `https://` del repositorio, sin credenciales.
        credentials_block: El bloque Secret con el token que lo puede leer.
        branch: La rama donde tiene que estar lo que se despliega.

    Attributes:
        folder: La carpeta del proyecto en esta máquina.
        secrets: Los bloques Secret que hacen falta para llegar al código.
        pool_types: Los tipos de work pool que lo pueden bajar.
        described: La dirección, la rama y el bloque, para quien no importa deploy.py.
    """

    pool_types: Sequence[str] = GIT_TYPES

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        url: str,
        credentials_block: str,
        branch: str = "main",
    ) -> None:
        for name, value in (
            ("url", url),
            ("credentials_block", credentials_block),
            ("branch", branch),
        ):
            fields.text(name, value)
        self.folder = folder_of(file)
        self.secrets = (credentials_block,)
        self._url = url
        self._branch = branch
        self._copy = WorkingCopy(self.folder, url, branch)
        self._remote = Remote(self.folder, url, branch, credentials_block)
        self.described = {"url": url, "branch": branch, "block": credentials_block}
        self._tip = ""  # the branch's last commit, when it was checked

    @property
    def commit(self) -> str:
        """El commit que se despliega, como se muestra; vacío si no hay."""
        return self._copy.shown_commit

    @contextmanager
    def code(self) -> Iterator[Path]:
        """Da la carpeta del proyecto como está en el commit, en una copia que después se borra.

        Raises:
            SourceError: Si no está la carpeta del proyecto.
        """
        require(self.folder)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                self._copy.export(Path(folder))
                project = Path(folder, self._copy.prefix)
            except SourceError:  # `check` tells it
                project = self.folder
            yield project

    @contextmanager
    def whole(self) -> Iterator[Path]:
        """Da lo mismo, con todo lo del repositorio de lo que está hecho el proyecto, en su lugar.

        Raises:
            SourceError: Si Git no puede escribir el commit.
        """
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            self._copy.export(Path(folder), parts_of(self.folder))
            yield Path(folder, self._copy.prefix)

    def check(self, env: str, entrypoints: Collection[str]) -> Iterator[Finding]:
        """Revisa que lo que se ve en esta carpeta sea lo que va a correr.

        Args:
            env: El entorno: «dev», «prod»…
            entrypoints: Los flujos, como «src/archivo.py:funcion».

        Yields:
            Lo que impide desplegar, y el commit que se va a desplegar.
        """
        try:
            require(self.folder)
            check_address(self._url)  # it may hold a token, and stands in what is said from here on
            run_git(self.folder, "--version")
        except SourceError as problem:
            yield error(str(problem))
            return
        findings = list(_told(self._check_commit(entrypoints)))
        yield from findings
        committed = all(finding.level != "error" for finding in findings)
        yield from _told(self._check_branch(env, committed))

    def storage(self, env: str, entrypoint: str) -> PrivateRepository:
        """Devuelve lo que espera `Flow.from_source`.

        Raises:
            SourceError: Si la rama cambió desde que se revisó.
        """
        follows = _follows_branch(env)
        if follows and self._remote.tip() != self._tip:
            raise SourceError(
                f"La rama {self._branch} cambió mientras se revisaba: volvé a desplegar."
            )
        from electra_flow.sources.repository import PrivateRepository

        # The branch by its full name: a tag of the same name would win.
        return PrivateRepository(
            self._copy,
            url=self._url,
            ref=f"refs/heads/{self._branch}" if follows else self._copy.commit,
            block=self.secrets[0],
            file=_file(entrypoint),
        )

    def job_variables(self, name: str) -> dict[str, Any]:
        """Hace que Prefect corra el flujo con `uv run`, con el uv.lock del código que bajó."""
        return {
            "env": {
                "PYTHONUTF8": "1",
                **log_folder(name),
                "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES": "true",
                "UV_FROZEN": "1",
            }
        }

    def describe(self, env: str) -> str:
        """Dice qué commit queda desplegado."""
        commit = self._copy.shown_commit
        if _follows_branch(env):
            return f"lo último de la rama {self._branch} de {self._url} (hoy, {commit})"
        return f"el commit {commit} de {self._url}, fijo hasta el próximo despliegue"

    def _check_commit(self, entrypoints: Collection[str]) -> Iterator[Finding]:
        files = sorted({_file(entrypoint) for entrypoint in entrypoints})
        yield from self._copy.check([*files, "pyproject.toml", *own_lock(self.folder)])
        yield from check_workspace_in_commit(self._copy)
        yield from check_library_in_commit(self._copy)
        yield from check_needed_in_commit(self._copy)

    def _check_branch(self, env: str, committed: bool) -> Iterator[Finding]:
        try:
            self._tip = tip = self._remote.tip()
        except NoTokenError:  # the server's check has told why
            yield warning(f"No se revisó {self._url}: falta el token.")
            return
        if not tip:
            yield error(
                f"{self._url} no tiene la rama {self._branch}: subila con {self._copy.push}, o "
                "cambiá branch en deploy.py."
            )
        elif committed:
            if not self._copy.knows(tip):
                self._remote.fetch()
            yield from self._copy.check_published(tip, follows_branch=_follows_branch(env))


def _follows_branch(env: str) -> bool:
    """Tell whether runs take what the branch then has; any other environment stays at its commit."""
    return env == "dev"


def _file(entrypoint: str) -> str:
    return entrypoint.rpartition(":")[0]


def _told(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Pass findings on, and what ends them as the last one."""
    try:
        yield from findings
    except SourceError as problem:
        yield error(str(problem))
