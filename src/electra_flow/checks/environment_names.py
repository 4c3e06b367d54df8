"""The environment that a name says: dev or prod. The questions of the template ask it, too."""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"dev": "dev", "desa": "dev", "prod": "prod"}
_LONG = {
    "desarrollo": "dev",
    "development": "dev",
    "produccion": "prod",
    "production": "prod",
    "productivo": "prod",
    "productiva": "prod",
}
# «Reporte de producción» speaks of what is produced, and not of the environment.
_LINKS = {"a", "de", "del", "e", "en", "la", "el", "of", "por", "y"}


def environment_named(text: str, *, of_pool: bool = False) -> str:
    """Return the environment that a text names, «dev» or «prod»; nothing if none, or both.

    Args:
        text: A name or a tag.
        of_pool: Whether it is the name of a work pool, where «de producción» is the environment.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)]
    named = {_SHORT[word] for word in words if word in _SHORT}
    for before, word in zip(["", *words], words, strict=False):
        if word in _LONG and (of_pool or before not in _LINKS):
            named.add(_LONG[word])
    return named.pop() if len(named) == 1 else ""
