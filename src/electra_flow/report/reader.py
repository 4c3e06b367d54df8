"""Read the runs of a period from the Prefect server: all of them, and each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterId,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterId,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.utilities.urls import url_for

from electra_flow.report.data import Run, outcome_of
from electra_flow.report.period import Period, to_zone

NAMES_AT_ONCE = 100  # flows whose names are asked for at once
ATTEMPTS = 5


def read_runs(client: SyncPrefectClient, period: Period, own_id: UUID | None = None) -> list[Run]:
    """Read the runs of a period.

    A run that has ended counts in the period in which it ended, whenever it began: one that begins
    today and fails tomorrow is in tomorrow's report. Those that have not (running or late) count if
    they should have begun before the end.

    Args:
        client: The client of the API.
        period: The period.
        own_id: The run that makes the report, which is not counted.

    Raises:
        RuntimeError: If the list changed each time that it was to be read as a whole.
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses it.
        httpx.TransportError: If the server does not answer.
    """
    others = FlowRunFilterId(not_any_=[own_id]) if own_id else None
    finished = FlowRunFilter(
        id=others,
        state=_of_type(TERMINAL_STATES),
        # The server includes both ends, and the first one is of the period before.
        end_time=FlowRunFilterEndTime.model_validate(
            {"after_": period.start + timedelta(microseconds=1), "before_": period.end}
        ),
    )
    unfinished = FlowRunFilter(
        id=others,
        state=_of_type(set(StateType) - TERMINAL_STATES),
        # (Or when it is expected, if it has not begun.)
        start_time=FlowRunFilterStartTime.model_validate({"before_": period.end}),
    )
    found = {run.id: run for filter_ in (finished, unfinished) for run in _all(client, filter_)}
    flows = _flow_names(client, {run.flow_id for run in found.values()})
    zone = period.end.tzinfo or UTC
    runs = []
    for run in found.values():
        if run.state_type is None or run.state_name is None:
            continue  # it was only created
        outcome = outcome_of(run.state_type.value, run.state_name)
        moment = run.start_time or run.expected_start_time or run.created
        if outcome and moment:
            runs.append(
                Run(
                    flow=flows.get(run.flow_id, "(borrado)"),
                    name=run.name,
                    outcome=outcome,
                    moment=to_zone(moment, zone),
                    duration=run.total_run_time,
                    message=_message(client, run),
                    url=url_for("flow-run", run.id) or "",
                    pool=run.work_pool_name or "",
                )
            )
    return runs


def _message(client: SyncPrefectClient, run: FlowRun) -> str:
    """Return what the state says; of a cancelled run, the one before, which says why."""
    message = run.state.message if run.state else None
    if run.state_type == StateType.CANCELLED:
        for state in client.read_flow_run_states(run.id):
            if state.type == StateType.CANCELLING:
                message = state.message or message
    return message or ""


def _of_type(types: Iterable[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(types)))


def _all(client: SyncPrefectClient, flow_run_filter: FlowRunFilter) -> list[FlowRun]:
    """Read all pages; if the list changes meanwhile, begin again.

    Each page begins at the last row of the one before: if another is there, the rows have moved,
    and some were lost or repeated.
    """
    for _ in range(ATTEMPTS):
        runs: list[FlowRun] = []
        while True:
            page = client.read_flow_runs(
                flow_run_filter=flow_run_filter,
                sort=FlowRunSort.ID_DESC,  # the only order without ties
                offset=max(len(runs) - 1, 0),
            )
            if runs and (not page or page[0].id != runs[-1].id):
                break
            new = page[1:] if runs else page
            if not new:
                return runs
            runs += new
    raise RuntimeError("Las ejecuciones del período cambian mientras se leen: probá más tarde.")


def _flow_names(client: SyncPrefectClient, ids: Iterable[UUID]) -> dict[UUID, str]:
    pending = list(ids)
    names: dict[UUID, str] = {}
    for first in range(0, len(pending), NAMES_AT_ONCE):
        some = FlowFilter(id=FlowFilterId(any_=pending[first : first + NAMES_AT_ONCE]))
        names |= {flow.id: flow.name for flow in client.read_flows(flow_filter=some)}
    return names
