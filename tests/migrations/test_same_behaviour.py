"""A project that was made thin does what it did: what it declares, its tests, its check."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from edited_project import edit, edit_machinery
from harness import ROOT, TOOLS, UV, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Thin = "Callable[[Path], tuple[int, str]]"


DUMP = """
import json, sys
sys.path[:0] = [".", "src"]
import deploy
project, items = deploy.PROJECT, []
for item in deploy.deployments():
    schedules = []
    for schedule in item.schedules or ():
        if not hasattr(schedule, "anchor_date") or type(schedule).__module__ != "prefect.schedules":
            from electra_flow.model.schedules import as_prefect
            schedule = as_prefect(schedule, project.timezone)
        schedules.append([schedule.cron, str(schedule.interval), schedule.rrule, schedule.timezone, schedule.slug])
    watchdog = item.watchdog or project.watchdog
    items.append([item.name, item.description, schedules, dict(item.parameters or {}), list(item.tags or ()),
        [str(watchdog.running), str(watchdog.late), str(watchdog.lost)],
        getattr(item, "entrypoint", getattr(project, "entrypoint", ""))])
try:
    sources = {name: (e.pool, e.source) for name, e in project.environments.items()}
    env = sources["dev"][1].job_variables("ventas")["env"] | dict(project.env)
except AttributeError:
    sources = {name: (pool, project.source) for name, pool in project.pools.items()}
    env = project.source.job_variables(project.env)["env"]
places = {name: [pool, type(source).__name__, list(source.secrets)] for name, (pool, source) in sources.items()}
print(json.dumps([items, places, env, project.timezone, list(project.secrets), list(project.variables),
    list(project.blocks)], sort_keys=True))
"""


@pytest.mark.parametrize(
    ("kind", "source"), [("basic", "github"), ("monitoring", "local"), ("subflows", "github")]
)
def test_it_declares_the_same(kind: str, source: str, fat: Callable[..., Path], thin: Thin) -> None:
    def declared(folder: Path) -> str:
        return subprocess.run(
            [sys.executable, "-B", "-c", DUMP],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    folder = fat("", edit, flow_kind=kind, source=source, project_slug="ventas", secrets="clave")
    before = declared(folder)
    assert thin(folder)[0] == 0
    assert declared(folder) == before


@pytest.mark.real
@pytest.mark.parametrize("kind", ["basic", "monitoring", "subflows"])
def test_its_tests_pass_and_it_can_be_deployed(
    kind: str, fat: Callable[..., Path], environment: dict[str, str]
) -> None:
    def both(project: Path) -> None:
        edit(project)
        edit_machinery(project)

    folder = fat("equipo", both, flow_kind=kind, project_slug="ventas", secrets="clave")
    env = environment | {"PATH": f"{TOOLS}{os.pathsep}{environment['PATH']}"}
    done = run(TOOLS / "python", "-m", "migrations.from_0_1", folder, cwd=ROOT, env=env)
    assert done.code == 0, done.output
    assert "uv no pudo" not in done.output
    git("add", "--all", cwd=folder.parents[1], env=environment)
    git("commit", "-q", "-m", "Biblioteca", cwd=folder, env=environment)
    for command in (("sync", "--locked", "--quiet"), ("run", "pytest", "-q", "-m", "")):
        done = run(UV, *command, cwd=folder, env=env)
        assert done.code == 0, done.output
    done = run(UV, "run", "deploy.py", "--check", cwd=folder, env=env)
    errors = [line for line in done.output.splitlines() if line.startswith("  error")]
    assert len(errors) == 1, done.output
    assert "PREFECT_API_URL" in errors[0]
