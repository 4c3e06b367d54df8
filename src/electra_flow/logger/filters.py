"""Filters for a Prefect logging YAML, of the standard library alone.

Prefect reads that YAML while it is being imported, so what it names must not import Prefect.
"""

from __future__ import annotations

import logging


class RemoveSpecificLogs(logging.Filter):
    """Saca las líneas de rutina de Prefect; para un YAML propio (`config_path` de prefect.toml)."""

    routine = (
        "Submitted task run",
        "Created task run",
        "Created flow run",
        "Executing",
        "Finished in state Completed",
    )

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record stays."""
        return not any(text in str(record.msg) for text in self.routine)


class RemoveUnicodeErrorLogs(logging.Filter):
    """Saca el aviso de una línea que no es UTF-8; para el mismo YAML."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record stays."""
        return "UnicodeDecodeError: 'utf-8' codec can't decode byte" not in str(record.msg)
