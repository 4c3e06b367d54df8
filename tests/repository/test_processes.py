"""The process of each project: with its own environment, and none that outlives who asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from electra_flow.repository.processes import Processes
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report

BEGIN = """\
import os, sys, time
from electra_flow.deploying.batch import Batch
batch = Batch(os.environ["ELECTRA_FLOW_BATCH"])
"""
ANSWER = """\
batch.tell(protocol=1, asked=batch._request, arguments=sys.argv[1:], here=os.getcwd())
batch.tell(env=sorted(os.environ), done=True)
print("¡Chau!")
"""
SLEEP = "batch.tell(protocol=1)\ntime.sleep(600)\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlowProject]:
    """Return a function that makes a project whose environment is that of the tests."""
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    def project(script: str, *, installed: bool = True, name: str = "ventas") -> FlowProject:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "deploy.py").write_text(script, encoding="utf-8")
        if installed:
            (folder / ".venv").symlink_to(sys.prefix)
        return FlowProject(folder, tmp_path, name)

    return project


def one(report: Report, key: str) -> Any:
    return next(answer[key] for answer in report.answers if key in answer)


def test_it_is_asked_and_answers_in_its_own_folder_and_environment(
    project: Callable[..., FlowProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "otra")
    monkeypatch.setenv("VIRTUAL_ENV", "otro")
    own = project(BEGIN + ANSWER)
    report = Processes().run(own, "--env", "dev", "--check", flows={"a": 1})
    assert (report.code, report.output, report.reasons) == (0, "¡Chau!\n", [])
    assert one(report, "asked") == {"protocol": 1, "flows": {"a": 1}}
    assert one(report, "arguments") == ["--env", "dev", "--check"]
    assert one(report, "here") == str(own.folder)
    assert not {"PYTHONPATH", "VIRTUAL_ENV"} & set(one(report, "env"))
    assert "PREFECT_SERVER_EPHEMERAL_ENABLED" in one(report, "env")


def test_a_version_that_does_not_know_what_is_asked_is_told_apart(
    project: Callable[..., FlowProject],
) -> None:
    report = Processes().run(project("print('Revisión (dev)\\nTodo listo.')"), "--check")
    assert "es anterior a este comando" in report.reasons[0]


def test_where_nothing_runs_it_that_is_said(project: Callable[..., FlowProject]) -> None:
    report = Processes().run(project(BEGIN, installed=False), "--check")
    (reason,) = report.reasons
    assert reason.startswith("no hay con qué ejecutarlo: falta uv ")


def test_what_is_running_ends_and_nothing_more_begins(
    project: Callable[..., FlowProject],
) -> None:
    processes = Processes()
    Timer(2, processes.stop).start()
    before = time.monotonic()
    report = processes.run(project(BEGIN + SLEEP))
    assert time.monotonic() - before < 60
    assert report.code not in (0, 1) and not report.complete
    assert processes.run(project(BEGIN + ANSWER, name="otro")).answers == []


def test_an_interruption_ends_what_is_running(project: Callable[..., FlowProject]) -> None:
    processes, ended = Processes(), []
    sleeping = project(BEGIN + SLEEP)

    def run(task: FlowProject | None) -> Report | None:
        if task is None:
            time.sleep(2)
            raise KeyboardInterrupt
        ended.append(processes.run(task))
        return ended[-1]

    with pytest.raises(KeyboardInterrupt):
        list(processes.each(2, run, [sleeping, None]))
    assert [report.complete for report in ended] == [False]
