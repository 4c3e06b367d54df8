"""A PrefectLogger that goes with a task to another process, or to another machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cloudpickle
import pytest

from electra_flow import PrefectLogger
from electra_flow.logger import router

if TYPE_CHECKING:
    from conftest import RunOf


def arrives(logger: PrefectLogger, monkeypatch: pytest.MonkeyPatch) -> PrefectLogger:
    """Go to a machine that has no variable of the deployment, and whose user is another."""
    sent = cloudpickle.dumps(logger)
    monkeypatch.delenv("FLOW_LOG_DIR", raising=False)
    arrived = cloudpickle.loads(sent)
    assert isinstance(arrived, PrefectLogger)
    return arrived


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    return home


def written(logger: PrefectLogger, file: Path, in_a_task: RunOf) -> None:
    with in_a_task():
        logger.obtener_logger_prefect().info("hola")
    assert file.read_text("utf-8").endswith(" - hola\n")


def test_on_a_machine_with_the_script_it_writes_beside_it(
    tmp_path: Path, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "ventas.py"
    script.touch()
    arrived = arrives(PrefectLogger(script), monkeypatch)
    written(arrived, tmp_path / "logs" / "ventas.log", in_a_task)


def test_on_a_machine_without_it_in_the_home_of_the_task(
    tmp_path: Path, home: Path, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = arrives(PrefectLogger(tmp_path / "no está" / "ventas.py"), monkeypatch)
    written(arrived, home / ".prefect" / "logs" / "ventas" / "ventas.log", in_a_task)


def test_the_folder_of_the_deployment_is_that_of_the_other_machine_s_user(
    tmp_path: Path, home: Path, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_LOG_DIR", "~/.prefect/logs/mi-flujo")
    sent = PrefectLogger(tmp_path / "ventas.py")
    monkeypatch.setenv("HOME", str(tmp_path / "otra"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "otra"))
    written(
        arrives(sent, monkeypatch), tmp_path / "otra/.prefect/logs/mi-flujo/ventas.log", in_a_task
    )


def test_a_folder_that_the_other_machine_sets_wins(
    tmp_path: Path, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_LOG_DIR", str(tmp_path / "del flujo"))
    sent = cloudpickle.dumps(PrefectLogger(tmp_path / "ventas.py"))
    monkeypatch.setenv("FLOW_LOG_DIR", str(tmp_path / "de la máquina"))
    written(cloudpickle.loads(sent), tmp_path / "de la máquina" / "ventas.log", in_a_task)


def test_a_file_that_was_chosen_stays_with_its_rotation(
    tmp_path: Path, in_a_flow: RunOf, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = PrefectLogger(tmp_path / "ventas.py", when="H", backup_count=3)
    chosen = tmp_path / "elegido.log"
    with in_a_flow():
        logger.cambiar_rotfile_handler_params(log_path=chosen, interval=2)
    arrived = arrives(logger, monkeypatch)
    assert arrived._file == logger._file
    assert (arrived._file.when, arrived._file.interval, arrived._file.backup_count) == ("H", 2, 3)
    written(arrived, chosen, in_a_task)


def test_a_worker_that_lives_for_weeks_forgets_the_files_of_old_tasks(
    tmp_path: Path, in_a_flow: RunOf, in_a_task: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "MOST_RUNS", 3)
    logger = PrefectLogger(tmp_path / "ventas.py")
    with in_a_flow():
        of_flow = logger.obtener_logger_prefect()
        for _ in range(10):
            with in_a_task():
                logger.obtener_logger_prefect().info("de una tarea")
        assert len(router.ROUTER._targets) == 3
        of_flow.info("del flujo")
    text = (tmp_path / "logs" / "ventas.log").read_text("utf-8")
    assert (text.count("de una tarea"), text.count("del flujo")) == (10, 1)
