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
from uuid import UUID

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
    body = {"name": name, "value": (now + time_to_hold).isoformat(), "tags": ["electra-flow"]}
    for _ in range(2):
        try:
            return UUID(client.request("POST", "/variables/", json=body).json()["id"])
        except PrefectHTTPStatusError as error:
            if error.response.status_code != 409:
                raise
        over = _over(client, name, now)
        if over is None:
            return None
        _free(client, over)  # by its id: if two find it, one of them takes away no other
    return None


def _over(client: SyncPrefectClient, name: str, now: datetime) -> UUID | None:
    """Return the variable of who is over his time; None if nobody is."""
    path = {"name": name}
    try:
        found = client.request("GET", "/variables/name/{name}", path_params=path).json()
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
        return None  # it has just been freed
    try:
        until = datetime.fromisoformat(found["value"])
        is_over = until <= now
    except (TypeError, ValueError):  # somebody changed it by hand
        is_over = True
    return UUID(found["id"]) if is_over else None


def _free(client: SyncPrefectClient, id: UUID) -> None:
    try:
        client.request("DELETE", "/variables/{id}", path_params={"id": id})
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
