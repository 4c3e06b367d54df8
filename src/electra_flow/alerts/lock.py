"""One announces at a time, one more waits, and who comes then goes home: the one that waits looks later.

Not by Prefect's concurrency limits. A run that finds no slot at that of a deployment asks again after
half a minute; and who holds a slot is in the server's memory: one that restarts meanwhile never takes
it back. A variable is in the database, and two cannot have the same name.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectHTTPStatusError

from electra_flow.watchdog.reader import server_time

WORKS, WAITS = "electra_flow_avisos", "electra_flow_avisos_espera"
HELD = timedelta(minutes=2)  # for so long at most: whoever holds it longer, died
STEP = 1.0  # seconds between two looks


@contextmanager
def alone(client: SyncPrefectClient) -> Iterator[bool]:
    """Give True once nobody else announces, or False at once if somebody waits for that already.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If it does not answer.
    """
    waiting = _take(client, WAITS, 2 * HELD)
    if waiting is None:
        yield False
        return
    try:
        while (working := _take(client, WORKS, HELD)) is None:
            time.sleep(STEP)
    finally:
        _free(client, waiting)
    try:
        yield True
    finally:
        _free(client, working)


def _take(client: SyncPrefectClient, name: str, time_to_hold: timedelta) -> UUID | None:
    """Make a variable that nobody else has; None if somebody has it who is not over his time."""
    now = server_time(client)
    value = f"{(now + time_to_hold).isoformat()} {uuid4()}"
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
