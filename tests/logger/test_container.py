"""What a run knows of its container; /proc is played here, and real in tests/containers/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from electra_flow.checks.work_pool import HOME
from electra_flow.logger import container
from electra_flow.logger.log_file import LogFile, RotatingFile

# As Docker and its overlay show it: fields, a dash, and the type of the file system.
MOUNTS = f"""\
612 511 0:52 / / rw,relatime master:190 - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w
613 612 0:55 / /proc rw,nosuid - proc proc rw
621 612 254:0 /srv/logs {HOME}/.prefect/logs rw,relatime - ext4 /dev/vda rw
622 612 254:0 /srv/con\\040espacio /logs\\040de\\040ventas rw,relatime - ext4 /dev/vda rw
623 612 0:60 / /tmp/memoria rw,relatime - tmpfs tmpfs rw
624 612 254:0 /docker/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
"""


@pytest.fixture
def first_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[bytes], None]]:
    """Return a function that says what variables the first process has."""
    (tmp_path / "mountinfo").write_text(MOUNTS, "utf-8")
    monkeypatch.setattr(container, "FIRST_PROCESS", tmp_path / "environ")
    monkeypatch.setattr(container, "MOUNTS", tmp_path / "mountinfo")
    monkeypatch.delenv(container.IMAGE, raising=False)
    container.is_own.cache_clear()
    yield (tmp_path / "environ").write_bytes
    container.is_own.cache_clear()


@pytest.fixture
def own(first_process: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch) -> None:
    run = "00000000-0000-0000-0000-000000000001"
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", run)
    first_process(f"HOME=/root\0PREFECT__FLOW_RUN_ID={run}\0".encode())


def test_a_container_whose_first_process_is_a_worker_is_not_the_run_s(
    first_process: Callable[[bytes], None],
) -> None:
    first_process(b"HOME=/root\0PREFECT_API_URL=http://127.0.0.1:4200/api\0")
    assert not container.is_own()
    assert container.keeps(Path("/root")) and container.image() == ""


def test_without_proc_as_on_windows_there_is_no_container(
    first_process: Callable[[bytes], None],
) -> None:
    assert not container.is_own() and container.keeps(Path("/root"))


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        (f"{HOME}/.prefect/logs/ventas", True),
        (f"{HOME}/.prefect/logs", True),
        (f"{HOME}/.prefect", False),
        ("/app/src/logs", False),
        ("/logs de ventas", True),
        ("/tmp/memoria/logs", False),
        ("/tmp/logs", False),
    ],
)
def test_what_is_kept_is_what_goes_to_a_volume(own: None, folder: str, kept: bool) -> None:
    assert container.is_own()
    assert container.keeps(Path(folder)) == kept


def test_a_log_file_that_would_go_with_the_container_is_not_begun(
    own: None, tmp_path: Path
) -> None:
    file = LogFile(tmp_path / "logs" / "ventas.log", "D", 30, 12, "utf-8")
    with pytest.raises(OSError, match="es del contenedor, que se borra, y no un volumen montado"):
        RotatingFile(file)
    assert not (tmp_path / "logs").exists()


def test_an_image_that_says_what_it_is_is_believed(
    own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(container.IMAGE, "ventas:1a2b3c4d5e6f")
    assert container.image() == "ventas:1a2b3c4d5e6f"


def test_a_server_that_does_not_answer_costs_the_run_nothing(
    own: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> str:
        raise OSError

    monkeypatch.setattr(container, "_given", refuse)
    assert container.image() == "desconocida: el servidor no la dijo"
