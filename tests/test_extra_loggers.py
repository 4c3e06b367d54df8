"""Libraries that use `logging`: their lines are once in Prefect's UI, the file and the terminal."""

from __future__ import annotations

import re
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
    ready.edit(flow, "from prefect_logger", "import libreria\nfrom prefect_logger")
    ready.edit(flow, "    largo = ", '    libreria.trabajar("en el flujo")\n    largo = ')
    ready.edit(flow, "    return f", '    libreria.trabajar("en una tarea")\n    return f')
    logger = "    logger = logger_global.obtener_logger_prefect()\n"
    ready.edit(flow, f'{logger}    logger.info("%s", saludo)\n', "")
    ready.edit(flow, "    return len", '    libreria.trabajar("en otra tarea")\n    return len')
    return ready


def assert_each_line_is_once(server: Server, project: Project, terminal: str) -> None:
    """Look at the last run of the flow, at its file and at what was shown."""
    runs = server.api(
        "POST",
        "/flow_runs/filter",
        {"flows": {"name": {"any_": [project.path.name]}}, "sort": "START_TIME_DESC"},
    )
    run_id = next(run["id"] for run in runs if run["state_type"] == "COMPLETED")
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


def test_in_a_run_by_hand(server: Server, with_library: Project) -> None:
    result = with_library.run("src/con_libreria.py")
    assert result.code == 0, result.output
    assert_each_line_is_once(server, with_library, result.output)


def test_in_a_deployed_run(server: Server, with_library: Project, worker_log: Path) -> None:
    result = with_library.deploy("--run")
    assert result.code == 0, result.output
    assert_each_line_is_once(server, with_library, worker_log.read_text("utf-8"))


def test_a_library_and_its_parent_may_both_be_listed(server: Server, with_library: Project) -> None:
    with_library.edit("prefect.toml", '["mi_libreria"]', '["mi_libreria.ventas", "mi_libreria"]')
    result = with_library.run("src/con_libreria.py")
    assert_each_line_is_once(server, with_library, result.output)


def test_a_level_that_a_library_has_of_its_own_is_kept(
    server: Server, with_library: Project
) -> None:
    with_library.edit(
        "src/libreria.py", 'logger.info("al', 'logger.setLevel(logging.ERROR)\nlogger.info("al'
    )
    result = with_library.run("src/con_libreria.py")
    assert result.code == 0 and "trabajo" not in result.output, result.output
