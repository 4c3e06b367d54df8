"""The report as a text: in Markdown, for Prefect's UI, and plain, for the mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from electra_flow.report.data import FlowGroup, Outcome, Report, Run, count, duration, short
from electra_flow.report.period import local_time

MAX_FLOWS = 15  # flows of each section that are shown
MAX_RUNS = 5  # runs of each flow that are shown
BAR = 8  # characters of the longest bar: a phone has room for it


def sections(report: Report) -> Iterator[tuple[str, Sequence[FlowGroup]]]:
    """Give the sections of a report that hold something, with their titles."""
    for title, groups in (
        ("Fallas", report.failures),
        ("Atrasadas", report.late),
        ("Canceladas", report.cancelled),
    ):
        if groups:
            yield title, groups


def rest(groups: Sequence[FlowGroup], flows: int = MAX_FLOWS) -> str:
    """Say how many runs are not shown because there are more flows than `flows`."""
    hidden = groups[flows:]
    if not hidden:
        return ""
    runs = sum(len(group.runs) for group in hidden)
    return f"Y {count(len(hidden), 'flujo')} más, con {count(runs, 'ejecución', 'ejecuciones')}."


def rest_of(group: FlowGroup, runs: int = MAX_RUNS) -> str:
    """Say how many runs of a flow are not shown because they are more than `runs`."""
    hidden = len(group.runs) - runs
    return f"Y {count(hidden, 'ejecución anterior', 'ejecuciones anteriores')}." * (hidden > 0)


def subject(report: Report) -> str:
    """Return the subject of the mail."""
    end = report.period.end
    return f"Prefect: {report.headline} ({report.period.name}, {end:%d/%m/%Y})"


def markdown(report: Report) -> str:
    """Return the report in Markdown.

    Only the totals are a table: in Prefect's UI a cell with a long text is not broken, but cut.
    """
    lines = [
        f"# {report.headline}",
        "",
        f"Informe {report.period.name}: {report.period} ({report.period.end.tzinfo}).",
        "",
    ]
    if report.totals:
        lines += ["| Estado | Total | |", "|---|---:|---|", *_markdown_bars(report), ""]
    for title, groups in sections(report):
        runs = sum(len(group.runs) for group in groups)
        lines += [f"## {title} ({runs})", ""]
        for group in groups[:MAX_FLOWS]:
            lines += [f"### {_escape(group.flow)} ({len(group.runs)})", ""]
            lines += [_markdown_item(run) for run in group.runs[:MAX_RUNS]]
            lines += ["", rest_of(group), ""] if rest_of(group) else [""]
        lines += [rest(groups), ""] if rest(groups) else []
    return "\n".join(lines).rstrip() + "\n"


def plain(report: Report) -> str:
    """Return the report as a plain text."""
    lines = [report.headline, f"Informe {report.period.name}: {report.period}", ""]
    lines += [f"{outcome}: {number}" for outcome, number in report.totals.items()]
    for title, groups in sections(report):
        lines += ["", title.upper()]
        for group in groups[:MAX_FLOWS]:
            lines += ["", f"{short(group.flow)} ({len(group.runs)})"]
            for run in group.runs[:MAX_RUNS]:
                lines.append("- " + " · ".join(details(run)))
                lines += [f"  {part}" for part in (short(run.message), run.url) if part]
            lines += [rest_of(group)] if rest_of(group) else []
        lines += ["", rest(groups)] if rest(groups) else []
    return "\n".join(lines) + "\n"


def details(run: Run) -> list[str]:
    """Return the facts of a run: when, how long, how it ended, where and what it is called."""
    parts = (local_time(run.moment), duration(run.duration), state(run), run.pool, run.name)
    return [short(part) for part in parts if part and part != "—"]


def state(run: Run) -> str:
    """Return the state of a run, under its name in Prefect's UI."""
    return {
        Outcome.FAILED: "Failed",
        Outcome.TIMED_OUT: "TimedOut",
        Outcome.CRASHED: "Crashed",
        Outcome.CANCELLED: "Cancelled",
        Outcome.LATE: "Late",
    }.get(run.outcome, "")


def _markdown_bars(report: Report) -> Iterator[str]:
    longest = max(report.totals.values())
    for outcome, number in report.totals.items():
        bar = "█" * max(1, round(BAR * number / longest))
        yield f"| {outcome} | {number} | {bar} |"


def _markdown_item(run: Run) -> str:
    when, *others = map(_escape, details(run))
    line = " · ".join([f"[{when}]({run.url})" if run.url else when, *others])
    message = _escape(run.message)
    return f"- {line}" + (f"  \n  {message}" if message else "")


def _escape(text: str) -> str:
    """Put a text on one line, and take from it what it would mean in Markdown or HTML."""
    escaped = re.sub(r"([\\`*_\[\]<>|~&$#!])", r"\\\1", short(text))
    return re.sub(r"^([-+=]|\d+(?=[.)]))", _escape_start, escaped)


def _escape_start(match: re.Match[str]) -> str:
    """Escape what would be a list or a title at the start of a line."""
    start = match[0]
    return f"{start[:-1]}&#{ord(start[-1])};"
