"""A run of a deployment, followed to its end: `deploy.py --run`."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, LogFilterLevel
from prefect.states import Scheduled
from prefect.utilities.urls import url_for

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import State

POLL_SECONDS = 1.0
LOG_TRIES = 5  # a run's log arrives some seconds after its state
OF_A_HOOK = "An error was encountered while running hook"  # it is a consequence, not the reason


@dataclass(frozen=True)
class Progress:
    """A change of a run's state.

    Attributes:
        run_id: The run.
        state: Its new state.
        url: Its page in Prefect's UI.
        is_first: Whether it is the state that it begins with.
    """

    run_id: UUID
    state: State
    url: str
    is_first: bool


def run_once(deployment_id: UUID) -> Iterator[Progress]:
    """Run a deployment on its worker, and give each state until the end.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If the server stops answering.
    """
    seen = None
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(deployment_id)
        while True:
            state = run.state or Scheduled()
            if state.name != seen:
                yield Progress(run.id, state, url_for("flow-run", run.id) or "", seen is None)
                seen = state.name
            if state.is_final():
                return
            time.sleep(POLL_SECONDS)
            run = client.read_flow_run(run.id)


def began(run_id: UUID) -> bool:
    """Tell whether a run was ever Running, also for less than a look takes."""
    with get_client(sync_client=True) as client:
        return any(state.is_running() for state in client.read_flow_run_states(run_id))


def crash_reason(run_id: UUID) -> str:
    """Return the exception that kept a run from beginning; empty if its log has none."""
    log_filter = LogFilter(
        flow_run_id=LogFilterFlowRunId(any_=[run_id]), level=LogFilterLevel(ge_=logging.ERROR)
    )
    with get_client(sync_client=True) as client:
        for _ in range(LOG_TRIES):
            for log in client.read_logs(log_filter):
                if log.message.startswith(OF_A_HOOK):
                    continue
                # Of chained exceptions, the first is what caused the others.
                found = re.search(
                    r"^(?:\w+\.)*(\w+(?:Error|Exception): .+)", log.message, re.MULTILINE
                )
                if found:
                    return found[1]
            time.sleep(POLL_SECONDS)
    return ""
