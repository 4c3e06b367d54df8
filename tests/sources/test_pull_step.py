"""What a worker does before each run, as Prefect has it done: timeit runs the text."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import timeit
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from electra_flow.sources import pull_step
from electra_flow.sources.git import authenticated
from harness import SYSTEM_PATH, TOOLS, UV

if TYPE_CHECKING:
    from harness import GitHost
    from sources.conftest import Clone

TEXT = Path(pull_step.__file__).read_text("utf-8")
PAUSES = "PAUSES = (2, 5, 0)"


@pytest.fixture(autouse=True)
def worker(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker without network, whose uv has a Python at hand."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    monkeypatch.setenv("UV_CACHE_DIR", str(home / "cache"))
    for name in ("VIRTUAL_ENV", "PREFECT__WORKER_NAME"):
        monkeypatch.delenv(name, raising=False)


def fetch(clone: Clone, url: str, token: str, folder: Path, **changes: Any) -> Path:
    """Fetch the code into a folder, and return the project's."""
    project = folder / "produccion" / "área de cobros" / "deuda"
    arguments = {
        "url": url,
        "ref": clone.git("rev-parse", "HEAD"),
        "folder": str(folder),
        "project": str(project),
        "file": "src/deuda.py",
        "git_env": authenticated(url, token),
    } | changes
    assert PAUSES in TEXT
    setup = TEXT.replace(PAUSES, "PAUSES = (0.01, 0.02, 0)")
    call = "fetch_code(**arguments)"
    timeit.timeit(setup=setup, stmt=call, globals={"arguments": arguments}, number=1)
    return project


