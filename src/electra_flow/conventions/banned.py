"""Lo que no se usa en un flujo, con qué usar en su lugar: está en ruff.toml, y ruff lo ve."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

RULES = Path(__file__).with_name("ruff.toml")


@cache
def banned() -> dict[str, str]:
    """Devuelve los nombres que no se usan, cada uno con su mensaje."""
    table = tomllib.loads(RULES.read_text("utf-8"))["lint"]["flake8-tidy-imports"]["banned-api"]
    return {name: rule["msg"] for name, rule in table.items()}
