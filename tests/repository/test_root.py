"""The root of a repository: what is written there, and what is there already and stays."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from electra_flow.command.main import main
from electra_flow.repository.root import make_root
from harness import ROOT

WHEEL = "electra_flow-1.0.0+s0-py3-none-any.whl"
WRITTEN = [
    *(".gitattributes", ".github/workflows/flujos.yml", ".gitignore", ".pre-commit-config.yaml"),
    *(".prekignore", "pyproject.toml"),
]
CONVENTIONS = ROOT / "{{cookiecutter.project_slug}}" / ".pre-commit-config.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a repository, on a machine where uv does nothing, and well."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "dev" / "ventas"
    folder.mkdir(parents=True)
    (folder / "deploy.py").touch()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "ventas"\n'
        'dependencies = ["prefect", "electra-flow[report]==1.0.0+s0"]\n'
        f'[tool.uv.sources]\nelectra-flow = {{ path = "../../vendor/{WHEEL}" }}\n',
        "utf-8",
    )
    monkeypatch.setenv("UV", "/usr/bin/true" if os.name == "posix" else sys.executable)
    monkeypatch.chdir(folder)
    return folder


def made(top: Path) -> dict[str, bytes]:
    """Return what stands at the top: each file with its bytes."""
    return {
        path.relative_to(top).as_posix(): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and "dev" not in path.parts
    }


def test_it_gets_a_project_of_its_own_with_the_library_of_where_it_is_run(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["repository"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"En la raíz del repositorio ({tmp_path}): {', '.join(WRITTEN)}."
    assert last.endswith("En cada clon, una vez, en la raíz: uv run pre-commit install")
    files = made(tmp_path)
    assert sorted(files) == WRITTEN
    root = tomllib.loads(files["pyproject.toml"].decode())
    assert root["project"]["dependencies"] == ["electra-flow==1.0.0+s0"]
    assert root["tool"]["uv"] == {
        "package": False,
        "sources": {"electra-flow": {"path": f"vendor/{WHEEL}"}},
    }
    for name in (".pre-commit-config.yaml", ".github/workflows/flujos.yml"):
        assert "ventas" not in files[name].decode(), "it names no project"
        yaml.safe_load(files[name])
    assert b"\r" not in b"".join(files.values())


def test_a_second_time_and_from_the_root_all_is_there(
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main(["repository"])
    files = made(tmp_path)
    for folder in (project, tmp_path):
        capsys.readouterr()
        monkeypatch.chdir(folder)
        assert main(["repository"]) == 0
        assert capsys.readouterr().out == f"En la raíz del repositorio ({tmp_path}) ya está todo.\n"
    assert made(tmp_path) == files


def test_it_asks_for_the_library_as_the_project_does_where_that_is_no_wheel(
    project: Path, tmp_path: Path
) -> None:
    address = "electra-flow @ git+https://example.com/e.git@0123 ; python_version > '3'"
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "ventas"\ndependencies = ["{address}"]\n', "utf-8"
    )
    make_root(project)
    root = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))
    assert root["project"]["dependencies"] == [address]
    assert "sources" not in root["tool"]["uv"]


def test_what_is_there_stays_and_what_it_lacks_is_said(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["dev/*"]\n',
        ".pre-commit-config.yaml": "repos: []\n",
        ".github/workflows/flujos.yml": "name: otra cosa\n",
    }
    for name, text in theirs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / ".gitignore").write_text("*.tmp\n__pycache__/", "utf-8")
    (tmp_path / ".gitattributes").write_text("*.png binary\n", "utf-8")
    assert main(["repository"]) == 1
    said = capsys.readouterr().err
    assert f"uv add --dev vendor/{WHEEL} bc-detect-secrets pre-commit pre-commit-hooks" in said
    assert "        entry: uv run --frozen electra-flow hooks --tests\n" in said
    assert ".github/workflows/flujos.yml ya estaba y es de otra cosa" in said
    files = {name: content.decode() for name, content in made(tmp_path).items()}
    assert theirs.items() <= files.items()
    assert files[".gitignore"] == "*.tmp\n__pycache__/\n.venv/\n"
    assert files[".gitattributes"] == "*.png binary\n*.whl binary\n"
    assert files[".prekignore"] == "*/\n"


def test_what_has_the_hooks_already_lacks_nothing(project: Path, tmp_path: Path) -> None:
    make_root(project)
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        path = tmp_path / name
        path.write_text("# De la casa.\n" + path.read_text("utf-8"), "utf-8")
    assert make_root(project).left == []


def test_the_hooks_of_a_project_that_was_moved_are_mended(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / ".pre-commit-config.yaml"
    path.write_text(
        CONVENTIONS.read_text("utf-8").replace("--project .", "--project viejo"), "utf-8"
    )
    assert main(["repository"]) == 0
    said = capsys.readouterr().out
    assert "dev/ventas/.pre-commit-config.yaml: nombra ahora esta carpeta.\n" in said
    text = path.read_text("utf-8")
    assert '"uv run --project dev/ventas --frozen ruff format' in text and "viejo" not in text
    assert '\nfiles: "^dev/ventas/"' in text


def test_without_uv_all_is_written_but_the_lock_which_is_said(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("UV", str(tmp_path / "no-hay"))
    assert main(["repository"]) == 1
    assert sorted(made(tmp_path)) == WRITTEN
    assert capsys.readouterr().err == (
        "uv no pudo escribir el uv.lock de la raíz; ahí: uv lock. Dijo: no está uv "
        "(https://docs.astral.sh/uv/).\n"
    )


def test_where_there_is_no_room_for_several_projects_nothing_is_written(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refused() -> str:
        assert main(["repository"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        return line

    monkeypatch.chdir(tmp_path / "dev")
    assert "no es un proyecto de flujos" in refused()
    monkeypatch.chdir(project)
    (project / ".git").touch()  # as in a worktree
    assert "es todo su repositorio" in refused()
    (project / ".git").unlink()
    (project / "pyproject.toml").write_bytes(b"\xff")
    assert refused() == "pyproject.toml no está en UTF-8."
    (tmp_path / ".git").rmdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "no está en un repositorio de Git" in refused()
    assert made(tmp_path) == {}


def test_what_cannot_be_written_leaves_nothing_behind(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".github").write_text("un archivo\n", "utf-8")
    assert main(["repository"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("No se pudo escribir .github/workflows/flujos.yml, en ")
    assert list(made(tmp_path)) == [".github"]
