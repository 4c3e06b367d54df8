"""What a flow of `flow_kind=distributed` imports: the task runner of its cluster."""

from __future__ import annotations

try:
    from electra_flow.distributed.runner import DaskTaskRunner
except ModuleNotFoundError as error:
    if error.name not in {"dask", "distributed", "prefect_dask"}:
        raise
    raise ModuleNotFoundError(
        f"Falta {error.name}: en pyproject.toml, pedí electra-flow[dask] en lugar de electra-flow, "
        "y ejecutá uv sync",
        name=error.name,
    ) from None

__all__ = ["DaskTaskRunner"]
