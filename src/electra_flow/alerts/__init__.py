"""The alerts that the server does not send: what the flow of a monitoring project imports."""

from __future__ import annotations

from electra_flow.alerts.announce import Announced, announce, result
from electra_flow.report.mail import Addresses

__all__ = ["Addresses", "Announced", "announce", "result"]
