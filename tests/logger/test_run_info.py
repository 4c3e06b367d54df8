"""What a run says when it begins: the interpreter and the commit; and when it must not begin."""

from __future__ import annotations

import os
import platform
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from electra_flow.logger import run_info as module

FLOW = "from electra_flow import run_info\nTEXT = run_info()\n"


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        module.OWN_ENVIRONMENT,
        "PREFECT__FLOW_RUN_ID",
        "PREFECT__WORKER_NAME",
        "UV_PROJECT_ENVIRONMENT",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run from a repository, which asks for the project's own environment."""
    monkeypatch.setenv(module.OWN_ENVIRONMENT, "true")
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "00000000-0000-0000-0000-000000000001")


@pytest.fixture
def project(committed: Path, tmp_path: Path) -> Path:
    """A project beside another one, each a repository with a commit of its own."""
    shutil.copytree(committed, tmp_path / "flujos")
    return tmp_path / "flujos" / "mi-flujo"


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `project` is a copy of."""
    above = tmp_path_factory.mktemp("flujos")
    for name in ("otro", "mi-flujo"):
        folder = above / name
        (folder / "src" / "paquete").mkdir(parents=True)
        (folder / "pyproject.toml").touch()
        (folder / "src" / "mi_flujo.py").write_text(FLOW, "utf-8")
        (folder / "src" / "paquete" / "flujo.py").write_text(FLOW, "utf-8")
        git(folder, "init", "-q")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", name)
    return above


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
    return subprocess.check_output(["git", *identity, *arguments], cwd=folder, text=True).strip()


def run(file: Path) -> str:
    text: str = runpy.run_path(str(file))["TEXT"]
    return text


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("src/mi_flujo.py", "."),
        ("src/mi_flujo.py", "src"),
        ("src/paquete/flujo.py", ".."),
        ("src/paquete/flujo.py", "../otro"),
        ("src/mi_flujo.py", "/"),
    ],
)
def test_it_says_the_interpreter_and_the_commit_from_wherever_it_is_run(
    project: Path, file: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / place)
    commit = git(project, "rev-parse", "--short=12", "HEAD")
    assert run(project / file).endswith(f"({sys.executable}), commit {commit}")
    (project / "pyproject.toml").write_text("# cambiado", "utf-8")
    assert run(project / file).endswith(f"commit {commit}, con cambios")


def test_without_a_file_it_is_the_project_of_the_working_directory(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "src")
    names: dict[str, str] = {}
    exec(FLOW, names)
    assert names["TEXT"].endswith(git(project, "rev-parse", "--short=12", "HEAD"))


def test_a_folder_outside_of_a_repository_has_no_commit(tmp_path: Path) -> None:
    (tmp_path / "flujo.py").write_text(FLOW, "utf-8")
    assert run(tmp_path / "flujo.py").endswith(", sin commit")


def test_code_in_an_image_has_the_commit_that_its_image_was_built_of(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(module.COMMIT, "1a2b3c4d5e6f")
    monkeypatch.setenv("ELECTRA_FLOW_IMAGE", "ventas:1a2b3c4d5e6f")
    (tmp_path / "flujo.py").write_text(FLOW, "utf-8")
    said = run(tmp_path / "flujo.py")
    assert said.endswith("), commit 1a2b3c4d5e6f, imagen ventas:1a2b3c4d5e6f")
    commit = git(project, "rev-parse", "--short=12", "HEAD")
    assert f"), commit {commit}, " in run(project / "src" / "mi_flujo.py"), (
        "a repository knows better"
    )


def test_a_run_of_a_worker_says_which_one_and_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT__WORKER_NAME", "ventas-1")
    (tmp_path / "flujo.py").write_text(FLOW, "utf-8")
    text = run(tmp_path / "flujo.py")
    assert text.endswith(f", sin commit, worker «ventas-1» en {platform.node()}")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="another user takes root")
def test_a_worker_of_another_user_says_the_commit(project: Path) -> None:
    """Git takes such a repository for dubious, and «sin commit» would be untrue."""
    others: Callable[..., None] = lambda path: os.chown(path, 12345, 12345)  # noqa: E731
    for path in (project, *project.rglob("*")):
        others(path)
    commit = git(Path("/"), "-c", "safe.directory=*", "-C", str(project), "rev-parse", "HEAD")
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "status")
    assert run(project / "src" / "mi_flujo.py").endswith(f"commit {commit[:12]}")


@pytest.mark.skipif(shutil.which("sh") is None, reason="the hook of Git is a shell script")
def test_nothing_of_the_repository_s_settings_is_run_to_ask_for_the_commit(project: Path) -> None:
    hook = project.parent / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {project.parent}/ran\n", "utf-8")
    hook.chmod(0o755)
    git(project, "config", "core.fsmonitor", str(hook))
    assert "commit" in run(project / "src" / "mi_flujo.py")
    assert not (project.parent / "ran").exists()


# --- The environment of a deployed run ------------------------------------------------------------


def test_a_run_that_asks_for_its_own_environment_does_not_run_with_another(
    deployed: None, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="no el entorno del proyecto: el worker tiene que"):
        run(project / "src" / "mi_flujo.py")
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID")  # by hand any interpreter does
    assert run(project / "src" / "mi_flujo.py")


def test_a_run_from_a_folder_asks_for_no_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "00000000-0000-0000-0000-000000000001")
    assert run(project / "src" / "mi_flujo.py")
    monkeypatch.setenv(module.OWN_ENVIRONMENT, "false")
    assert run(project / "src" / "mi_flujo.py")


@pytest.mark.parametrize(
    ("prefix", "told", "fits"),
    [
        ("mi-flujo/.venv", None, True),
        ("mi-flujo/otro-nombre", None, True),
        (".venv", None, True),  # of the uv workspace
        ("otro/.venv", None, False),
        ("mi-flujo-viejo/.venv", None, False),
        ("aparte", "{}/aparte", True),
        ("mi-flujo/aparte", "aparte", True),
        ("otro/.venv", "{}/aparte", False),
    ],
)
def test_its_own_environment_is_where_uv_puts_it(
    deployed: None,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    prefix: str,
    told: str | None,
    fits: bool,
) -> None:
    above = project.parent
    (above / "pyproject.toml").touch()
    monkeypatch.setattr(sys, "prefix", str(above / prefix))
    if told:
        monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", told.format(above))
    if fits:
        assert run(project / "src" / "mi_flujo.py")
    else:
        with pytest.raises(RuntimeError, match="no el entorno del proyecto"):
            run(project / "src" / "mi_flujo.py")
