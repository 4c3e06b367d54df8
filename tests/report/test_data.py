"""What a report says: counts, groups and texts, hostile names and messages too."""

from __future__ import annotations

import html.parser
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from electra_flow.report.data import (
    Outcome,
    Report,
    Run,
    build_report,
    duration,
    outcome_of,
    short,
)
from electra_flow.report.html import html as report_html
from electra_flow.report.period import period_until
from electra_flow.report.text import MAX_FLOWS, MAX_RUNS, markdown, plain, subject

ZONE = "America/Argentina/Buenos_Aires"
END = datetime(2026, 11, 24, 23, 55, tzinfo=ZoneInfo(ZONE))
PERIOD = period_until("diario", END, ZONE)


def run(
    flow: str = "ventas",
    outcome: Outcome = Outcome.FAILED,
    ago: int = 1,
    message: str = "",
    name: str = "gran-puma",
) -> Run:
    moment = END - timedelta(hours=ago)
    url = "http://127.0.0.1:4200/runs/flow-run/1"
    return Run(flow, name, outcome, moment, timedelta(seconds=8), message, url, "pool-prod")


def report(*runs: Run) -> Report:
    return build_report(PERIOD, runs)


def texts(report: Report) -> tuple[str, str, str]:
    return markdown(report), report_html(report), plain(report)


@pytest.mark.parametrize(
    ("kind", "name", "outcome"),
    [
        ("COMPLETED", "Completed", Outcome.COMPLETED),
        ("COMPLETED", "Cached", Outcome.COMPLETED),
        ("FAILED", "Failed", Outcome.FAILED),
        ("FAILED", "TimedOut", Outcome.TIMED_OUT),
        ("CRASHED", "Crashed", Outcome.CRASHED),
        ("CANCELLED", "Cancelled", Outcome.CANCELLED),
        ("SCHEDULED", "Late", Outcome.LATE),
        ("SCHEDULED", "AwaitingRetry", Outcome.OPEN),
        ("SCHEDULED", "Scheduled", None),
        ("RUNNING", "Running", Outcome.OPEN),
        ("PENDING", "Pending", Outcome.OPEN),
        ("PAUSED", "Suspended", Outcome.OPEN),
        ("CANCELLING", "Cancelling", Outcome.OPEN),
    ],
)
def test_each_state_of_prefect_has_its_place(kind: str, name: str, outcome: Outcome | None) -> None:
    assert outcome_of(kind, name) is outcome


def test_failures_are_grouped_by_flow_first_the_one_that_failed_most() -> None:
    made = report(
        run("a", ago=3),
        run("b", ago=5),
        run("b", Outcome.CRASHED, ago=2),
        run("c", Outcome.COMPLETED),
        run("d", Outcome.CANCELLED),
    )
    assert [(group.flow, len(group.runs)) for group in made.failures] == [("b", 2), ("a", 1)]
    assert [run.outcome for run in made.failures[0].runs] == [Outcome.CRASHED, Outcome.FAILED]
    assert [group.flow for group in made.cancelled] == ["d"]
    assert made.headline == "3 fallas en 5 ejecuciones"
    assert subject(made) == "Prefect: 3 fallas en 5 ejecuciones (diario, 24/11/2026)"


@pytest.mark.parametrize(
    ("outcomes", "headline"),
    [
        ([Outcome.COMPLETED] * 2, "Todo bien: 2 ejecuciones sin fallas"),
        ([Outcome.COMPLETED, Outcome.TIMED_OUT], "1 falla en 2 ejecuciones"),
        ([Outcome.COMPLETED, Outcome.LATE], "Ninguna falla, pero 1 ejecución sin empezar"),
        ([Outcome.OPEN], "No terminó ninguna ejecución"),
        ([], "No terminó ninguna ejecución"),
    ],
)
def test_the_headline_says_what_matters(outcomes: list[Outcome], headline: str) -> None:
    made = report(*(run(outcome=outcome) for outcome in outcomes))
    assert made.headline == headline
    assert all(headline in text for text in texts(made))
    assert all(("Fallas" in text) == bool(made.failures) for text in texts(made)[:2])


def test_each_failure_has_local_time_duration_state_message_and_link() -> None:
    for text in texts(report(run(ago=2, message="no hay conexión"))):
        for part in ("mar 24/11 21:55", "8 s", "Failed", "no hay conexión", "/flow-run/1"):
            assert part in text


HOSTILE = "<script>alert('x')</script>\n| a | [b](http://c) `d` *e* \x00\u2028 &amp; "


class Tags(html.parser.HTMLParser):
    """Collects the tags and the texts of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_message_cannot_be_html_or_markdown() -> None:
    made = report(run(HOSTILE, message=HOSTILE, name=HOSTILE))
    reader = Tags()
    reader.feed(report_html(made))
    assert reader.tags.count("a") == 1
    assert not {"script", "b", "img"} & set(reader.tags)
    assert short(HOSTILE) in reader.texts
    lines = markdown(made).splitlines()
    (number,) = (n for n, line in enumerate(lines) if "/flow-run/1" in line)
    for line in (lines[number - 2], lines[number], lines[number + 1]):
        assert not re.search(r"(?<!\\)[<`*|]", line)
        assert r"\<script\>" in line


@pytest.mark.parametrize("start", ["- ", "+ ", "1. ", "12) ", "---", "===", "# ", "> "])
def test_a_message_does_not_begin_a_list_or_a_title(start: str) -> None:
    line = markdown(report(run(message=f"{start}algo"))).splitlines()[-1].strip()
    assert not line.startswith(start)


def test_a_long_message_is_shortened() -> None:
    assert short("a" * 500) == "a" * 199 + "…"
    assert short(" a\n\n b\t") == "a b"


def test_thousands_of_failures_are_counted_and_the_mail_stays_short() -> None:
    failures = [run(f"flujo-{n % 60}", message="x" * 400) for n in range(6000)]
    made = report(*failures)
    assert made.headline == "6000 fallas en 6000 ejecuciones"
    for text in texts(made):
        assert text.count("/flow-run/1") == MAX_FLOWS * MAX_RUNS
        assert "Y 95 ejecuciones anteriores." in text
        assert "Y 45 flujos más, con 4500 ejecuciones." in text
        assert len(text.encode()) < 100_000  # Gmail cuts mails at 102 KB


@pytest.mark.parametrize("message", ["", "no hay conexión " * 20, "\"'<>&" * 60])
def test_a_mail_has_room_for_a_day_on_which_all_goes_wrong(message: str) -> None:
    bad = (Outcome.FAILED, Outcome.LATE, Outcome.CANCELLED)
    made = report(
        *(
            run(f"flujo-{n % 20}", outcome, message=message, name=message)
            for outcome in bad
            for n in range(120)
        )
    )
    page = report_html(made)
    assert len(page.encode()) < 100_000
    for flow in (0, 1, 10):
        assert page.count(f"flujo-{flow} ") == 3, "in each section"
    hidden = re.findall(r"Y (\d+) ejecuci\w+ anterior|flujos más, con (\d+)", page)
    others = sum(int(one or many) for one, many in hidden)
    assert page.count("/flow-run/1") + others == 360, "all are counted"
    assert plain(made).count("/flow-run/1") == 3 * MAX_FLOWS * MAX_RUNS


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "—"), (0.2, "menos de 1 s"), (8, "8 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")],
)
def test_a_duration_is_read_at_a_glance(seconds: float, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text
