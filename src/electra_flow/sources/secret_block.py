"""The token in a Secret block, asked for over plain HTTP: importing Prefect takes two seconds."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from electra_flow.checks.api import Server, UnreachableError
from electra_flow.checks.settings import SettingsError, read_settings
from electra_flow.model.source import SourceError

TIMEOUT = 10.0  # seconds that a busy server is waited for


class NoTokenError(SourceError):
    """The block cannot be read: there is no server, or no such block on it."""


def read_token(folder: Path, block: str) -> str:
    """Return the token in a Secret block.

    Args:
        folder: The project's folder, with Prefect's settings.
        block: The block's name.

    Raises:
        NoTokenError: If the block cannot be read; the server's own check says why.
        SourceError: If what it holds is no token.
    """
    path = f"/block_types/slug/secret/block_documents/name/{quote(block, safe='')}"
    try:
        server = Server.from_settings(read_settings(folder).values, TIMEOUT)
        if server is None:
            raise NoTokenError("no hay PREFECT_API_URL")
        status, document = server.get(f"{path}?include_secrets=true")
    except (SettingsError, UnreachableError) as problem:
        raise NoTokenError(str(problem)) from None
    if status != 200 or not isinstance(document, dict):
        raise NoTokenError(f"HTTP {status}")
    data = document.get("data")
    token = data.get("value") if isinstance(data, dict) else None
    if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
        raise SourceError(
            f"El valor del bloque Secret «{block}» no es un token: está vacío, o lleva espacios, "
            "saltos de línea u otros caracteres. Guardalo de nuevo en Blocks."
        )
    return token
