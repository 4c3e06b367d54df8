"""The repository at its address: the tip of its branch, and why it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from electra_flow.checks.finding import UV_RUN
from electra_flow.model.source import SourceError
from electra_flow.sources.git import authenticated, reason, run_git
from electra_flow.sources.secret_block import read_token

ASK_TIMEOUT = 60.0  # seconds in which the repository has to answer
FETCH_TIMEOUT = 600.0  # seconds in which what is missing here has to arrive


def check_address(url: str) -> None:
    """Raise SourceError if Git would not use the token for an address, or send it in clear."""
    if not re.fullmatch(r"https://[^\s/@]+/[^\s@?#]+", url):
        raise SourceError(
            "En deploy.py, url tiene que ser https://servidor/dueño/nombre.git, sin usuario ni token."
        )


class Remote:
    """A branch of a private repository, read with the token of a Secret block."""

    def __init__(self, folder: Path, url: str, branch: str, block: str) -> None:
        """Name it; nothing is asked yet.

        Args:
            folder: The project's folder, in which Git runs.
            url: The address, without credentials.
            branch: The branch's name.
            block: The Secret block with the token.
        """
        self._folder = folder
        self._url = url
        self._branch = branch
        self._block = block

    def tip(self) -> str:
        """Return the last commit of the branch as it is now; an empty text if there is no branch.

        Raises:
            NoTokenError: If the Secret block cannot be read.
            SourceError: If the repository cannot be read.
        """
        check_address(self._url)
        if run_git(self._folder, "check-ref-format", "--branch", self._branch).returncode:
            raise SourceError(f"En deploy.py, «{self._branch}» no es el nombre de una rama.")
        said = self._ask("ls-remote", "--", self._url, self._ref, timeout=ASK_TIMEOUT)
        return said.partition("\t")[0]

    def fetch(self) -> None:
        """Fetch the branch's commits into no branch of this clone.

        Raises:
            SourceError: If the repository cannot be read.
        """
        quietly = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--")
        self._ask(*quietly, self._url, self._ref, timeout=FETCH_TIMEOUT)

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self._branch}"

    @cached_property
    def _token(self) -> str:
        return read_token(self._folder, self._block)

    def _ask(self, *arguments: str, timeout: float) -> str:
        """Run a command of Git that talks to the repository; if it fails, raise what is wrong."""
        env = authenticated(self._url, self._token)
        done = run_git(self._folder, *arguments, env=env, timeout=timeout)
        if done.returncode == 0:
            return done.stdout
        said = reason(done).replace(self._token, "…")
        without_url = said.replace(self._url, "")  # whose names could be any of the words below
        for pattern, problem in self._problems():
            if re.search(pattern, without_url):
                raise SourceError(f"{problem}. Git dijo: {said}")
        raise SourceError(f"Git no pudo leer {self._url}. Dijo: {said}")

    def _problems(self) -> Iterator[tuple[str, str]]:
        """Yield what Git says in each case, and what that means."""
        secret = f"token del bloque Secret «{self._block}»"
        yield (
            r"Authentication failed|HTTP Basic: Access denied|error: 401",
            f"{self._url} rechazó el {secret}: está mal o venció. Creá otro y guardalo en ese bloque "
            f"(«{UV_RUN}electra-flow docs token»)",
        )
        yield (
            r"could not read Username",
            f"Git no usó el {secret}: tiene que ser Git 2.31 o más nuevo",
        )
        yield (
            r"error: 403",
            f"El {secret} no puede leer {self._url}: le falta el permiso «Contents: Read-only» sobre "
            "ese repositorio",
        )
        yield (
            r"[Nn]ot found|error: 404|does not exist",
            f"No existe {self._url}, o el {secret} no incluye ese repositorio",
        )
        yield (
            r"SSL|certificate",
            f"Git no confía en el certificado de {self._url}: si tu empresa firma el tráfico, probá "
            "«git config --global http.sslBackend schannel»",
        )
        yield (
            r"resolve host|[Cc]onnect|[Tt]imed out|reset|unable to access|[Pp]roxy",
            f"No hay conexión con {self._url}",
        )
