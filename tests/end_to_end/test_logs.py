"""Every line is once in Prefect's UI, the file and the terminal: of tasks, and of libraries.

What else PrefectLogger promises needs no server: tests/logger/.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from harness import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real

LIBRARY = '''"""Una biblioteca, que no sabe de Prefect."""

import logging
from threading import Thread

logger = logging.getLogger("mi_libreria.ventas")
logger.info("al importar")


def trabajar(donde: str) -> None:
    """Escribe por `logging`, y desde un hilo suyo."""
    logger.debug("un detalle %s", donde)
    logger.info("trabajo %s", donde)
    logging.getLogger("otra_libreria").info("nadie la puso en la lista")
    thread = Thread(target=logger.info, args=("en un hilo %s", donde))
    thread.start()
    thread.join()
'''
EXPECTED = {
    "trabajo en el flujo": "Flow 'con-libreria' - ",
    "trabajo en una tarea": "Task 'preparar_saludo' - ",
    "trabajo en otra tarea": "Task 'entregar_saludo' - ",
}


@pytest.fixture
def with_library(project: Callable[..., Project], server: Server) -> Project:
    """A project whose flow and tasks use a library; one task never asks for the logger."""
    ready = project(project_slug="con-libreria", pool_dev="pool-con-worker")
    ready.env = ready.env | server.env
    (ready.path / "src" / "libreria.py").write_text(LIBRARY, "utf-8")
    ready.edit("prefect.toml", "extra_loggers = []", 'extra_loggers = ["mi_libreria"]')
    flow = "src/con_libreria.py"
    ready.edit(flow, "from electra_flow", "import libreria\nfrom electra_flow")
    ready.edit(flow, "    largo = ", '    libreria.trabajar("en el flujo")\n    largo = ')
    ready.edit(flow, "    return f", '    libreria.trabajar("en una tarea")\n    return f')
    logger = "    logger = logger_global.obtener_logger_prefect()\n"
    ready.edit(flow, f'{logger}    logger.info("%s", saludo)\n', "")
    ready.edit(flow, "    return len", '    libreria.trabajar("en otra tarea")\n    return len')
    return ready


def runs_of(server: Server, flow: str) -> list[str]:
    """Return the completed runs of a flow, the last one first."""
    query = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC"}
    runs = server.api("POST", "/flow_runs/filter", query)
    return [run["id"] for run in runs if run["state_type"] == "COMPLETED"]


def assert_each_line_is_once(server: Server, project: Project, terminal: str) -> None:
    """Look at the last run of the flow, at its file and at what was shown."""
    run_id = runs_of(server, project.path.name)[0]
    query = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}

    def everything() -> list[dict[str, str]]:
        logs = server.api("POST", "/logs/filter", query)
        return logs if any("Finished" in log["message"] for log in logs[-1:]) else []

    logs = wait_until(everything, "the log of a run")
    file = (project.path / "src" / "logs" / "con_libreria.log").read_text("utf-8")
    messages = [log["message"] for log in logs]
    for text, prefix in EXPECTED.items():
        assert messages.count(text) == 1, messages
        assert re.findall(rf"\| INFO    \| (.*){text}\n", file) == [prefix], file
        assert terminal.count(text) == 1, terminal
    tasks = {log["message"]: log["task_run_id"] for log in logs}
    assert tasks["trabajo en una tarea"] and not tasks["trabajo en el flujo"]
    for text in ("un detalle", "nadie la puso en la lista", "al importar"):
        assert text not in file and not any(text in message for message in messages)
    assert "UserWarning" not in terminal, "a line from outside of a run is no reason to complain"


def test_the_lines_of_a_library_are_once_by_hand_and_deployed(
    server: Server, with_library: Project, worker_log: Path
) -> None:
    result = with_library.run("src/con_libreria.py")
    assert result.code == 0, result.output
    assert_each_line_is_once(server, with_library, result.output)

    (with_library.path / "src" / "logs" / "con_libreria.log").unlink()
    result = with_library.deploy("--run")
    assert result.code == 0, result.output
    assert_each_line_is_once(server, with_library, worker_log.read_text("utf-8"))


PARALLEL = """
from electra_flow import PrefectLogger
from prefect import flow, task

logger_global = PrefectLogger(__file__)


@task
def tarea(numero: int):
    for vez in range(5):
        logger_global.obtener_logger_prefect().info("línea %d-%d ñ", numero, vez)


@flow(name="en-paralelo")
def mi_flujo():
    logger_global.obtener_logger_prefect().info("empieza")
    tarea.map(range(8)).wait()


if __name__ == "__main__":
    mi_flujo()
"""
FILE_LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| (INFO   |WARNING|ERROR  ) \| (Flow|Task) '[\w-]+' - .*"
)


def test_tasks_in_parallel_threads_write_each_line_once_and_a_lost_file_costs_a_warning(
    project: Callable[..., Project], server: Server
) -> None:
    ready = project()
    ready.env = ready.env | server.env
    (ready.path / "src" / "mi_flujo.py").write_text(PARALLEL, "utf-8")
    result = ready.run("src/mi_flujo.py")
    assert result.code == 0, result.output
    logs = ready.path / "src" / "logs"
    file = (logs / "mi_flujo.log").read_text("utf-8")
    assert all(FILE_LINE.fullmatch(line) for line in file.splitlines())
    expected = [f"línea {number}-{time} ñ" for number in range(8) for time in range(5)]
    (run_id,) = runs_of(server, "en-paralelo")
    query = {"logs": {"flow_run_id": {"any_": [run_id]}}, "limit": 200}

    def everything() -> list[str]:
        messages = [log["message"] for log in server.api("POST", "/logs/filter", query)]
        return messages if {*expected, "empieza"} <= set(messages) else []

    messages = wait_until(everything, "the log of the run")
    for text in [*expected, "empieza"]:
        assert [file.count(text), result.output.count(text), messages.count(text)] == [1, 1, 1]

    # Root may write anywhere, so the log's folder is a file here.
    shutil.rmtree(logs)
    logs.write_text("no es una carpeta", "utf-8")
    result = ready.run("src/mi_flujo.py")
    assert result.code == 0, result.output
    assert all(result.output.count(text) == 1 for text in expected)
    assert "WARNING | Flow run" in result.output and "Traceback" not in result.output
    assert result.output.count("No se puede escribir en el archivo de log") == 1
    assert "Finished in state Completed()" in result.output
