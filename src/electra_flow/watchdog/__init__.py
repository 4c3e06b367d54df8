"""The rounds of a monitoring project: what its flow imports."""

from __future__ import annotations

from electra_flow.watchdog.judge import Verdict
from electra_flow.watchdog.round import Round, end_overdue, result

__all__ = ["Round", "Verdict", "end_overdue", "result"]
