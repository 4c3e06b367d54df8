"""The file rotates by time, shared by processes that lose and repeat no line."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow import PrefectLogger
from electra_flow.logger.log_file import LogFile, RotatingFile

if TYPE_CHECKING:
    from conftest import RunOf

WRITER = """
import logging, sys, time
from pathlib import Path
from electra_flow.logger.log_file import LogFile, RotatingFile

path, name, lines, pause, backups = sys.argv[1:]
handler = RotatingFile(LogFile(Path(path), "S", 1, int(backups), "utf-8"))
for number in range(int(lines)):
    handler.handle(logging.makeLogRecord({"msg": f"{name}-{number}", "name": "x"}))
    assert not handler.failure, handler.failure
    time.sleep(float(pause))
"""


def write(folder: Path, processes: int, lines: int, pause: float, backups: int) -> list[str]:
    """Let processes write to one file that rotates each second; return the names of all files."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, folder / "ventas.log", f"proceso{number}"]
            + [str(lines), str(pause), str(backups)]
        )
        for number in range(processes)
    ]
    assert [process.wait(timeout=300) for process in running] == [0] * processes
    return sorted(path.name for path in folder.glob("[!.]*"))


@pytest.mark.real
def test_processes_that_rotate_one_file_lose_and_repeat_no_line(tmp_path: Path) -> None:
    names = write(tmp_path, processes=2, lines=80, pause=0.025, backups=0)
    assert len(names) > 2, "it has rotated"
    assert all(name.startswith("ventas.") and name.endswith(".log") for name in names)
    text = "".join((tmp_path / name).read_text("utf-8") for name in names)
    written = re.findall(r"- (proceso\d-\d+)$", text, re.MULTILINE)
    assert sorted(written) == sorted(f"proceso{p}-{n}" for p in range(2) for n in range(80))


@pytest.mark.real
def test_only_the_newest_rotated_files_are_kept(tmp_path: Path) -> None:
    for year in (2020, 2021, 2022):
        (tmp_path / f"ventas.{year}-01-01_00-00-00.log").write_text("viejo", "utf-8")
    (tmp_path / "ventas.apuntes.log").write_text("no es un archivo rotado", "utf-8")
    names = write(tmp_path, processes=1, lines=2, pause=1.1, backups=2)
    assert {"ventas.2022-01-01_00-00-00.log", "ventas.apuntes.log", "ventas.log"} < set(names)
    assert len(names) == 4, names


@pytest.mark.real
def test_a_rotation_that_is_changed_holds_from_then_on(tmp_path: Path, in_a_flow: RunOf) -> None:
    """Not from the end of the period that was stored before, which is thirty days away."""
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    with in_a_flow():
        logger_global.obtener_logger_prefect().info("cada treinta días")
        logger = logger_global.cambiar_rotfile_handler_params(when="S", interval=1)
        for _ in range(2):
            time.sleep(1.1)
            logger.info("cada segundo")
    names = [path.name for path in (tmp_path / "logs").glob("[!.]*")]
    assert len(names) > 2, names


def test_a_file_that_the_system_refuses_is_told_apart_from_a_record(tmp_path: Path) -> None:
    handler = RotatingFile(LogFile(tmp_path / "ventas.log", "D", 30, 12, "utf-8"))
    handler.baseFilename = handler.clh.baseFilename = str(tmp_path)  # a folder
    handler.handle(logging.makeLogRecord({"msg": "una línea", "name": "x"}))
    assert isinstance(handler.failure, OSError)
