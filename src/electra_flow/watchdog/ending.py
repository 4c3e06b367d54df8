"""Setting the states, so that two rounds at once, or a round and an automation, do no harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import PrefectHTTPStatusError

from electra_flow.watchdog.judge import Verdict
from electra_flow.watchdog.pages import batches
from electra_flow.watchdog.reader import read_again

TOGETHER = 20  # runs that are read again just before their states are set
TRANSITIONS = UUID("2f3c1d6e-0d5c-4a53-9f4e-7d4f0f6f3b11")  # of ours, among all that there may be


@dataclass(frozen=True)
class Ended:
    """What became of a verdict.

    Attributes:
        verdict: The verdict.
        problem: Why the server did not take it; empty if it did.
    """

    verdict: Verdict
    problem: str = ""


def end(client: SyncPrefectClient, verdicts: Sequence[Verdict]) -> Iterator[Ended]:
    """Set the states; a run that somebody else ended, or that went on, gives nothing."""
    for some in batches(verdicts, TOGETHER):
        now = read_again(client, [verdict.run.id for verdict in some])
        for verdict in some:
            run = now.get(verdict.run.id)
            if run is None or run.state_id != verdict.run.state_id:
                continue
            try:
                if _set_state(client, verdict):
                    yield Ended(verdict)
            except PrefectHTTPStatusError as error:
                if error.response.status_code != 404:  # it was deleted
                    yield Ended(verdict, f"HTTP {error.response.status_code}")


def _set_state(client: SyncPrefectClient, verdict: Verdict) -> bool:
    """Ask for the state, by the server's rules; return whether it is ours.

    Not with the client's own method, which gives each request an id of its own: with an id that
    follows from the state before, the server refuses the second of two rounds.
    """
    run = verdict.run
    details = {"transition_id": str(uuid5(TRANSITIONS, f"{run.state_id} {verdict.state}"))}
    if verdict.state == StateType.SCHEDULED and run.due is not None:
        details["scheduled_time"] = run.due.isoformat()
    state = {
        "type": verdict.state.value,
        "name": verdict.state_name,
        "message": verdict.reason,
        "state_details": details,
    }
    answer = client.request(
        "POST", "/flow_runs/{id}/set_state", path_params={"id": run.id}, json={"state": state}
    )
    return bool(answer.json()["status"] == SetStateStatus.ACCEPT.value)
