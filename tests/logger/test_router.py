"""Libraries that use `logging`: their lines, once, in the file of the run that calls them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from prefect.logging.handlers import APILogHandler
from prefect.settings import PREFECT_LOGGING_EXTRA_LOGGERS, temporary_settings

from electra_flow import PrefectLogger

if TYPE_CHECKING:
    from conftest import RunOf


class Ui(APILogHandler):
    """Prefect's handler for the UI, that keeps what it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.sent.append(self.prepare(record))
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        pass  # as with when_missing_flow = "ignore"


@pytest.fixture
def name() -> str:
    return f"biblioteca_{uuid4().hex[:8]}"  # with no handlers of another test


@pytest.fixture
def ui(name: str) -> Iterator[Ui]:
    """The library is one of extra_loggers; Prefect gave it its handler when it began."""
    handler = Ui()
    logging.getLogger(name).addHandler(handler)
    with temporary_settings({PREFECT_LOGGING_EXTRA_LOGGERS: name}):
        yield handler


def in_file(tmp_path: Path) -> list[str]:
    file = tmp_path / "logs" / "ventas.log"
    return [line.split(" | ", 2)[2] for line in file.read_text("utf-8").splitlines()]


def in_thread(logger: logging.Logger, text: str) -> None:
    thread = Thread(target=logger.info, args=(text,))
    thread.start()
    thread.join()


def test_its_lines_are_the_run_s_from_the_level_of_prefect(
    tmp_path: Path, name: str, ui: Ui, in_a_flow: RunOf, in_a_task: RunOf
) -> None:
    library = logging.getLogger(f"{name}.ventas")
    library.info("al importar")
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    with in_a_flow():
        logger_global.obtener_logger_prefect()
        library.debug("un detalle")
        library.info("en el flujo")
        with in_a_task():
            library.info("en una tarea que no pidió el logger")
    logging.getLogger("otra").info("nadie la puso en la lista")
    assert in_file(tmp_path) == [
        "Flow 'un-flujo' - en el flujo",
        "Task 'una_tarea' - en una tarea que no pidió el logger",
    ]
    assert [log["message"] for log in ui.sent] == [
        "en el flujo",
        "en una tarea que no pidió el logger",
    ]
    assert [bool(log["task_run_id"]) for log in ui.sent] == [False, True]


def test_its_threads_write_to_the_run_that_is_alone_in_the_process(
    tmp_path: Path, name: str, ui: Ui, in_a_flow: RunOf
) -> None:
    library = logging.getLogger(f"{name}.transport")
    in_thread(library, "antes del flujo")
    with in_a_flow():
        extra = PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect().extra
        in_thread(library, "desde un hilo")
    assert in_file(tmp_path) == ["Flow 'un-flujo' - desde un hilo"]
    assert extra
    assert [(log["message"], log["flow_run_id"]) for log in ui.sent] == [
        ("desde un hilo", extra["flow_run_id"])
    ]


def test_with_two_runs_in_the_process_the_deployed_one_has_the_lines_of_threads(
    tmp_path: Path, name: str, ui: Ui, in_a_flow: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subflow is a run of its own; by hand nothing says whose a thread is."""
    library = logging.getLogger(name)
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    with in_a_flow():
        extra = logger_global.obtener_logger_prefect().extra
        with in_a_flow():
            logger_global.obtener_logger_prefect()
            in_thread(library, "no se sabe de quién")
            assert extra
            monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(extra["flow_run_id"]))
            in_thread(library, "del desplegado")
    assert in_file(tmp_path) == ["Flow 'un-flujo' - del desplegado"]
    assert [log["flow_run_id"] for log in ui.sent] == [extra["flow_run_id"]]


def test_a_library_and_its_parent_may_both_be_listed(
    tmp_path: Path, name: str, ui: Ui, in_a_flow: RunOf
) -> None:
    library = logging.getLogger(f"{name}.ventas")
    with temporary_settings({PREFECT_LOGGING_EXTRA_LOGGERS: f"{name}.ventas,{name}"}), in_a_flow():
        PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect()
        library.info("una vez")
    assert in_file(tmp_path) == ["Flow 'un-flujo' - una vez"]
    assert len(ui.sent) == 1


def test_a_level_that_a_library_has_of_its_own_is_kept(
    tmp_path: Path, name: str, ui: Ui, in_a_flow: RunOf
) -> None:
    library = logging.getLogger(name)
    library.setLevel(logging.ERROR)
    with in_a_flow():
        PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect()
        library.info("de rutina")
        library.error("grave")
    assert in_file(tmp_path) == ["Flow 'un-flujo' - grave"]
