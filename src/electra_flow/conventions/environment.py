"""Qué entorno nombra un texto: dev o prod."""

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
# «Reporte de producción» habla de lo que se produce, no del entorno.
_LINKS = {"a", "de", "del", "e", "en", "la", "el", "of", "por", "y"}


def environment(text: str, *, of_pool: bool = False) -> str:
    """Devuelve el entorno que nombra un texto, «dev» o «prod»; si nombra ninguno o los dos, nada.

    Args:
        text: Un nombre o una etiqueta.
        of_pool: Si es el nombre de un work pool, donde «de producción» es el entorno.
    """
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)]
    named = {_SHORT[word] for word in words if word in _SHORT}
    for before, word in zip(["", *words], words, strict=False):
        if word in _LONG and (of_pool or before not in _LINKS):
            named.add(_LONG[word])
    return named.pop() if len(named) == 1 else ""
