"""The report of a monitoring project: what its flow imports, the types of its parameters included."""

from __future__ import annotations

from electra_flow.report.data import Outcome, Report, Run, build_report
from electra_flow.report.flow import may_pass, period_of_run, publish, read, result, send
from electra_flow.report.mail import Addresses
from electra_flow.report.period import Period, PeriodName

__all__ = [
    "Addresses",
    "Outcome",
    "Period",
    "PeriodName",
    "Report",
    "Run",
    "build_report",
    "may_pass",
    "period_of_run",
    "publish",
    "read",
    "result",
    "send",
]
