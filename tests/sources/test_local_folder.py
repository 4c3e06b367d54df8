"""The code in a folder of this machine."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from electra_flow.model.source import Source, SourceError
from electra_flow.sources.local_folder import LocalFolder


def test_a_file_stands_for_its_folder_and_a_folder_for_itself(tmp_path: Path) -> None:
    (tmp_path / "deploy.py").touch()
    for file in (tmp_path / "deploy.py", tmp_path, str(tmp_path)):
        source = LocalFolder(file)
        assert source.folder == tmp_path
        assert isinstance(source, Source)
        assert source.secrets == ()
        assert source.storage("dev", "src/x.py:x") == tmp_path
        with source.code() as code:
            assert code == tmp_path


def test_what_is_no_path_is_named() -> None:
    with pytest.raises(TypeError, match="file tiene que ser __file__ .* y es None"):
        LocalFolder(None)  # type: ignore[arg-type]


def test_it_says_that_the_worker_is_on_this_machine(tmp_path: Path) -> None:
    (finding,) = LocalFolder(tmp_path).check("dev", ["src/x.py:x"])
    assert finding.level == ""
    assert "el worker de dev tiene que correr en esta máquina" in finding.text


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    source = LocalFolder(tmp_path / "no-está")
    (finding,) = source.check("dev", [])
    assert finding.level == "error"
    assert f"No está la carpeta {tmp_path / 'no-está'}:" in finding.text
    assert "\n" not in finding.text
    with pytest.raises(SourceError, match="No está la carpeta"), source.code():
        pass


def test_a_run_has_this_interpreter_in_the_project_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "con espacios" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(python))
    variables = LocalFolder(tmp_path).job_variables("cualquiera")
    assert set(variables) == {"command", "working_dir", "env"}
    assert variables["working_dir"] == str(tmp_path)
    assert variables["env"] == {"PYTHONUTF8": "1"}
    command = shlex.split(variables["command"])  # as Prefect's worker reads it
    assert command[1:] == ["-m", "prefect.engine"]
    program = "import sys; print(sys.orig_argv[0])"
    said = subprocess.run([command[0], "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(python)
