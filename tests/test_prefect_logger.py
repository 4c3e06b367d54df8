"""The bundled PrefectLogger: every line once, in threads and processes, whatever its file does."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Project, Server

pytestmark = pytest.mark.real


@pytest.fixture
def script(project: Callable[..., Project], server: Server) -> Callable[[str], Project]:
    """Return a function that makes `src/mi_flujo.py` hold this code, beside the logger."""

    def script(code: str) -> Project:
        ready = project()
        ready.env = ready.env | server.env
        (ready.path / "src" / "mi_flujo.py").write_text(IMPORTS + code, "utf-8")
        return ready

    return script


IMPORTS = """
from pathlib import Path
from prefect import flow, task
from prefect_logger import PrefectLogger

logger_global = PrefectLogger(__file__)
here = Path(__file__).parent
"""
FILE_LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| (INFO   |WARNING|ERROR  ) \| (Flow|Task) '[\w-]+' - .*"
)


def test_tasks_in_parallel_threads_write_each_line_once_in_file_terminal_and_log(
    script: Callable[[str], Project], server: Server
) -> None:
    project = script("""
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
""")
    result = project.run("src/mi_flujo.py")
    assert result.code == 0, result.output
    file = (project.path / "src" / "logs" / "mi_flujo.log").read_text("utf-8")
    assert all(FILE_LINE.fullmatch(line) for line in file.splitlines())
    expected = [f"línea {number}-{time} ñ" for number in range(8) for time in range(5)]

    def everything() -> list[str]:
        query = {"logs": {"level": {"ge_": 0}}, "limit": 200, "sort": "TIMESTAMP_DESC"}
        messages = [log["message"] for log in server.api("POST", "/logs/filter", query)]
        return messages if set(expected) <= set(messages) else []

    messages = wait_until(everything, "the log of the run")
    for text in [*expected, "empieza"]:
        assert [file.count(text), result.output.count(text), messages.count(text)] == [1, 1, 1]


def test_changing_the_file_in_a_task_leaves_the_flow_s_own_as_it_is(
    script: Callable[[str], Project],
) -> None:
    project = script("""
@task
def tarea():
    logger = logger_global.obtener_logger_prefect()
    logger.info("uno")
    logger_global.cambiar_rotfile_handler_params(here / "sub" / "carpeta" / "nuevo.log")
    logger.info("dos")

@flow
def mi_flujo():
    logger = logger_global.obtener_logger_prefect()
    tarea()
    logger.info("tres")
    logger_global.obtener_logger_prefect().info("cuatro")

mi_flujo()
""")
    assert project.run("src/mi_flujo.py").code == 0
    old = (project.path / "src" / "logs" / "mi_flujo.log").read_text("utf-8")
    new = (project.path / "src" / "sub" / "carpeta" / "nuevo.log").read_text("utf-8")
    assert re.findall(r"- (uno|dos|tres|cuatro)\n", old) == ["uno", "tres"]
    assert re.findall(r"- (uno|dos|tres|cuatro)\n", new) == ["dos", "cuatro"]


def test_a_module_with_a_logger_of_its_own_writes_to_its_own_file(
    script: Callable[[str], Project],
) -> None:
    project = script("""
import ayuda

@flow
def mi_flujo():
    logger_global.obtener_logger_prefect().info("del flujo")
    ayuda.ayudar()
    logger_global.obtener_logger_prefect().info("otra del flujo")

mi_flujo()
""")
    (project.path / "src" / "ayuda.py").write_text(
        "from prefect_logger import PrefectLogger\nlogger_ayuda = PrefectLogger(__file__)\n"
        "def ayudar():\n    logger_ayuda.obtener_logger_prefect().info('de la ayuda')\n",
        "utf-8",
    )
    assert project.run("src/mi_flujo.py").code == 0
    logs = project.path / "src" / "logs"
    flow, helper = ((logs / name).read_text("utf-8") for name in ("mi_flujo.log", "ayuda.log"))
    assert re.findall(r"- (.*(?:flujo|ayuda))\n", flow) == ["del flujo", "otra del flujo"]
    assert helper.splitlines()[0].endswith("Flow 'mi-flujo' - de la ayuda")
    assert "Finished in state Completed()" in flow and len(helper.splitlines()) == 1


def test_a_file_that_cannot_be_written_costs_one_warning_and_nothing_else(
    script: Callable[[str], Project],
) -> None:
    """Root may write anywhere, so the log's folder is a file here."""
    project = script("""
@task
def tarea():
    logger_global.obtener_logger_prefect().info("de la tarea")

@flow
def mi_flujo():
    logger_global.obtener_logger_prefect().info("del flujo")
    tarea()

mi_flujo()
""")
    (project.path / "src" / "logs").write_text("no es una carpeta", "utf-8")
    result = project.run("src/mi_flujo.py")
    assert result.code == 0, result.output
    assert "del flujo" in result.output and "de la tarea" in result.output
    assert "WARNING | Flow run" in result.output
    assert result.output.count("No se puede escribir en el archivo de log") == 1
    assert "Finished in state Completed()" in result.output


