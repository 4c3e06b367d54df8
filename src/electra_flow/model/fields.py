"""Whether the fields of a declaration are what their annotations say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[str, Any], None]
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`|~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)


def text(name: str, value: Any) -> None:
    """Raise TypeError if `value` is no text, ValueError if it is blank."""
    if not isinstance(value, str):
        raise TypeError(f"{name} tiene que ser un texto, y es {value!r}")
    if not value.strip():
        raise ValueError(f"{name} está en blanco")


def texts(name: str, value: Any) -> None:
    """Raise TypeError if `value` is no list of texts."""
    sequence(name, value)
    for part in value:
        if not isinstance(part, str):
            raise TypeError(f"{name} tiene que llevar textos, y lleva {part!r}")


def addresses(name: str, value: Any) -> None:
    """Raise an error if `value` is no list of mail addresses, of one at least."""
    sequence(name, value)
    if not value:
        raise ValueError(f"{name}: la lista está vacía: poné por lo menos una dirección")
    for address in value:
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise ValueError(f"{name}: {address!r} no es una dirección de correo")


def sequence(name: str, value: Any) -> None:
    """Raise TypeError if `value` is no list."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{name} tiene que ser una lista, y es {value!r}")


def mapping(name: str, value: Any) -> None:
    """Raise TypeError if `value` is no dictionary whose keys are texts."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} tiene que ser un diccionario, y es {value!r}")
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"{name} tiene que llevar textos como claves, y lleva {key!r}")


def truth(name: str, value: Any) -> None:
    """Raise TypeError if `value` is neither True nor False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} tiene que ser True o False, y es {value!r}")


def optional(check: Check) -> Check:
    """Return `check` for a field that may also be None."""

    def maybe(name: str, value: Any) -> None:
        if value is not None:
            check(name, value)

    return maybe
