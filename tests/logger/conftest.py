"""Runs of flows and tasks without a server: the contexts that Prefect gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import uuid4

import pytest
from prefect import Flow, flow, task
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.context import FlowRunContext, TaskRunContext
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

from electra_flow.logger import prefect_logger, router

RunOf = Callable[[], AbstractContextManager[None]]


@task
def una_tarea() -> None:
    """A task that names the lines."""


@flow(name="un-flujo")
def un_flujo() -> None:
    """A flow that names the lines."""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of its own, as each run has: nothing of another test is bound."""
    before = router.ROUTER
    own = router.Router()
    monkeypatch.setattr(router, "ROUTER", own)
    monkeypatch.setattr(prefect_logger, "ROUTER", own)
    for name in ("FLOW_LOG_DIR", "PREFECT__FLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    loggers = [router.logging.getLogger(f"prefect.{kind}_runs") for kind in ("flow", "task")]
    for logger in loggers:
        logger.removeHandler(before)
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}):
        yield
    for logger in loggers:
        logger.removeHandler(own)


def flow_run() -> FlowRun:
    return FlowRun(id=uuid4(), name="gran-puma", flow_id=uuid4())


@pytest.fixture
def a_flow() -> Flow[Any, Any]:
    return un_flujo


@pytest.fixture
def in_a_flow() -> RunOf:
    """Return what makes Prefect's context of a new flow run."""

    @contextmanager
    def run() -> Iterator[None]:
        with FlowRunContext.model_construct(flow=un_flujo, flow_run=flow_run()):
            yield

    return run


@pytest.fixture
def in_a_task() -> RunOf:
    """Return what makes Prefect's context of a new task run, of the flow run around it."""

    @contextmanager
    def run() -> Iterator[None]:
        around = FlowRunContext.get()
        task_run = TaskRun(
            id=uuid4(),
            name="una_tarea-0",
            task_key="una_tarea",
            dynamic_key="0",
            flow_run_id=around.flow_run.id if around and around.flow_run else None,
        )
        with TaskRunContext.model_construct(task=una_tarea, task_run=task_run):
            yield

    return run
