"""Which cluster a run uses."""

from __future__ import annotations

import os

from prefect.client.orchestration import get_client

VARIABLE = "dask_scheduler_address"
ENVIRONMENT = VARIABLE.upper()  # Dask's own name


def scheduler_address() -> str | None:
    """Return the address of the scheduler that is set, or None where nothing is, or an empty text.

    It asks the server for a variable, and so it is for a run alone, never for an import.

    Raises:
        RuntimeError: If the variable is no text; in Spanish.
    """
    if ENVIRONMENT in os.environ:
        return os.environ[ENVIRONMENT].strip() or None
    with get_client(sync_client=True) as client:
        variable = client.read_variable_by_name(VARIABLE)
    value = variable.value if variable else ""
    if not isinstance(value, str):
        raise RuntimeError(
            f"La variable de Prefect {VARIABLE} es {value!r}: va un texto, como "
            "tcp://servidor-dask:8786. uv run prefect variable set --overwrite "
            f"{VARIABLE} tcp://servidor-dask:8786"
        )
    return value.strip() or None
