"""The runs of `dev`: those it starts, how each ends, and those that an earlier `dev` left."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Cancelled

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from electra_flow.deploying.publish import Published
    from electra_flow.developing.terminal import Terminal

AT_ONCE = 100  # runs in one request
CUT = "Se cortó con electra-flow dev."
NOT_ENDED = [
    StateType.SCHEDULED,
    StateType.PENDING,
    StateType.RUNNING,
    StateType.PAUSED,
    StateType.CANCELLING,
]


class Runs:
    """The runs of this `dev`.

    Attributes:
        bad: How many of those that it started did not end well.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._client = get_client(sync_client=True)
        self._running: dict[UUID, str] = {}
        self._own: set[UUID] = set()
        self._inside: set[UUID] = set()
        self._paused: set[UUID] = set()
        self.bad = 0

    def start(self, published: Published, queue: str | None) -> None:
        """Run a deployment once, in a queue of its pool or in its own."""
        run = self._client.create_flow_run_from_deployment(published.id, work_queue_name=queue)
        self._own.add(run.id)
        self._running.setdefault(run.id, published.name.partition("/")[2])

    def follow(self, run: UUID, name: str) -> None:
        """Tell how a run ends, which is in a worker of ours now; another thread may call it."""
        self._inside.add(run)
        self._running.setdefault(run, name)

    def left(self, run: UUID) -> None:
        """Take notice that a worker has written all that a run says."""
        self._inside.discard(run)

    def look(self) -> None:
        """Tell which runs have ended since the last time.

        Raises:
            httpx.HTTPError: If the server does not answer.
        """
        ids = list(self._running)[:AT_ONCE]
        if not ids:
            return
        for run in self._client.read_flow_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids)), limit=AT_ONCE
        ):
            if run.state is None or not run.state.is_final():
                if run.state and run.state.is_paused() and run.id not in self._paused:
                    self._paused.add(run.id)
                    name = self._running[run.id]
                    self._terminal.say(f"{name}: en pausa; se reanuda en la interfaz", "yellow")
                continue
            if run.id in self._inside:  # its last line comes first
                continue
            name = self._running.pop(run.id)
            good = run.state.is_completed()
            self.bad += run.id in self._own and not good
            self._own.discard(run.id)
            self._terminal.say(end_of(name, run.state), "green" if good else "bold red")

    @property
    def own_have_ended(self) -> bool:
        """Whether all that it started has ended."""
        return not self._own

    def end(self) -> None:
        """Let what is not over be over on the server as well: its processes have ended."""
        with suppress(httpx.HTTPError):  # the server may be what has ended
            for run in list(self._running):
                self._client.set_flow_run_state(run, Cancelled(message=CUT), force=True)

    def end_left(self) -> None:
        """Let what an earlier `dev` left be over: it would begin now, or be running for ever."""
        left = FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=NOT_ENDED)),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
        )
        done: set[UUID] = set()
        while runs := self._client.read_flow_runs(flow_run_filter=left, limit=AT_ONCE):
            if done.issuperset(run.id for run in runs):
                return
            for run in runs:
                done.add(run.id)
                self._client.set_flow_run_state(run.id, Cancelled(message=CUT), force=True)


def end_of(name: str, state: State) -> str:
    """Say how a run ended, with the first line of the reason."""
    first = (state.message or "").strip().partition("\n")[0]
    said = f": {first}" if first and first != "All states completed." else ""
    if state.is_completed():
        return f"{name}: terminó bien{said}"
    return f"{name}: terminó mal ({state.name}){said}"
