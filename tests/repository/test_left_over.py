"""What is left on the servers of projects: named for all, after one look at each server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from electra_flow.deploying import standing
from electra_flow.repository import left_over
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report
from electra_flow.sources.origin import Origin


def on_server(full_name: str, origin: Origin) -> Any:
    flow = full_name.partition("/")[0]
    return SimpleNamespace(id=full_name, full_name=full_name, flow=flow, origin=origin)


def test_what_projects_declare_no_longer_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    asked = []
    for name in ("a", "b"):
        folder = tmp_path / "dev" / name
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n', "utf-8")
        report = Report([{"deployments": [f"{name}/{name}-dev"]}, {"done": True}])
        asked.append((FlowProject(folder, tmp_path, name), report))
    mine = Origin.of(asked[0][0].folder, "dev")
    another = replace(mine, name="otro", folder="/otro")
    there = [
        on_server("a/a-dev", mine),
        on_server("a/vieja-dev", mine),
        on_server("b/b-dev", another),
    ]
    times: list[str] = []
    monkeypatch.setattr(
        left_over, "in_environment", lambda _server, name: times.append(name) or there
    )
    monkeypatch.setattr(left_over, "of_flows", lambda _server, _flows: [])
    monkeypatch.setattr(standing, "belongings", lambda _server, _one: "2 automatizaciones")
    orphan, taken = left_over.check_left_over(asked, "dev", "el comando")
    assert orphan.text == (
        "a/vieja-dev quedó en el servidor y ya no se declara: 2 automatizaciones. (dev/a)"
    )
    assert orphan.fix == "el comando"
    assert taken.text.startswith("b/b-dev es de otro proyecto, ") and "(dev/b)" in taken.text
    assert times == ["dev"], "it is asked once"
