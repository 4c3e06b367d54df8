"""Reading a TOML file, whose mistakes are said in one line."""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` would cost the hook 12 ms
if TYPE_CHECKING:
    from typing import Any


class TomlError(Exception):
    """Why a file cannot be read, in Spanish, with its name."""


def read_text(path: str, shown: str = "") -> str | None:
    """Return what a file of UTF-8 holds; None if there is no such file.

    Raises:
        TomlError: If it cannot be read, naming it as `shown`, or else by its path.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs the hook 10 ms
            return file.read().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise TomlError(f"{shown or path} no está en UTF-8") from None
    except OSError as error:
        raise TomlError(f"{shown or path} no se puede leer: {error.strerror}") from None


def parse(text: str, shown: str) -> dict[str, Any]:
    """Return what a text of TOML holds.

    Raises:
        TomlError: If it is no TOML, with the line.
    """
    import tomllib  # 15 ms, where there is something to parse

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = str(error).partition("(at line ")[2].partition(",")[0]
        place = f"línea {line}" if line else "termina antes de tiempo"
        raise TomlError(f"{shown} no es TOML válido ({place})") from None


def table(data: Any, *keys: str) -> dict[str, Any]:
    """Return a table inside others; an empty one if it is not there or is no table."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
