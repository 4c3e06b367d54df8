"""Running uv and Git: both ways to start a process, since only one of them is taken here."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from electra_flow.generation import processes
from electra_flow.generation.processes import _run, _run_by_subprocess, _spawned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real  # it starts processes, and waits for them

WAYS = [_spawned, _run_by_subprocess]


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    def script(text: str) -> str:
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)
        return str(path)

    return script


@pytest.mark.parametrize("start", WAYS)
def test_it_tells_success_from_failure(
    start: Callable[..., bool], script: Callable[[str], str]
) -> None:
    assert start([script("exit 0")], dict(os.environ), 10) is True
    assert start([script("exit 3")], dict(os.environ), 10) is False
    assert start([script("kill -9 $$")], dict(os.environ), 10) is False


@pytest.mark.parametrize("start", WAYS)
def test_it_is_given_up_after_its_time(
    start: Callable[..., bool], script: Callable[[str], str]
) -> None:
    begin = time.monotonic()
    assert start([script("exec sleep 600")], dict(os.environ), 0.5) is False
    assert time.monotonic() - begin < 300


@pytest.mark.parametrize("start", WAYS)
def test_it_hears_and_says_nothing(
    start: Callable[..., bool], script: Callable[[str], str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert start([script("echo hola; echo chau >&2; cat")], dict(os.environ), 10)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("way", ["_spawned", "_run_by_subprocess"])
def test_what_is_not_installed_or_no_program_is_told_apart(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_spawned", getattr(processes, way))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _run("program", timeout=10) is None
    (tmp_path / "program").write_text("no es un programa", "utf-8")
    assert _run("program", timeout=10) is False


def test_a_program_of_windows_has_its_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "uv.exe").touch()
    assert not processes._installed("uv")
    monkeypatch.setattr(processes, "WINDOWS", True)
    assert processes._installed("uv")
