"""One version of template and library, as its wheel holds it."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.version import InvalidVersion, Version

from electra_flow.generation.wheel import ANSWERS, PACKAGE, TEMPLATE
from electra_flow.upgrading.problem import CannotUpgradeError

PATTERN = f"{PACKAGE}-*-py3-none-any.whl"


@dataclass(frozen=True)
class Release:
    """A wheel of the library.

    Attributes:
        name: The file's name.
        content: The file's bytes.
        version: Its version, as the name has it.
    """

    name: str
    content: bytes
    version: str

    @cached_property
    def order(self) -> Version:
        """What of its version can be compared: the part that says what it holds cannot."""
        return Version(Version(self.version).public)

    def unpack(self, folder: Path) -> Path:
        """Make a folder in which this version's code runs and its template is rendered.

        Returns:
            The folder: the library is in `src/`, and what the template imports beside it.
        """
        with zipfile.ZipFile(io.BytesIO(self.content)) as wheel:
            wheel.extractall(folder / "src")
            with zipfile.ZipFile(io.BytesIO(wheel.read(TEMPLATE))) as template:
                own = [name for name in template.namelist() if name.startswith(f"{ANSWERS}/")]
                template.extractall(folder, own)
        return folder


def file_name(version: str) -> str:
    """Return the name of a version's wheel."""
    return PATTERN.replace("*", version)


def read_release(name: str, content: bytes) -> Release:
    """Return the version that a file is.

    Args:
        name: The file's name.
        content: Its bytes.

    Raises:
        CannotUpgradeError: It is none that `upgrade` can use.
    """
    parts = name.split("-")
    version = parts[1] if len(parts) == 5 and name == file_name(parts[1]) else ""
    try:
        Version(version)
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            damaged, names = wheel.testzip(), set(wheel.namelist())
    except InvalidVersion:
        raise CannotUpgradeError(
            f"«{name}» no es el nombre de una biblioteca: tiene que ser {file_name('VERSIÓN')}."
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise CannotUpgradeError(f"{name} está dañado: no se puede leer.") from None
    if damaged or f"{PACKAGE}-{version}.dist-info/METADATA" not in names:
        raise CannotUpgradeError(f"{name} no es lo que dice su nombre: bajalo de nuevo.")
    if TEMPLATE not in names:
        raise CannotUpgradeError(
            f"{name} no trae la plantilla, y no se puede saber qué cambió en ella: usá una hecha con "
            "la plantilla (--to con su carpeta)."
        )
    return Release(name, content, version)
