"""The report as HTML for the mail: one column, no images, styles in each element.

Mail programs take out the styles of the head, scripts and SVG: the bars are coloured cells of a
table.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from electra_flow.report.data import FAILURES, FlowGroup, Outcome, Report, Run, short
from electra_flow.report.text import MAX_FLOWS, MAX_RUNS, details, rest, rest_of, sections

RED, AMBER, GREEN, GRAY, BLUE = "#c62828", "#b26a00", "#2e7d32", "#757575", "#1565c0"
INK, SOFT, LINE = "#1f2933", "#616e7c", "#e4e7eb"
COLORS = dict.fromkeys(FAILURES, RED) | {
    Outcome.COMPLETED: GREEN,
    Outcome.CANCELLED: GRAY,
    Outcome.LATE: AMBER,
    Outcome.OPEN: BLUE,
}
MAX_BYTES = 100_000  # Gmail cuts mails at 102 KB
# How many flows of each section and runs of each flow: the first that there is room for.
DETAILS = ((MAX_FLOWS, MAX_RUNS), (MAX_FLOWS, 2), (MAX_FLOWS, 1), (5, 1))
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'


def html(report: Report) -> str:
    """Return the report as a page of HTML; with less detail, if a mail has no room for it."""
    for flows, runs in DETAILS:
        page = _page(report, flows, runs)
        if len(page.encode()) <= MAX_BYTES:
            break
    return page


def _page(report: Report, flows: int, runs: int) -> str:
    body = "\n".join(_body(report, flows, runs))
    return f"""\
<!DOCTYPE html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(report.headline)}</title>
</head>
<body style="margin:0;padding:0;background:#f5f7fa">
<table {TABLE} style="background:#f5f7fa"><tr><td align="center" style="padding:16px 8px">
<table {TABLE} style="max-width:640px;background:#ffffff;border-radius:8px;{FONT};color:{INK};\
font-size:15px;line-height:1.45">
{body}
</table>
</td></tr></table>
</body>
</html>
"""


def _body(report: Report, flows: int, runs: int) -> Iterator[str]:
    color = RED if report.failures else AMBER if report.late else GREEN
    if not report.totals:
        color = GRAY
    yield (
        f'<tr><td style="padding:20px;background:{color};color:#ffffff;border-radius:8px 8px 0 0">'
        f'<div style="font-size:22px;font-weight:600;line-height:1.25">{escape(report.headline)}'
        f'</div><div style="font-size:14px;padding-top:6px">Informe {report.period.name}: '
        f"{report.period}<br>Hora de {escape(str(report.period.end.tzinfo))}</div></td></tr>"
    )
    if report.totals:
        bars = "\n".join(_bars(report))
        yield f'<tr><td style="padding:16px 20px 8px"><table {TABLE}>\n{bars}\n</table></td></tr>'
    for title, groups in sections(report):
        total = sum(len(group.runs) for group in groups)
        yield (
            f'<tr><td style="padding:20px 20px 0;font-size:18px;font-weight:600">{title} '
            f'<span style="color:{SOFT};font-weight:400">{total}</span></td></tr>'
        )
        for group in groups[:flows]:
            yield _group(group, runs)
        if more := rest(groups, flows):
            yield f'<tr><td style="padding:12px 20px 0;color:{SOFT}">{more}</td></tr>'
    yield (
        f'<tr><td style="padding:20px;font-size:13px;color:{SOFT}">Cada ejecución cuenta en el '
        "período en que terminó. El mismo informe está en Prefect, en Artifacts.</td></tr>"
    )


def _bars(report: Report) -> Iterator[str]:
    longest = max(report.totals.values())
    for outcome, number in report.totals.items():
        width = max(1, round(100 * number / longest))
        bar = (
            f'<table role="presentation" width="{width}%" cellpadding="0" cellspacing="0" '
            f'border="0"><tr><td height="12" style="height:12px;line-height:12px;font-size:1px;'
            f'background:{COLORS[outcome]};border-radius:3px">&nbsp;</td></tr></table>'
        )
        yield (
            f'<tr><td width="150" style="padding:4px 0;font-size:14px">{outcome}</td>'
            f'<td width="56" align="right" style="padding:4px 10px 4px 0;font-weight:600">{number}'
            f"</td><td>{bar}</td></tr>"
        )


def _group(group: FlowGroup, shown: int) -> str:
    runs = "".join(_run(run) for run in group.runs[:shown])
    more = rest_of(group, shown)
    return (
        f'<tr><td style="padding:14px 20px 0"><div style="font-weight:600;'
        f'overflow-wrap:anywhere;word-break:break-word">{escape(short(group.flow))} '
        f'<span style="color:{SOFT};font-weight:400">{len(group.runs)}</span></div>{runs}'
        + (f'<div style="padding-top:8px;font-size:13px;color:{SOFT}">{more}</div>' if more else "")
        + "</td></tr>"
    )


def _run(run: Run) -> str:
    when, *others = map(escape, details(run))
    line = " · ".join(others)
    if run.url:
        when = (
            f'<a href="{escape(run.url)}" style="color:{BLUE};text-decoration:underline">{when}</a>'
        )
    message = escape(short(run.message))
    return (
        f'<div style="margin-top:8px;padding:2px 0 2px 12px;'
        f'border-left:3px solid {COLORS[run.outcome]}">'
        f'<div style="font-size:14px;color:{SOFT};overflow-wrap:anywhere;word-break:break-word">'
        f"{when} · {line}</div>"
        + (
            f'<div style="overflow-wrap:anywhere;word-break:break-word">{message}</div>'
            if message
            else ""
        )
        + "</div>"
    )
