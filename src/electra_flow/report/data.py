"""What a report says: the runs, counted by state and grouped by flow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from electra_flow.report.period import Period

MAX_MESSAGE = 200  # characters of a message


class Outcome(StrEnum):
    """How a run ended, or where it stands; as the report says it."""

    COMPLETED = "Completadas"
    FAILED = "Fallidas (Failed)"
    TIMED_OUT = "Vencidas (TimedOut)"
    CRASHED = "Caídas (Crashed)"
    CANCELLED = "Canceladas"
    LATE = "Atrasadas (Late)"
    OPEN = "En curso"


FAILURES = (Outcome.FAILED, Outcome.TIMED_OUT, Outcome.CRASHED)
FINISHED = (Outcome.COMPLETED, *FAILURES, Outcome.CANCELLED)


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        flow: Its flow's name.
        name: Its own.
        outcome: How it ended.
        moment: When it began or, if it did not, when it should have; in local time.
        duration: How long it ran.
        message: What its state says, as who failed wrote it.
        url: Its page in Prefect's UI.
        pool: Its work pool; empty if it ran in none.
    """

    flow: str
    name: str
    outcome: Outcome
    moment: datetime
    duration: timedelta = timedelta()
    message: str = ""
    url: str = ""
    pool: str = ""


@dataclass(frozen=True)
class FlowGroup:
    """The runs of a flow that share a situation, the last one first."""

    flow: str
    runs: Sequence[Run]


@dataclass(frozen=True)
class Report:
    """The report of a period.

    Attributes:
        period: The period.
        totals: How many runs there are of each outcome; without those that have none.
        failures: Those that failed, by flow; first the one that failed most.
        late: Those that should have begun, by flow.
        cancelled: The cancelled ones, by flow.
    """

    period: Period
    totals: dict[Outcome, int]
    failures: Sequence[FlowGroup]
    late: Sequence[FlowGroup]
    cancelled: Sequence[FlowGroup]

    def count(self, *outcomes: Outcome) -> int:
        """Count the runs of some outcomes."""
        return sum(self.totals.get(outcome, 0) for outcome in outcomes)

    @property
    def headline(self) -> str:
        """The result in one line."""
        finished, failed = self.count(*FINISHED), self.count(*FAILURES)
        late = self.count(Outcome.LATE)
        if failed:
            return f"{count(failed, 'falla')} en {count(finished, 'ejecución', 'ejecuciones')}"
        if late:
            return f"Ninguna falla, pero {count(late, 'ejecución', 'ejecuciones')} sin empezar"
        if finished:
            return f"Todo bien: {count(finished, 'ejecución', 'ejecuciones')} sin fallas"
        return "No terminó ninguna ejecución"


def outcome_of(state_type: str, state_name: str) -> Outcome | None:
    """Return what Prefect's state means; None if the run was not to begin yet."""
    if state_name == "TimedOut":
        return Outcome.TIMED_OUT
    if state_type == "SCHEDULED":
        return {"Late": Outcome.LATE, "Scheduled": None}.get(state_name, Outcome.OPEN)
    return Outcome.__members__.get(state_type, Outcome.OPEN)


def build_report(period: Period, runs: Iterable[Run]) -> Report:
    """Count and group the runs of a period."""
    runs = list(runs)
    found = Counter(run.outcome for run in runs)
    return Report(
        period=period,
        totals={outcome: found[outcome] for outcome in Outcome if found[outcome]},
        failures=_by_flow(runs, FAILURES),
        late=_by_flow(runs, (Outcome.LATE,)),
        cancelled=_by_flow(runs, (Outcome.CANCELLED,)),
    )


def _by_flow(runs: Iterable[Run], outcomes: Sequence[Outcome]) -> list[FlowGroup]:
    flows: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.outcome in outcomes:
            flows[run.flow].append(run)
    groups = [
        FlowGroup(flow, sorted(members, key=lambda run: (run.moment, run.name), reverse=True))
        for flow, members in flows.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.runs), group.flow))


def count(number: int, one: str, many: str = "") -> str:
    """Write a quantity: «1 falla», «3 fallas»."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def short(text: str, limit: int = MAX_MESSAGE) -> str:
    """Put a text on one line, without what cannot be seen and no longer than `limit`."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def duration(span: timedelta) -> str:
    """Write a duration: «2 h 05 min», «3 min 20 s», «8 s»; «—» if nothing ran."""
    seconds = round(span.total_seconds())
    minutes, seconds_left = divmod(seconds, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left:02} min"
    if minutes:
        return f"{minutes} min {seconds_left:02} s"
    if span > timedelta():
        return f"{seconds} s" if seconds else "menos de 1 s"
    return "—"
