"""One announces at a time, one more waits, and who comes then goes home: the one that waits looks later.

Not by Prefect's concurrency limits. A run that finds no slot at that of a deployment asks again after
half a minute; and who holds a slot is in the server's memory: one that restarts meanwhile never takes
it back. A variable is in the database, and two cannot have the same name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectHTTPStatusError

from electra_flow.watchdog.reader import server_time

WORKS, WAITS = "electra_flow_avisos", "electra_flow_avisos_espera"
HELD = timedelta(minutes=4)  # longer than sending one takes: whoever does not renew it then, died
STEP = 1.0  # seconds between two looks


@contextmanager
def alone(client: SyncPrefectClient) -> Iterator[Callable[[], None] | None]:
    """Wait until nobody else announces; give None at once if somebody waits for that already.

    Yields:
        What the one that announces has to call again within `HELD`, or the next one begins.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If it does not answer.
    """
    waiting = _take(client, WAITS, 2 * HELD)
    if waiting is None:
        yield None
        return
    try:
        while (working := _take(client, WORKS, HELD)) is None:
            time.sleep(STEP)
    finally:
        _free(client, waiting)
    try:
        yield partial(_renew, client, working)
    finally:
        _free(client, working)


def _renew(client: SyncPrefectClient, id: UUID) -> None:
    body = {"value": _value(server_time(client) + HELD)}
    client.request("PATCH", "/variables/{id}", path_params={"id": id}, json=body)


def _value(until: datetime) -> str:
    return f"{until.isoformat()} {uuid4()}"


def _take(client: SyncPrefectClient, name: str, time_to_hold: timedelta) -> UUID | None:
    """Make a variable that nobody else has; None if somebody has it who is not over his time."""
    now = server_time(client)
    value = _value(now + time_to_hold)
    body = {"name": name, "value": value, "tags": ["electra-flow"]}
    for _ in range(2):
        try:
            return UUID(client.request("POST", "/variables/", json=body).json()["id"])
        except PrefectHTTPStatusError as error:
            if error.response.status_code != 409:
                raise
        found = _read(client, name)
        if found is None:  # it has just been freed
            continue
        id = UUID(found["id"])
        if found["value"] == value:  # the answer was lost, and the client asked again
            return id
        if not _is_over(found["value"], now):
            return None
        _free(client, id)  # by its id: if two find it, neither takes away the other's
    return None


def _read(client: SyncPrefectClient, name: str) -> dict[str, Any] | None:
    path = {"name": name}
    try:
        answer = client.request("GET", "/variables/name/{name}", path_params=path).json()
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
        return None
    return dict(answer)


def _is_over(value: object, now: datetime) -> bool:
    """Tell whether who made a variable is over his time, or somebody changed it by hand."""
    try:
        return datetime.fromisoformat(str(value).partition(" ")[0]) <= now
    except (TypeError, ValueError):
        return True


def _free(client: SyncPrefectClient, id: UUID) -> None:
    try:
        client.request("DELETE", "/variables/{id}", path_params={"id": id})
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
