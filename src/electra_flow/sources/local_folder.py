"""The code in a folder of this machine, which is the worker's machine as well."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from electra_flow.checks.finding import Finding, error
from electra_flow.checks.work_pool import FOLDER_TYPES
from electra_flow.model.source import SourceError
from electra_flow.sources.folder import folder_of, require


class LocalFolder:
    """El código se toma de una carpeta de esta máquina, como esté en cada ejecución.

    Args:
        file: El `__file__` de deploy.py, o la ruta de la carpeta del proyecto.

    Attributes:
        folder: La carpeta del proyecto.
        secrets: Los bloques Secret que hacen falta para llegar al código: ninguno.
        pool_types: Los tipos de work pool que llegan a la carpeta.
    """

    secrets: Sequence[str] = ()
    pool_types: Sequence[str] = FOLDER_TYPES

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.folder = folder_of(file)

    @contextmanager
    def code(self) -> Iterator[Path]:
        """Da la carpeta del proyecto.

        Raises:
            SourceError: Si no está.
        """
        require(self.folder)
        yield self.folder

    def check(self, env: str, entrypoints: Collection[str]) -> Iterator[Finding]:
        """Dice dónde tiene que correr el worker: lo que se ve en la carpeta es lo que corre."""
        try:
            require(self.folder)
        except SourceError as problem:
            yield error(str(problem))
        else:
            yield Finding(
                "",
                "El código es el de esta carpeta: el worker de "
                f"{env} tiene que correr en esta máquina.",
            )

    def storage(self, env: str, entrypoint: str) -> Path:
        """Devuelve la carpeta, que es lo que espera `Flow.from_source`."""
        return self.folder

    def job_variables(self, name: str) -> dict[str, Any]:
        """Hace que el flujo corra en el entorno de este proyecto, y con su prefect.toml."""
        # Without `command`, it would run with what the worker has installed. Slashes and double
        # quotes are read alike on Windows and on Linux. Prefect reads the prefect.toml of the folder
        # that it starts in, which is another one without `working_dir`.
        return {
            "command": f'"{Path(sys.executable).as_posix()}" -m prefect.engine',
            "working_dir": str(self.folder),
            "env": {"PYTHONUTF8": "1"},
        }

    def describe(self, env: str) -> str:
        """Dice de qué carpeta se toma el código."""
        return f"la carpeta {self.folder}, como esté en cada ejecución"