def test_why_it_cannot_run_says_on_which_worker(
    clone: Clone, host: GitHost, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT__WORKER_NAME", "ventas-1")
    project = fetch(clone, url, host.token, tmp_path / "repositorio", ref="no-hay")
    assert reason(project).endswith(f" (worker «ventas-1», en {platform.node()})")


def reason(project: Path) -> str:
    """Return what the flow in the flow's place raises."""
    with pytest.raises(RuntimeError) as problem:
        exec((project / "src" / "deuda.py").read_text("utf-8"))
    assert not (project / "pyproject.toml").exists(), "Prefect would start uv for it"
    assert "\n" not in str(problem.value)
    return str(problem.value)


def push(clone: Clone, host: GitHost, url: str) -> None:
    clone.commit()
    clone.git("push", "--quiet", host.with_token(url), "HEAD:main")


def lock(clone: Clone) -> None:
    (clone.project / "uv.lock").unlink()
    subprocess.run([UV, "lock", "--quiet"], cwd=clone.project, check=True)


def tool(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program before all others."""
    path = folder / "bin" / name
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    return path


def test_a_run_has_the_commit_and_the_library_of_the_repository(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    lock(clone)
    push(clone, host, url)
    for name, ref in (("rama", "refs/heads/main"), ("commit", clone.git("rev-parse", "HEAD"))):
        folder = tmp_path / name
        project = fetch(clone, url, host.token, folder, ref=ref)
        program = "import sys; sys.path[:0] = ['src']; import deuda; print(deuda.electra_flow.ES)"
        python = project / ".venv" / "bin" / "python"
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [python, "-c", program],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == "la del repositorio\n", done.stderr
        files = [path for path in folder.rglob("*") if path.is_file() and ".venv" not in path.parts]
        assert folder / ".git" / "HEAD" in files
        assert not [path for path in files if host.token.encode() in path.read_bytes()]


def test_a_run_without_the_library_in_the_repository_says_which_file(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    lock(clone)
    clone.wheel.unlink()
    push(clone, host, url)
    said = reason(fetch(clone, url, host.token, tmp_path / "repositorio"))
    assert said.startswith("No se pudieron instalar las dependencias de uv.lock. uv dijo: ")
    assert clone.wheel.name in said.replace("%2B", "+")


def test_uv_does_not_see_the_token_and_its_complaint_becomes_the_flow(
    clone: Clone, host: GitHost, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dependency from another repository is fetched as the worker's user, not with this token."""
    complaint = "printf 'Una \"comilla\" y \\\\\\n«otra»'; exit 2"
    tool(
        tmp_path,
        "uv",
        f'env > "{tmp_path}/env"; echo "$@" >> "{tmp_path}/env"; {complaint}',
        monkeypatch,
    )
    project = fetch(clone, url, host.token, tmp_path / "repositorio")
    assert reason(project) == (
        'No se pudieron instalar las dependencias de uv.lock. uv dijo: Una "comilla" y \\ «otra»'
    )
    seen = (tmp_path / "env").read_text("utf-8")
    assert f"sync --no-default-groups --quiet --project {project}\n" in seen
    assert "PATH=" in seen and host.token not in seen and "GIT_CONFIG_COUNT" not in seen


def test_a_worker_with_an_old_git_is_told_which_one(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = tool(tmp_path, "git", 'if [ "$1" = --version ]; then echo git version 2.30.9.windows.1; '
               'else exec /usr/bin/git "$@"; fi', monkeypatch)  # fmt: skip
    said = reason(fetch(clone, "https://x.invalid/y/z.git", "t", tmp_path / "repositorio"))
    assert said.startswith(f"El Git del worker ({git}) es 2.30: instalá 2.31 o más nuevo")


@pytest.mark.parametrize(("path", "missing"), [(SYSTEM_PATH, "uv"), (str(TOOLS), "Git")])
def test_a_worker_without_a_tool_is_told_which_one(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, missing: str
) -> None:
    commit = clone.git("rev-parse", "HEAD")
    monkeypatch.setenv("PATH", path)
    url, folder = "https://x.invalid/y/z.git", tmp_path / "repositorio"
    project = folder / "produccion" / "área de cobros" / "deuda"
    monkeypatch.setattr(type(clone), "git", lambda *_: commit)
    assert fetch(clone, url, "t", folder) == project
    assert reason(project).startswith(f"El worker no encuentra {missing}, que ")
    first = (
        tmp_path / "environ"
    )  # of a container's first process, which a worker started for this run
    first.write_bytes(b"HOME=/root\0PREFECT__FLOW_RUN_ID=x\0")
    monkeypatch.setitem(globals(), "TEXT", TEXT.replace("/proc/1/environ", str(first)))
    fetch(clone, url, "t", folder)
    assert reason(project).startswith(f"La imagen no trae {missing}, que ")
    assert "la de Prefect" in reason(project)


def test_a_refused_token_is_told_without_it(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "repositorio"
    said = reason(fetch(clone, url, "github_pat_vencido", folder))
    commit = clone.git("rev-parse", "HEAD")
    assert said.startswith(
        f"No se pudo bajar src/deuda.py de {url} ({commit}). Git dijo: fatal: Authentication failed"
    )
    assert "github_pat_vencido" not in said


def test_a_fetch_that_fails_twice_is_tried_again(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    lock(clone)
    push(clone, host, url)
    token, asked = host.token, []

    def answer(path: str) -> None:
        asked.append(path)
        # Git asks without the token first, then with it: four requests are two attempts.
        host.token = "github_pat_otro" if len(asked) <= 4 else token

    host.on_request = answer
    project = fetch(clone, url, token, tmp_path / "repositorio")
    assert "SALUDO" in (project / "src" / "deuda.py").read_text("utf-8")
    assert len(asked) > 4, "it had to try again"


def test_a_flow_that_the_branch_no_longer_has_is_told(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    ref = "refs/heads/main"
    project = fetch(clone, url, host.token, tmp_path / "r", ref=ref, file="src/otro.py")
    with pytest.raises(RuntimeError, match=r"No se pudo bajar src/otro\.py .*: no está ahí\."):
        exec((project / "src" / "otro.py").read_text("utf-8"))


def test_the_text_needs_nothing_but_python(tmp_path: Path) -> None:
    """Neither the library, nor the newest Python, nor `from __future__`, which timeit cannot take."""
    allowed = set(sys.stdlib_module_names) - {"__future__"}
    lines = [line.split() for line in TEXT.splitlines() if line.startswith(("import ", "from "))]
    assert lines
    assert {words[1].partition(".")[0] for words in lines} <= allowed
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import sys, timeit; timeit.timeit(setup=sys.stdin.read(), number=1)"],
        input=TEXT, encoding="utf-8", capture_output=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
