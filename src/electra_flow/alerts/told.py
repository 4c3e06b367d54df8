"""What was told already: by the server, whose events say so, and by us, in events of our own."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient

from electra_flow.alerts.changes import Moment, Standing, Told
from electra_flow.model.alert import DEPLOYED
from electra_flow.watchdog.pages import batches

FIRED = "prefect.automation.triggered"
DONE = "prefect.automation.action.executed"
OURS = "electra-flow.alert.sent"
AUTOMATION, RUN = "prefect.automation.", "prefect.flow-run."
DEPLOYMENT = "prefect.deployment."
AT_ONCE = 50  # automations in one request, and events in one answer
STORED_IN, STEP = 60.0, 0.5  # seconds that storing an event may take, and between two looks
CLOCKS = timedelta(days=1)  # by how much the clocks of machines may differ


@dataclass
class Heard:
    """What the server's events say.

    Attributes:
        told: What was told of each alert, by the automation of what goes wrong.
        changed: The deployments of which an automation of an alert fired, by when it last did.
        deployed: When each deployment was deployed.
    """

    told: defaultdict[UUID, list[Told]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[UUID, datetime] = field(default_factory=dict)
    deployed: defaultdict[UUID, list[datetime]] = field(default_factory=lambda: defaultdict(list))


def hear(client: SyncPrefectClient, alerts: Sequence[Standing], since: datetime) -> Heard:
    """Read what happened to alerts, and when their deployments were deployed."""
    of: dict[UUID, tuple[Standing, bool]] = {}
    for alert in alerts:
        of[alert.automation_id] = (alert, False)
        if alert.recovered_id is not None:
            of[alert.recovered_id] = (alert, True)
    heard = Heard()
    for some in batches(list(of), AT_ONCE):
        events = _events(client, [FIRED, DONE, OURS], AUTOMATION, some, since)
        fired = {event["id"]: event for event in events if event["event"] == FIRED}
        for event in events:
            alert, recovered = of[_id(event["resource"], AUTOMATION)]
            if event["event"] == FIRED:
                at = datetime.fromisoformat(event["occurred"])
                last = heard.changed.get(alert.deployment_id, at)
                heard.changed[alert.deployment_id] = max(last, at)
            about = _about(event, fired) if alert.sent_by_server or event["event"] == OURS else None
            if about is not None:
                heard.told[alert.automation_id].append(Told(*about, recovered))
    for some in batches(list({alert.deployment_id for alert in alerts}), AT_ONCE):
        for event in _events(client, [DEPLOYED], DEPLOYMENT, some, since):
            at = datetime.fromisoformat(event["occurred"])
            heard.deployed[_id(event["resource"], DEPLOYMENT)].append(at)
    return heard


def _events(
    client: SyncPrefectClient, names: list[str], kind: str, ids: Sequence[UUID], since: datetime
) -> list[dict[str, Any]]:
    wanted = {
        "occurred": _around(since),
        "event": {"name": names},
        "resource": {"id": [f"{kind}{id}" for id in ids]},
    }
    return list(_read(client, wanted))


def remember(client: SyncPrefectClient, automation_id: UUID, moment: Moment) -> UUID:
    """Let the server know that something was told; return the event that says so.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If it refuses.
        httpx.TransportError: If it does not answer.
    """
    id = uuid4()
    event = {
        "id": str(id),
        "occurred": datetime.now(UTC).isoformat(),
        "event": OURS,
        "resource": {"prefect.resource.id": f"{AUTOMATION}{automation_id}"},
        "related": [
            {
                "prefect.resource.id": f"{RUN}{moment.run_id}",
                "prefect.resource.role": "flow-run",
            }
        ],
        "payload": {"at": moment.at.isoformat()},
    }
    client.request("POST", "/events", json=[event])
    return id


def wait_until_stored(client: SyncPrefectClient, ids: Sequence[UUID]) -> bool:
    """Wait until events can be read, which takes the server some seconds; tell whether they can.

    Before that, whoever looks next would tell the same again.
    """
    missing = set(ids)
    end = time.monotonic() + STORED_IN
    while missing and time.monotonic() < end:
        for some in batches(list(missing), AT_ONCE):
            wanted = {
                "id": {"id": [str(id) for id in some]},
                "occurred": _around(datetime.now(UTC) - CLOCKS),
            }
            missing -= {UUID(event["id"]) for event in _read(client, wanted)}
        if missing:
            time.sleep(STEP)
    return not missing


def _about(
    event: Mapping[str, Any], fired: Mapping[str, Mapping[str, Any]]
) -> tuple[UUID, datetime] | None:
    """Return the run that an event is about, and when that happened; None if nothing was told."""
    if event["event"] == OURS:
        run = _related(event, "flow-run")
        return (UUID(run.removeprefix(RUN)), datetime.fromisoformat(event["payload"]["at"]))
    if event["event"] != DONE:
        return None
    cause = fired.get(_related(event, "automation-triggered-event").removeprefix("prefect.event."))
    first = cause["payload"].get("triggering_event") if cause else None
    if not first or not first["resource"]["prefect.resource.id"].startswith(RUN):
        return None
    return _id(first["resource"], RUN), datetime.fromisoformat(first["occurred"])


def _related(event: Mapping[str, Any], role: str) -> str:
    return next(
        (
            str(resource["prefect.resource.id"])
            for resource in event["related"]
            if resource["prefect.resource.role"] == role
        ),
        "",
    )


def _id(resource: Mapping[str, Any], kind: str) -> UUID:
    return UUID(resource["prefect.resource.id"].removeprefix(kind))


def _around(since: datetime) -> dict[str, str]:
    """Return a filter of all times since one: by the clocks of the machines that sent the events."""
    return {"since": since.isoformat(), "until": (datetime.now(UTC) + CLOCKS).isoformat()}


def _read(client: SyncPrefectClient, wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Read events, page by page."""
    page = client.request("POST", "/events/filter", json={"filter": wanted, "limit": AT_ONCE})
    while True:
        answer = page.json()
        yield from answer["events"]
        following = parse_qs(urlsplit(answer["next_page"] or "").query)
        if not following:
            return
        page = client.request("GET", "/events/filter/next", params=following)
