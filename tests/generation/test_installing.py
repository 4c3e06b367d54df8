"""The library is had from the repository alone: elsewhere, offline, with uv and with pip."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from harness import SYSTEM_PATH, TOOLS, UV, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated

pytestmark = pytest.mark.real
OFFLINE = {
    "UV_OFFLINE": "1",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
IMPORTED = "import electra_flow, pathlib; print(electra_flow.__version__, electra_flow.__file__)"


@pytest.fixture(scope="module")
def clone(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
    environment: dict[str, str],
) -> Path:
    """A monorepo with two projects, cloned with a depth of 1, its origin gone."""
    folder = tmp_path_factory.mktemp("monorepo")
    top = folder / "origin"
    (top / "flujos" / "ventas").mkdir(parents=True)
    git("init", "-q", cwd=top, env=environment)
    assert generate(top, uv=True).code == 0
    again = generate(
        top / "flujos" / "ventas", uv=True, project_slug="otro", flow_kind="monitoring"
    )
    assert again.code == 0
    git("add", "-A", cwd=top, env=environment)
    git("commit", "-qm", "dos proyectos", cwd=top, env=environment)
    cloned = git("clone", "-q", "--depth=1", top.as_uri(), "clon", cwd=folder, env=environment)
    assert cloned.code == 0, cloned.output
    shutil.rmtree(top)
    return folder / "clon"


@pytest.mark.parametrize("inside", ["mi-flujo", "flujos/ventas/otro"])
def test_uv_installs_it_from_a_clone_offline(
    clone: Path, environment: dict[str, str], inside: str
) -> None:
    env = environment | OFFLINE | {"PATH": f"{TOOLS}{os.pathsep}{SYSTEM_PATH}"}
    locked = run(UV, "lock", "--check", cwd=clone / inside, env=env)
    assert locked.code == 0, locked.output
    done = run(UV, "run", "--frozen", "python", "-c", IMPORTED, cwd=clone / inside, env=env)
    assert done.code == 0, done.output
    version, place = done.lines[-1].split(" ", 1)
    assert (clone / "vendor" / f"electra_flow-{version}-py3-none-any.whl").is_file()
    assert ".venv" in place
    pages = run(UV, "run", "--frozen", "electra-flow", "docs", cwd=clone / inside, env=env)
    assert pages.code == 0 and "secretos" in pages.output, pages.output


def test_pip_installs_it_and_finds_nothing_amiss(
    clone: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Its own file first, so that no index is asked for the name, and then what the project needs."""
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path, env=environment)
    python = tmp_path / "venv" / "bin" / "python"
    (wheel,) = (clone / "vendor").iterdir()
    for arguments in (["install", "-q", wheel], ["install", "-q", "-e", "."], ["check"]):
        done = run(python, "-m", "pip", *arguments, cwd=clone / "mi-flujo", env=environment)
        assert done.code == 0, done.output
    assert run(python, "-c", IMPORTED, cwd=tmp_path, env=environment).code == 0
