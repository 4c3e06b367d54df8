"""Reading by pages: each run once, also when the list changes while it is read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import Flow, FlowRun, State
from prefect.states import Cancelled, Cancelling, Completed, Running

from electra_flow.report.period import period_until
from electra_flow.report.reader import read_runs

END = datetime(2026, 11, 25, 2, 55, tzinfo=UTC)
PERIOD = period_until("diario", END, "America/Argentina/Buenos_Aires")
FLOW = Flow(id=UUID(int=1), name="ventas")


class Server:
    """Answers as the API does: by pages, from the highest id to the lowest."""

    def __init__(self, number: int, page: int = 200) -> None:
        self.ids = list(range(number, 0, -1))
        self.page = page
        self.change: Callable[[], object] = lambda: None
        self.filters: list[FlowRunFilter] = []

    def read_flow_runs(
        self, flow_run_filter: FlowRunFilter, sort: str, offset: int
    ) -> list[FlowRun]:
        assert sort == "ID_DESC"
        if flow_run_filter.end_time is None:  # those that have not ended
            return []
        self.filters.append(flow_run_filter)
        page = self.ids[offset : offset + self.page]
        if offset:
            self.change()
        return [run(number) for number in page]

    def read_flows(self, flow_filter: object) -> list[Flow]:
        return [FLOW]


@functools.cache
def run(number: int, state: State | None = None) -> FlowRun:
    state = state or Completed()
    return FlowRun(
        id=UUID(int=number),
        name=f"n-{number}",
        flow_id=FLOW.id,
        state=state,
        state_type=state.type,
        state_name=state.name,
        start_time=END - timedelta(hours=1),
        total_run_time=timedelta(seconds=3),
    )


def names(server: Any) -> list[str]:
    return sorted(run.name for run in read_runs(server, PERIOD))


@pytest.mark.parametrize("number", [0, 1, 199, 200, 201, 399, 400, 1000])
@pytest.mark.parametrize("page", [200, 50])
def test_all_pages_are_read(number: int, page: int) -> None:
    expected = sorted(f"n-{index}" for index in range(1, number + 1))
    assert names(Server(number, page)) == expected


@pytest.mark.parametrize("change", [{900}, {5000}, {100}, {900, 850, 5000}])
def test_if_rows_move_while_they_are_read_it_begins_again(change: set[int]) -> None:
    server = Server(1000)

    def once() -> None:  # some runs disappear and others appear
        server.change = lambda: None
        server.ids = sorted(set(server.ids) ^ change, reverse=True)

    server.change = once
    assert names(server) == sorted(f"n-{index}" for index in server.ids)


def test_a_list_that_does_not_stop_changing_is_said() -> None:
    server = Server(1000)
    server.change = lambda: server.ids.pop(0)
    with pytest.raises(RuntimeError, match="cambian mientras se leen"):
        names(server)


def test_the_period_does_not_include_its_start_but_its_end() -> None:
    server = Server(1)
    names(server)
    end = server.filters[0].end_time
    assert end and end.after_
    assert end.after_ - PERIOD.start == timedelta(microseconds=1)
    assert end.before_ == PERIOD.end


def test_a_run_is_read_with_its_local_time_and_what_its_state_says() -> None:
    only = run(1, Running(message="va bien"))
    server: Any = SimpleNamespace(
        read_flow_runs=lambda flow_run_filter, sort, offset: [only],
        read_flows=lambda flow_filter: [],
    )
    (read,) = read_runs(server, PERIOD)
    assert f"{read.moment:%d/%m %H:%M}" == "24/11 22:55"
    assert (read.flow, read.message, read.duration) == (
        "(borrado)",
        "va bien",
        timedelta(seconds=3),
    )


@pytest.mark.parametrize(
    ("reason", "message"),
    [("Corrió más de 2 h.", "Corrió más de 2 h."), (None, "cancelled successfully")],
)
def test_a_cancelled_run_says_why_it_was(reason: str | None, message: str) -> None:
    only = run(1, Cancelled(message="cancelled successfully"))
    server: Any = SimpleNamespace(
        read_flow_runs=lambda flow_run_filter, sort, offset: [only],
        read_flows=lambda flow_filter: [],
        read_flow_run_states=lambda _run: [Running(), Cancelling(message=reason), only.state],
    )
    (read,) = read_runs(server, PERIOD)
    assert read.message == message
