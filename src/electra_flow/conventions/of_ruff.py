"""What ruff can say of the conventions, said in Spanish and with what to write.

Its rules are in ruff.toml, beside this file, and not in the project: a project's own settings are its
author's. ruff is started first, and read when the rest is done.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from electra_flow.conventions import dates
from electra_flow.conventions.finding import Finding

CODE = "CÓDIGO"  # which one, the other findings of the line tell
SETTINGS = Path(__file__).with_name("ruff.toml")
_LOGGER = "usá logger_global.obtener_logger_prefect() en el flujo o la tarea"
_TEXTS = {
    "T201": ("logger", f"print no llega al log; {_LOGGER}."),
    "PGH004": (
        "excepción",
        f"La excepción no dice a qué regla ni por qué; escribí: # noqa: {CODE} - motivo",
    ),
}


class Ruff:
    """A run of ruff over a project's files; its own exemptions are ours to apply."""

    def __init__(self, folder: Path) -> None:
        """Start it.

        Raises:
            ImportError, OSError: If it is not installed.
        """
        from ruff.__main__ import find_ruff_bin

        command = [find_ruff_bin(), "check", "--config", str(SETTINGS), "--exit-zero", "--quiet"]
        command += ["--ignore-noqa", "--output-format", "json"]
        self._folder = folder
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def findings(self, timezone: str) -> Iterator[Finding]:
        """Wait for it, and give what it found.

        Raises:
            RuntimeError: If it cannot check the files, with its reason.
        """
        output, errors = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"ruff no puede revisar: {' '.join(errors.split())}")
        for item in json.loads(output or "[]"):
            code = item["code"]
            if code and code != "invalid-syntax":
                name, text = _worded(code, item["message"], timezone)
                path = Path(item["filename"]).relative_to(self._folder).as_posix()
                place = item["location"]
                lines = frozenset({item.get("noqa_row") or place["row"]})
                rule = f"{code} {name}"
                yield Finding(path, place["row"], place["column"], rule, text, lines)


def _worded(code: str, message: str, timezone: str) -> tuple[str, str]:
    """Return what a rule of ruff's is called here, and what is wrong and what to write."""
    if code in _TEXTS:
        return _TEXTS[code]
    name = re.search(r"`([\w.]+)", message)
    assert name, message
    if code == "TID251":
        return "no-se-usa", f"{name[1]} no se usa acá; {_banned()[name[1]]}."
    return "fecha-sin-huso", dates.problem(name[1], timezone)


@cache
def _banned() -> dict[str, str]:
    table = tomllib.loads(SETTINGS.read_text("utf-8"))["lint"]["flake8-tidy-imports"]["banned-api"]
    return {name: rule["msg"] for name, rule in table.items()}
