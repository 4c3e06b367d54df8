"""What a Prefect server of ours has that `prefect server start` has not."""

from __future__ import annotations

from electra_flow.serving.garbage import collect_apart

__all__ = ["collect_apart"]
