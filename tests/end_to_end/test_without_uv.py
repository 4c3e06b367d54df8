"""The page for those who have no uv: `python3 -m venv` and pip, in a clone of a monorepo."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.command.docs import PAGES
from harness import SYSTEM_PATH, git, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated

WINDOWS, LINUX = re.findall(
    r"```\n(py.*? -m venv .*?)```", (PAGES / "sin-uv.md").read_text("utf-8"), re.S
)
WHEEL = re.compile(r"<ruta a vendor.electra_flow-….whl>")


def test_both_systems_have_the_same_commands() -> None:
    linux = LINUX.replace("python3 -m venv", "py -m venv").replace("vendor/", "vendor\\")
    assert linux.replace("source .venv/bin/activate", ".venv\\Scripts\\activate") == WINDOWS


@pytest.mark.real
def test_the_commands_of_the_page_install_run_and_test_a_project_of_a_clone(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    repository, clone = tmp_path / "repositorio", tmp_path / "otra carpeta" / "clon"
    (repository / "dev").mkdir(parents=True)
    git("init", "-q", cwd=repository, env=environment)
    assert generate(repository / "dev", server_check="skip").code == 0
    for command in (
        ("add", "-A"),
        ("commit", "-qm", "Uno"),
        ("clone", "-q", "--depth=1", repository.as_uri(), clone),
    ):
        done = git(*map(str, command), cwd=repository, env=environment)
        assert done.code == 0, done.output
    shutil.rmtree(repository)

    path = clone / "dev" / "mi-flujo"
    config = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))
    wheel = config["tool"]["uv"]["sources"]["electra-flow"]["path"]
    assert wheel.startswith("../../vendor/")
    script, found = WHEEL.subn(wheel, LINUX)
    assert found == 1
    base = Path(sys.base_prefix, "bin")
    env = environment | {"PATH": f"{base}:{SYSTEM_PATH}", "PIP_LOG": str(tmp_path / "pip.log")}
    env |= {"PIP_NO_COMPILE": "1"}  # what is not imported need not be compiled
    cache = subprocess.check_output([sys.executable, "-m", "pip", "cache", "dir"], text=True)
    env |= {"PIP_CACHE_DIR": cache.strip()}
    installed = run("bash", "-ec", script, cwd=path, env=env, timeout=900)
    assert installed.code == 0, installed.output
    searched = re.findall(
        r"to search for versions of ([\w.-]+):", (tmp_path / "pip.log").read_text()
    )
    assert "prefect" in searched
    assert not any("electra" in name for name in searched), "no index is asked for our name"

    activated = environment | {"PATH": f"{path / '.venv' / 'bin'}:{SYSTEM_PATH}"}
    amiss = run("pip", "check", cwd=path, env=activated)
    assert amiss.code == 0, amiss.output
    tested = run("pytest", "-q", cwd=path, env=activated)
    assert tested.code == 0, tested.output
    ran = run("python", "src/mi_flujo.py", cwd=path, env=activated)
    assert ran.code == 0 and "¡Hola, mundo!" in ran.output, ran.output
    checked = run("electra-flow", "check", cwd=path, env=activated)
    assert checked.code == 0, checked.output
    refused = run("python", "deploy.py", cwd=path, env=activated)
    assert refused.code == 1
    assert "Se arregla con: prefect config set PREFECT_API_URL=" in refused.output
    assert "uv " not in refused.output
