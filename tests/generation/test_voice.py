"""Whoever does not listen costs nothing: closed pipes, closed outputs, full disks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness import ROOT, TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated

pytestmark = pytest.mark.real  # it starts an interpreter for each way not to listen

DEAF = ["| head -1", "| true", ">&-", ">/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full"]


def shell(command: str, cwd: Path, env: dict[str, str]) -> int:
    """Run a command of a shell, and return the exit code of the first one in its pipe."""
    script = f"{command}; exit ${{PIPESTATUS[0]}}"
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=env, stderr=subprocess.DEVNULL
    ).returncode


@pytest.mark.parametrize("deaf", DEAF)
def test_saying_something_never_fails(tmp_path: Path, deaf: str) -> None:
    code = (
        "import time; from electra_flow.generation.voice import say, speak_any_language;"
        "speak_any_language(); say('uno'); time.sleep(0.1); say('dos ñ', 'tres'); say('cuatro');"
        "open('hecho', 'w').close()"
    )
    env = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    assert shell(f"'{sys.executable}' -c \"{code}\" {deaf}", tmp_path, env) == 0
    assert (tmp_path / "hecho").exists()


def test_a_letter_that_the_terminal_lacks_is_replaced(tmp_path: Path) -> None:
    code = "from electra_flow.generation.voice import *; speak_any_language(); say('ñ 🚀')"
    env = {"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"? ?", b"")


@pytest.mark.real
@pytest.mark.parametrize("deaf", DEAF)
def test_what_was_generated_stays_when_nobody_listens(
    tmp_path: Path, environment: dict[str, str], deaf: str
) -> None:
    command = f"'{TOOLS / 'cookiecutter'}' --no-input --output-dir . '{ROOT}' secrets=a {deaf}"
    assert shell(command, tmp_path, environment) == 0
    project = tmp_path / "mi-flujo"
    assert (project / "deploy.py").is_file() and (project / ".git").is_dir()
    assert list((project / "vendor").iterdir())
    assert "@" not in (project / "pyproject.toml").read_text("utf-8")


def test_a_strict_check_still_says_no_when_nobody_listens(
    tmp_path: Path, environment: dict[str, str], generate: Callable[..., Generated]
) -> None:
    command = f"'{TOOLS / 'cookiecutter'}' --no-input -o . '{ROOT}' server_check=strict >&-"
    assert shell(command, tmp_path, environment) == 1
    assert list(tmp_path.iterdir()) == []
