"""The folder of `dev` in a project, and that there is one `dev` in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from electra_flow.developing.place import Place
from electra_flow.developing.problem import DevError

HOLD = """
import sys, time
from pathlib import Path
from electra_flow.developing.place import Place

with Place(Path(sys.argv[1])).alone():
    print("in", flush=True)
    time.sleep(60)
"""


def test_git_ignores_it_whatever_the_project_says(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare(fresh=False)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (place.home / "prefect.db").touch()
    command = ["git", "-C", str(tmp_path), "status", "--porcelain"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b""


def test_a_second_one_is_told_until_the_first_is_killed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as first:
        assert first.stdout and first.stdout.readline() == b"in\n"
        with pytest.raises(DevError, match="ya está andando en este proyecto"), place.alone():
            pass
        first.kill()
        first.wait()
        with place.alone():
            pass


def test_fresh_forgets_the_server_and_not_what_somebody_wrote(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare(fresh=False)
    place.values.write_text("clave=x\n", "utf-8")
    assert place.port == 0
    place.port = 4711
    assert Place(tmp_path).port == 4711
    (place.home / "prefect.db").touch()
    place.prepare(fresh=False)
    assert (place.home / "prefect.db").exists()
    with place.alone():
        place.prepare(fresh=True)
    assert [*place.home.iterdir()] == []
    assert place.values.exists()


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".prefect").write_text("a file", "utf-8")
    with pytest.raises(DevError, match="No se puede escribir en .*dev guarda su servidor"):
        Place(tmp_path)
