"""Which version is meant: a file, a folder, an address, a number, or the newest in `vendor/`."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from electra_flow.checks.toml_file import TomlError
from electra_flow.generation.vendor import FOLDER
from electra_flow.generation.wheel import PACKAGE, QUESTIONS, Wheel, read_project
from electra_flow.upgrading.git import added_at
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.release import PATTERN, Release, read_release

TIMEOUT = 60  # seconds
LONGEST = 50_000_000  # bytes of what an address may give
_ADDRESS = re.compile(r"https://|http://(127\.0\.0\.1|localhost)[:/]")
_NUMBER = re.compile(r"\d+(\.\d+)*([-+.\w]*)?")


def find_release(what: str | None, top: Path) -> Release:
    """Return the version that is meant.

    Args:
        what: A wheel, the template's folder, an address, a version; None for the newest.
        top: The folder whose `vendor` is looked at.

    Raises:
        CannotUpgradeError: There is no such version.
    """
    if what is None:
        return _newest(top)
    if "://" in what:
        return _fetched(what)
    path = Path(what)
    if path.is_dir():
        return _made(path)
    if path.is_file():
        return read_release(path.name, _content(path))
    if _NUMBER.fullmatch(what):
        return _numbered(what, top)
    raise CannotUpgradeError(f"No está «{what}»: {_WHAT}")


_WHAT = (
    "--to lleva un archivo .whl, la carpeta de la plantilla, una dirección https o una versión de "
    "las que hay en vendor/."
)


def _newest(top: Path) -> Release:
    """Return the newest of `vendor/`; of two with the same number, the one that came later."""
    found = _in_vendor(top)
    if not found:
        raise CannotUpgradeError(f"En {top / FOLDER} no hay ninguna biblioteca. {_WHAT}")
    return max(found, key=lambda each: (each.order, added_at(top, f"{FOLDER}/{each.name}")))


def _numbered(version: str, top: Path) -> Release:
    found = _in_vendor(top)
    exact = [each for each in found if each.version == version]
    alike = exact or [each for each in found if str(each.order) == version]
    if len(alike) == 1:
        return alike[0]
    there = ", ".join(each.version for each in found) or "ninguna"
    few = "hay más de una" if alike else "no está"
    raise CannotUpgradeError(
        f"De la versión {version} {few} en {top / FOLDER} (hay: {there}). {_WHAT}"
    )


def _in_vendor(top: Path) -> list[Release]:
    found = []
    for path in sorted((top / FOLDER).glob(PATTERN)):
        try:
            found.append(read_release(path.name, _content(path)))
        except CannotUpgradeError:
            continue  # one without a template, of before, or a damaged one: `check` says so
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotUpgradeError(f"{path} no se puede leer: {error.strerror}.") from None


def _made(folder: Path) -> Release:
    """Return the version that a clone of the template is."""
    if not (folder / QUESTIONS).is_file() or not (folder / "src" / PACKAGE).is_dir():
        raise CannotUpgradeError(
            f"{folder} no es la carpeta de la plantilla: no tiene {QUESTIONS} y src/{PACKAGE}."
        )
    try:
        wheel = Wheel(str(folder.resolve()), read_project(str(folder)))
    except (OSError, ValueError, LookupError, TomlError) as error:
        raise CannotUpgradeError(f"{folder} no se puede leer: {error}.") from None
    return read_release(wheel.name, wheel.content)


def _fetched(address: str) -> Release:
    """Download a wheel."""
    if not _ADDRESS.match(address) or "@" in urllib.parse.urlsplit(address).netloc:
        raise CannotUpgradeError(
            f"«{_shown(address)}» no sirve: tiene que ser https, y sin credenciales; si hace falta "
            "entrar, bajá el archivo y nombralo."
        )
    name = urllib.parse.unquote(urllib.parse.urlsplit(address).path.rpartition("/")[2])
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
            content: bytes = answer.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "reason", None) or error
        raise CannotUpgradeError(f"{_shown(address)} no se pudo bajar: {said}.") from None
    if len(content) > LONGEST:
        raise CannotUpgradeError(f"{_shown(address)} es demasiado grande para ser la biblioteca.")
    return read_release(name, content)


def _shown(address: str) -> str:
    """Return an address without what may be a secret in it."""
    return re.sub(r"\?.*", "?…", re.sub(r"//[^/]*@", "//…@", address))
