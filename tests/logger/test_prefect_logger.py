"""PrefectLogger: which lines go to which file, whatever becomes of the file."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.logging import disable_run_logger
from prefect.states import Crashed

from electra_flow import PrefectLogger

if TYPE_CHECKING:
    from conftest import RunOf


def lines(file: Path, encoding: str = "utf-8") -> list[str]:
    return [line.split(" | ", 2)[2] for line in file.read_text(encoding).splitlines()]


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What Prefect's own handlers are given."""
    with caplog.at_level(logging.INFO):
        yield caplog


def test_each_line_is_once_in_the_file(tmp_path: Path, in_a_task: RunOf) -> None:
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    with in_a_task():
        for text in ("año 1", "año 2"):
            logger_global.obtener_logger_prefect().info("%s", text)
    assert lines(tmp_path / "logs" / "ventas.log") == [
        "Task 'una_tarea' - año 1",
        "Task 'una_tarea' - año 2",
    ]


def test_tasks_in_parallel_threads_write_each_line_once(
    tmp_path: Path, in_a_flow: RunOf, in_a_task: RunOf
) -> None:
    logger_global = PrefectLogger(tmp_path / "ventas.py")

    def work(number: int) -> None:
        with in_a_task():
            for time in range(5):
                logger_global.obtener_logger_prefect().info("%d-%d", number, time)

    with in_a_flow(), ThreadPoolExecutor(8) as threads:
        logger_global.obtener_logger_prefect().info("empieza")
        done = [threads.submit(copy_context().run, work, number) for number in range(8)]
        for each in done:
            each.result()
    expected = [f"Task 'una_tarea' - {number}-{time}" for number in range(8) for time in range(5)]
    assert sorted(lines(tmp_path / "logs" / "ventas.log")) == [
        "Flow 'un-flujo' - empieza",
        *sorted(expected),
    ]


