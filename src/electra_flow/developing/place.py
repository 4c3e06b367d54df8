"""Where `dev` keeps what it has in a project: a folder that Git ignores by itself."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from electra_flow.developing.problem import DevError

NAME = ".prefect"
VALUES = f"{NAME}/valores.env"  # written by whoever works on the project
TRIES, WAIT = 50, 0.1  # Windows lets nobody remove what a process that ends still has open


class Place:
    """The folder of `dev` in a project.

    Attributes:
        home: PREFECT_HOME of its server, with the database.
        log: What that server writes.
        values: The values of secrets and variables, if there are any.
    """

    def __init__(self, project: Path) -> None:
        """Make it, if it is not there."""
        self._folder = project / NAME
        self.home = self._folder / "servidor"
        self.log = self._folder / "servidor.log"
        self.values = project / VALUES
        self._port = self.home / "puerto"
        self._lock = self._folder / "en-uso"
        try:
            self._folder.mkdir(exist_ok=True)
            # As uv does in .venv: also where the project's .gitignore does not know it.
            (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise DevError(
                f"No se puede escribir en {self._folder}, donde dev guarda su servidor: "
                f"{error.strerror}."
            ) from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else be here meanwhile, until this process ends, however it does.

        SQLite's lock is one of the system on each system, and is there without another package.

        Raises:
            DevError: If somebody is.
        """
        with closing(sqlite3.connect(self._lock, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise DevError(
                    "electra-flow dev ya está andando en este proyecto, en otra terminal: "
                    "terminalo ahí con Ctrl-C."
                ) from None
            yield

    def prepare(self, *, fresh: bool) -> None:
        """Make the server's folder, without what it had if that is asked for.

        Raises:
            DevError: If it cannot be removed.
        """
        for left in range(TRIES, 0, -1):
            try:
                if fresh and self.home.exists():
                    shutil.rmtree(self.home)
                self.home.mkdir(exist_ok=True)
                return
            except OSError as error:
                if left == 1:
                    raise DevError(f"No se puede borrar {self.home}: {error.strerror}.") from None
                time.sleep(WAIT)

    @property
    def port(self) -> int:
        """The port that its server had last; 0 if it had none."""
        try:
            return int(self._port.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    @port.setter
    def port(self, port: int) -> None:
        self._port.write_text(str(port), encoding="ascii")
