"""What has to be told: the changes of a deployment that nobody was told of yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from electra_flow.model.alert import When
from electra_flow.model.alert_tags import Declared

GRACE = timedelta(minutes=2)  # that the server has to send what it sends itself


@dataclass(frozen=True)
class Moment:
    """What happened to a run at a moment.

    Attributes:
        run_id: The run.
        at: When.
        whens: What it is, by the names of `Alert.when`; the first is what it is told as. «recovered»
            is a run that went well. None of them is what was told and is seen no more.
        run: The run's name.
        pool: Its work pool.
        worker: The worker that took it, whose name may be its machine's.
        error: What its state says.
    """

    run_id: UUID
    at: datetime
    whens: Sequence[When]
    run: str = ""
    pool: str = ""
    worker: str = ""
    error: str = ""

    @property
    def went_well(self) -> bool:
        """Whether the run went well."""
        return list(self.whens) == ["recovered"]


@dataclass(frozen=True)
class Waited:
    """A run that did not begin when it had to.

    Attributes:
        moment: What there is to tell; its time is when it began to wait.
        until: Until when it waited, or waits.
    """

    moment: Moment
    until: datetime

    def late(self, after: timedelta | None) -> Moment | None:
        """Return the moment at which it had waited for so long; None if it did not, or None is given."""
        if after is None or self.until - self.moment.at < after:
            return None
        return replace(self.moment, at=self.moment.at + after)


@dataclass(frozen=True)
class Told:
    """What somebody was told, by the server or by us.

    Attributes:
        run_id: The run that it was about.
        at: When that happened.
        recovered: Whether it was that it went well.
    """

    run_id: UUID
    at: datetime
    recovered: bool


@dataclass(frozen=True)
class Standing:
    """An alert as it stands on the server.

    Attributes:
        declared: What deploy.py declares of it.
        deployment_id: The deployment.
        automation_id: The automation of what goes wrong.
        recovered_id: The one of what goes well again; None if there is none that is on.
        since: Since when it stands.
        sent_by_server: Whether the server sends it itself, when it can.
    """

    declared: Declared
    deployment_id: UUID
    automation_id: UUID
    recovered_id: UUID | None
    since: datetime
    sent_by_server: bool


@dataclass
class _Streak:
    """Failures without a success or a deployment between them, and the successes after them."""

    first: Moment
    last: datetime
    failed: set[UUID] = field(default_factory=set)
    recovery: Moment | None = None
    well: set[UUID] = field(default_factory=set)


def due(
    alert: Standing,
    moments: Iterable[Moment],
    told: Sequence[Told],
    start: datetime,
    now: datetime,
    *,
    before: Moment | None = None,
    deployed: Sequence[datetime] = (),
) -> Iterator[Moment]:
    """Give what of an alert was not told, in its order.

    Args:
        alert: The alert.
        moments: What happened to the runs of its deployment since `start`.
        told: What was told of it.
        start: Since when it is looked at.
        now: The time.
        before: How the last run before `start` ended; None if there was none.
        deployed: When it was deployed, which counts as going well.
    """
    failures = {item.run_id for item in told if not item.recovered}
    recoveries = {item.run_id for item in told if item.recovered}

    def is_late(moment: Moment) -> bool:
        return not alert.sent_by_server or moment.at <= now - GRACE

    failing = _was_failing(alert, before, told, start, deployed)
    for streak in _streaks(_seen(alert, moments, told, start, failing), deployed):
        was_told = bool(streak.failed & failures) or not streak.first.whens
        if not was_told and is_late(streak.first):
            was_told = True
            yield streak.first
        recovery = streak.recovery
        if recovery is None or alert.recovered_id is None or streak.well & recoveries:
            continue
        if was_told and is_late(recovery):
            yield recovery


def _was_failing(
    alert: Standing,
    before: Moment | None,
    told: Sequence[Told],
    start: datetime,
    deployed: Sequence[datetime],
) -> bool:
    """Tell whether an alert's deployment was failing, as far as the alert goes, at `start`."""
    failed = [item.at for item in told if not item.recovered and item.at <= start]
    if before is not None and before.went_well:
        failed = [at for at in failed if at > before.at]
    elif before is not None and set(alert.declared.when) & set(before.whens):
        failed.append(before.at)
    if not failed or alert.since >= start:
        return False
    return not any(max(failed) < at <= start for at in deployed)


def _seen(
    alert: Standing,
    moments: Iterable[Moment],
    told: Sequence[Told],
    start: datetime,
    was_failing: bool,
) -> list[Moment]:
    """Return what counts for an alert, in its order."""
    wanted = set(alert.declared.when) - {"recovered"}
    since = max(alert.since, start)
    seen = [
        item for item in moments if item.at > since and (item.went_well or wanted & set(item.whens))
    ]
    failed = {item.run_id for item in seen if not item.went_well}
    # A run that was told to be late, and then began, is late no more; its streak is one all the same.
    gone = [item for item in told if not item.recovered and item.run_id not in failed]
    seen += [Moment(item.run_id, item.at, ()) for item in gone if item.at > since]
    if was_failing:
        seen.append(Moment(UUID(int=0), start, ()))
    return sorted(seen, key=lambda item: (item.at, item.went_well))


def _streaks(seen: Iterable[Moment], deployed: Sequence[datetime]) -> Iterator[_Streak]:
    """Give the streaks of failures."""
    streak: _Streak | None = None
    failed: set[UUID] = set()
    for item in seen:
        if item.went_well:
            if streak is not None:
                streak.recovery = streak.recovery or item
                streak.well.add(item.run_id)
            continue
        if item.run_id in failed:  # it was late, and then it was ended: that is one
            continue
        failed.add(item.run_id)
        is_over = streak is not None and (
            streak.recovery is not None or any(streak.last < at <= item.at for at in deployed)
        )
        if streak is None or is_over:
            if streak is not None:
                yield streak
            streak = _Streak(item, item.at)
        streak.failed.add(item.run_id)
        streak.last = item.at
    if streak is not None:
        yield streak