def test_flow_log_dir_changes_the_folder(
    tmp_path: Path, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_LOG_DIR", str(tmp_path / "una" / "carpeta" / "nueva"))
    with in_a_task():
        PrefectLogger("ventas.py").obtener_logger_prefect().info("hola")
    assert lines(tmp_path / "una/carpeta/nueva/ventas.log") == ["Task 'una_tarea' - hola"]


def test_the_file_changes_from_there_on_for_the_run_that_changes_it(
    tmp_path: Path, in_a_flow: RunOf, in_a_task: RunOf
) -> None:
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    with in_a_flow():
        logger = logger_global.obtener_logger_prefect()
        with in_a_task():
            of_task = logger_global.obtener_logger_prefect()
            of_task.info("uno")
            logger_global.cambiar_rotfile_handler_params(tmp_path / "sub" / "nuevo.log")
            of_task.info("dos")
        logger.info("tres")
        logger_global.obtener_logger_prefect().info("cuatro")
    assert [line[-4:] for line in lines(tmp_path / "logs" / "ventas.log")] == [" uno", "tres"]
    assert [line[-4:] for line in lines(tmp_path / "sub" / "nuevo.log")] == [" dos", "atro"]


def test_a_module_with_a_logger_of_its_own_writes_to_its_own_file(
    tmp_path: Path, in_a_flow: RunOf
) -> None:
    of_flow, of_helper = PrefectLogger(tmp_path / "flujo.py"), PrefectLogger(tmp_path / "ayuda.py")
    with in_a_flow():
        of_flow.obtener_logger_prefect().info("del flujo")
        of_helper.obtener_logger_prefect().info("de la ayuda")
        run_id = str(of_flow.obtener_logger_prefect().extra["flow_run_id"])  # type: ignore[index]
    logging.getLogger("prefect.flow_runs").info(
        "de Prefect", extra={"flow_run_id": run_id, "flow_name": "un-flujo"}
    )
    logs = tmp_path / "logs"
    assert lines(logs / "flujo.log") == [
        "Flow 'un-flujo' - del flujo",
        "Flow 'un-flujo' - de Prefect",
    ]
    assert lines(logs / "ayuda.log") == ["Flow 'un-flujo' - de la ayuda"]


# --- What goes wrong -----------------------------------------------------------------------------


def test_a_file_that_cannot_be_written_costs_one_warning_and_nothing_else(
    tmp_path: Path, in_a_flow: RunOf, in_a_task: RunOf, said: list[logging.LogRecord]
) -> None:
    """Root may write anywhere, so the log's folder is a file here."""
    (tmp_path / "logs").write_text("no es una carpeta", "utf-8")
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    with in_a_flow():
        logger_global.obtener_logger_prefect().info("del flujo")
        with in_a_task():
            logger_global.obtener_logger_prefect().info("de la tarea")
    assert [record.levelname for record in said.records] == ["WARNING", "INFO", "INFO"]


def test_a_file_that_fails_later_costs_a_warning_and_nothing_else(
    tmp_path: Path,
    in_a_flow: RunOf,
    said: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with in_a_flow():
        logger = PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect()
        logger.info("primera")
        shutil.rmtree(tmp_path / "logs")
        (tmp_path / "logs").write_text("", "utf-8")
        logger.info("segunda")
        logger.info("tercera")
    assert [record.getMessage()[:15] for record in said.records] == [
        "primera",
        "No se puede esc",
        "segunda",
        "tercera",
    ]
    assert "Traceback" not in capsys.readouterr().err


class Unprintable:
    def __str__(self) -> str:
        raise FileNotFoundError("a file of the author's, not the log's")


@pytest.mark.parametrize(
    "message",
    [
        ("Total: ", 99),
        ("%d ventas", "tres"),
        ("%s", Unprintable()),
        ("%(nombre)s", "Ana"),
        ("100% de %s", "esto"),
    ],
)
def test_a_record_without_a_text_costs_itself_alone_and_is_told_as_logging_does(
    tmp_path: Path, in_a_flow: RunOf, message: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_a_flow():
        logger = PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect()
        logger.info("antes")
        capsys.readouterr()
        logging.getLogger("prefect").propagate, before = (
            False,
            logging.getLogger("prefect").propagate,
        )  # the handlers of pytest raise what they cannot format
        try:
            logger.info(*message)
        finally:
            logging.getLogger("prefect").propagate = before
        logger.error("el error que importa")
    assert lines(tmp_path / "logs" / "ventas.log") == [
        "Flow 'un-flujo' - antes",
        "Flow 'un-flujo' - el error que importa",
    ]
    told = capsys.readouterr().err
    assert "--- Logging error ---" in told and "test_prefect_logger.py" in told
    assert "No se puede escribir" not in told


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "cuesta 3 € 🙂", "cuesta 3 € 🙂"),
        ("latin-1", "ñandú: 3 €", "ñandú: 3 \\u20ac"),
        ("cp1252", "3 € 🙂", "3 € \\U0001f642"),
        ("utf-8", "medio \udce9", "medio \\udce9"),
        ("utf-16", "ñandú 🙂", "ñandú 🙂"),
    ],
    ids=["utf-8", "latin-1", "cp1252", "half a letter", "utf-16"],
)
def test_what_the_encoding_lacks_is_written_as_its_escape(
    tmp_path: Path,
    in_a_flow: RunOf,
    encoding: str,
    text: str,
    written: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # pytest keeps what root's handlers were given, and pytest-xdist cannot pass half a letter on.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with in_a_flow():
        logger_global = PrefectLogger(tmp_path / "ventas.py", encoding=encoding)
        logger_global.obtener_logger_prefect().info("%s", text)
        logger_global.obtener_logger_prefect().info("después")
    assert lines(tmp_path / "logs" / "ventas.log", encoding) == [
        f"Flow 'un-flujo' - {written}",
        "Flow 'un-flujo' - después",
    ]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux shows what is open")
def test_no_file_stays_open_after_a_line(tmp_path: Path, in_a_flow: RunOf) -> None:
    with in_a_flow():
        PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect().info("una línea")
    open_files = [os.path.realpath(name) for name in Path("/proc/self/fd").iterdir()]
    assert not any(str(tmp_path) in name for name in open_files)


def test_outside_of_a_flow_or_a_task_there_is_no_logger(tmp_path: Path) -> None:
    flow_run = FlowRun(id=uuid4(), name="a run that somebody looked at", flow_id=uuid4())
    assert flow_run
    with pytest.raises(ValueError, match="dentro de un flujo o de una tarea"):
        PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect()


def test_with_disabled_loggers_there_is_one_that_says_nothing(tmp_path: Path) -> None:
    with disable_run_logger():
        PrefectLogger(tmp_path / "ventas.py").obtener_logger_prefect().info("nada")
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"when": "Z"}, "when='Z': usá S, M, H, D"),
        ({"interval": 0}, "interval va de 1"),
        ({"backup_count": -1}, "backup_count de 0"),
        ({"encoding": "utf-88"}, "encoding='utf-88': no existe; usá utf-8"),
        ({"encoding": "rot13"}, "encoding='rot13': no existe"),
    ],
)
def test_a_rotation_or_an_encoding_that_does_not_exist_is_refused(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        PrefectLogger("ventas.py", **wrong)


# --- Hooks that a worker runs, where there is no run any more ---------------------------------------


def test_a_hook_in_the_worker_writes_to_the_file_of_its_run(
    tmp_path: Path, a_flow: Flow[Any, Any]
) -> None:
    logger_global = PrefectLogger(tmp_path / "ventas.py")

    def tell(text: str) -> None:
        logger_global.obtener_logger_prefect().warning("%s", text)

    def al_caer(flow: Flow[Any, Any], flow_run: FlowRun, state: Any) -> None:
        logger_global.obtener_logger_prefect().info("se cayó: %s", state.name)
        tell("por una función de más")

    flow_run = FlowRun(id=uuid4(), name="gran-puma", flow_id=uuid4())
    with ThreadPoolExecutor(1) as thread:  # Prefect calls it in a thread, too
        thread.submit(
            copy_context().run, al_caer, flow=a_flow, flow_run=flow_run, state=Crashed()
        ).result()
    assert lines(tmp_path / "logs" / "ventas.log") == [
        "Flow 'un-flujo' - se cayó: Crashed",
        "Flow 'un-flujo' - por una función de más",
    ]
