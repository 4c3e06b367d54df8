"""The signs of life of runs (Prefect's heartbeats), and whether their silence is the server's fault.

A server that was away, or whose database was locked, has no signs of healthy runs either. So before a
run is given up, the round listens for as long as that run takes between two signs, and sends events
of its own meanwhile: only while each of those arrives is a silence the run's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.filters import (
    EventFilter,
    EventIDFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventResourceFilter,
)

from electra_flow.watchdog.pages import batches

HEARTBEAT = "prefect.flow-run.heartbeat"
RUN = "prefect.flow-run."
PROBE = "electra-flow.vigilancia"
EVENTS_AT_ONCE = 50  # the most that the server gives
KEPT = timedelta(days=7)  # Prefect's own; a run that was lost before that is given up by `running`
CLOCKS = timedelta(days=1)  # by how much the clocks of machines may differ
STEP = 15.0  # seconds; an event that the server took is stored in five, if all is well
MARGIN = timedelta(seconds=30)  # a sign of life may be so much late
LONGEST = timedelta(minutes=10)  # a round has to end before the next

logger = logging.getLogger(__name__)


def last_signs(
    client: SyncPrefectClient, ids: Sequence[UUID], now: datetime
) -> dict[UUID, datetime]:
    """Return when the server received the last sign of life of each run that ever gave one."""
    found: dict[UUID, datetime] = {}
    for some in batches(ids, EVENTS_AT_ONCE):
        wanted = EventFilter(
            occurred=_around(now),
            event=EventNameFilter(name=[HEARTBEAT]),
            resource=EventResourceFilter(id=[f"{RUN}{id}" for id in some], distinct=True),
        )
        for event in client.read_events(wanted, limit=EVENTS_AT_ONCE).events:
            found[UUID(event.resource.id.removeprefix(RUN))] = event.received
    return found


def interval(environment: Mapping[str, object], lost: timedelta) -> timedelta:
    """Return how often the runs of a deployment give signs, by their environment variables."""
    try:
        seconds = int(str(environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]))
    except (KeyError, ValueError):
        return lost / 3
    return timedelta(seconds=max(seconds, 30))  # Prefect's least


def listen(
    client: SyncPrefectClient, last: Mapping[UUID, datetime], time_to_listen: timedelta
) -> tuple[set[UUID], set[UUID]]:
    """Listen to runs, and to events of our own, which show that the server hears.

    Args:
        client: The client of the API.
        last: The runs, and when each gave its last sign.
        time_to_listen: How long the silence has to go on; with one lost event of our own, it begins
            again, until `LONGEST` is over.

    Returns:
        The runs that gave no sign although the server would have heard it, and those of which it is
        not known. The others gave one.
    """
    silent = dict(last)
    end = time.monotonic() + LONGEST.total_seconds()
    heard_since: float | None = None
    while silent and time.monotonic() < end:
        begun = time.monotonic()
        probe = uuid4()
        try:
            now = _send(client, probe)
            time.sleep(STEP)
            arrived = _is_stored(client, probe, now)
            signs = last_signs(client, list(silent), now)
        except httpx.HTTPError as error:
            logger.debug("the server does not answer: %s", error)
            arrived, signs = False, {}
            time.sleep(1)  # where the answer comes at once
        silent = {run: sign for run, sign in silent.items() if signs.get(run, sign) <= sign}
        if not arrived:
            heard_since = None
            continue
        heard_since = begun if heard_since is None else heard_since
        if time.monotonic() - heard_since >= time_to_listen.total_seconds():
            return set(silent), set()
    return set(), set(silent)


def _send(client: SyncPrefectClient, probe: UUID) -> datetime:
    """Send an event that says nothing; return the time that it bears."""
    now = datetime.now(UTC)
    event = {
        "id": str(probe),
        "event": PROBE,
        "occurred": now.isoformat(),
        "resource": {"prefect.resource.id": PROBE},
    }
    client.request("POST", "/events", json=[event]).raise_for_status()
    return now


def _is_stored(client: SyncPrefectClient, probe: UUID, now: datetime) -> bool:
    wanted = EventFilter(occurred=_around(now), id=EventIDFilter(id=[probe]))
    return bool(client.read_events(wanted, limit=1).events)


def _around(now: datetime) -> EventOccurredFilter:
    """Return a filter of all times: by the clocks of the machines that sent the events."""
    return EventOccurredFilter.model_validate({"since": now - KEPT, "until": now + CLOCKS})