def test_a_file_that_fails_later_costs_a_warning_and_nothing_else(
    script: Callable[[str], Project],
) -> None:
    project = script("""
import shutil

@flow
def mi_flujo():
    logger = logger_global.obtener_logger_prefect()
    logger.info("primera")
    shutil.rmtree(here / "logs")
    (here / "logs").write_text("", "utf-8")
    logger.info("segunda")
    logger.info("tercera")

mi_flujo()
""")
    result = project.run("src/mi_flujo.py")
    assert result.code == 0, result.output
    assert "tercera" in result.output
    assert result.output.count("No se puede escribir en el archivo de log") == 1
    assert "Traceback" not in result.output


def test_no_file_stays_open_after_a_line(script: Callable[[str], Project]) -> None:
    project = script("""
import os

@flow
def mi_flujo():
    logger_global.obtener_logger_prefect().info("una línea")
    print("abiertos:", [f for f in map(os.readlink, Path("/proc/self/fd").glob("[0-9]*"))
                        if "logs" in f])

import warnings
_readlink = os.readlink
def seguro(path):
    try:
        return _readlink(path)
    except OSError:
        return ""
os.readlink = seguro
mi_flujo()
""")
    result = project.run("src/mi_flujo.py")
    assert "abiertos: []" in result.output, result.output


WRITER = """
import sys
from uuid import uuid4
sys.path.insert(0, "src")
from prefect import task
from prefect.client.schemas.objects import TaskRun
from prefect.context import TaskRunContext
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect_logger import PrefectLogger

@task
def tarea(): ...

run = TaskRun(id=uuid4(), name="t", task_key="t", dynamic_key="0")
with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}):
    with TaskRunContext.model_construct(task=tarea, task_run=run):
        logger = PrefectLogger("ventas.py", when="S", interval=1, backup_count=BACKUPS)
        logger = logger.obtener_logger_prefect()
        import time
        for number in range(LINES):
            logger.info("%s-%d", sys.argv[1], number)
            time.sleep(PAUSE)
"""


def write(project: Project, processes: int, lines: int, pause: float, backups: int) -> list[str]:
    """Let processes write to one file that rotates each second; return the names of all files."""
    code = WRITER.replace("LINES", str(lines)).replace("PAUSE", str(pause))
    code = code.replace("BACKUPS", str(backups))
    running = [
        subprocess.Popen(
            [project.python, "-c", code, f"proceso{number}"],
            cwd=project.path,
            env=project.env,
            stderr=subprocess.DEVNULL,
        )
        for number in range(processes)
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * processes
    return sorted(path.name for path in (project.path / "logs").glob("[!.]*"))


def test_processes_that_rotate_one_file_lose_and_repeat_no_line(
    project: Callable[..., Project],
) -> None:
    project = project()
    names = write(project, processes=4, lines=150, pause=0.02, backups=0)
    assert len(names) > 2, "it has rotated"
    assert all(name.startswith("ventas.") and name.endswith(".log") for name in names)
    text = "".join((project.path / "logs" / name).read_text("utf-8") for name in names)
    written = re.findall(r"- (proceso\d-\d+)$", text, re.MULTILINE)
    assert sorted(written) == sorted(f"proceso{p}-{n}" for p in range(4) for n in range(150))


def test_a_rotation_that_is_changed_holds_from_then_on(script: Callable[[str], Project]) -> None:
    """Not from the end of the period that was stored before, which is thirty days away."""
    project = script("""
import time

@flow
def mi_flujo():
    logger_global.obtener_logger_prefect().info("cada treinta días")
    logger = logger_global.cambiar_rotfile_handler_params(when="S", interval=1)
    for _ in range(3):
        time.sleep(1.1)
        logger.info("cada segundo")

mi_flujo()
""")
    assert project.run("src/mi_flujo.py").code == 0
    names = [path.name for path in (project.path / "src" / "logs").glob("[!.]*")]
    assert len(names) > 2, names


def test_only_the_newest_rotated_files_are_kept(project: Callable[..., Project]) -> None:
    project = project()
    logs = project.path / "logs"
    logs.mkdir()
    (logs / "ventas.2020-01-01_00-00-00.log").write_text("viejo", "utf-8")
    (logs / "ventas.apuntes.log").write_text("no es un archivo rotado", "utf-8")
    names = write(project, processes=1, lines=6, pause=1.0, backups=2)
    assert "ventas.2020-01-01_00-00-00.log" not in names
    assert "ventas.apuntes.log" in names and "ventas.log" in names
    assert len(names) == 4, names
