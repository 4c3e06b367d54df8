"""The server's part: each thing asked once for all projects, and told with who needs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from electra_flow.checks import api
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report
from electra_flow.repository.server_part import check_servers, deployed, named

HERE = "http://127.0.0.1:4200/api"
THERE = "http://servidor-prefect:4200/api"
READY = {"type": "process", "status": "READY", "is_paused": False}


class Servers:
    """What is asked of the servers, which are played, and what they answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {
            "/health": (200, True),
            "/admin/version": (200, "3.9.1"),
            "/work_pools/pool-dev": (200, READY),
            "/work_pools/lento": (200, READY | {"status": "NOT_READY"}),
        }
        self.deployments: list[dict[str, Any]] = []

    def get(self, server: api.Server, path: str, search: Any = None) -> tuple[int, Any]:
        self.asked.append(f"{server.url}{path}")
        if path == "/deployments/filter":
            first = search["offset"]
            return 200, self.deployments[first : first + search["limit"]]
        return self.answers.get(path, (404, None))


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Servers:
    for name in list(os.environ):
        if name.upper().startswith("PREFECT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "casa"))
    monkeypatch.setenv("PREFECT_PROFILE", "ephemeral")
    played = Servers()
    monkeypatch.setattr(api.Server, "get", lambda *arguments: played.get(*arguments))
    return played


def project(top: Path, name: str, url: str = HERE) -> FlowProject:
    folder = top / name
    folder.mkdir()
    (folder / "prefect.toml").write_text(f'[api]\nurl = "{url}"\n', encoding="utf-8")
    return FlowProject(folder, top, name)


def needing(*needs: list[str], declared: str = "") -> Report:
    answers: list[dict[str, Any]] = [{"protocol": 1, "prefect": "3.9.1"}, {"needs": list(needs)}]
    return Report([*answers, {"deployments": declared.split()}, {"done": True}])


def test_what_many_need_is_asked_once_and_told_once(tmp_path: Path, servers: Servers) -> None:
    names = ["a", "b", "c", "d", "e"]
    asked = [
        (project(tmp_path, name), needing(["pool", "pool-dev"], ["variable", "limite"]))
        for name in names
    ]
    asked.append((project(tmp_path, "f"), needing(["pool", "pool-dev"])))
    part = check_servers(asked)
    (missing,) = [finding for finding in part.findings if finding.level == "error"]
    assert missing.text == "Falta la variable «limite». (a, b, c y 2 más)"
    assert "prefect variable set limite VALOR" in missing.fix
    assert [finding.text for finding in part.findings if finding.level == "bien"] == [
        "La API contesta: Prefect 3.9.1."
    ], "what is there is not told"
    assert part.refused == {tmp_path / name: ["Falta la variable «limite»."] for name in names}
    assert servers.asked.count(f"{HERE}/work_pools/pool-dev") == 1
    assert servers.asked.count(f"{HERE}/variables/name/limite") == 1


def test_what_only_should_be_known_refuses_nobody(tmp_path: Path, servers: Servers) -> None:
    part = check_servers([(project(tmp_path, "a"), needing(["pool", "lento"]))])
    assert part.refused == {}
    (told,) = [finding for finding in part.findings if finding.level == "aviso"]
    assert "«lento» no tiene un worker en línea" in told.text and told.text.endswith("(a)")


def test_each_server_is_asked_for_its_own_projects(tmp_path: Path, servers: Servers) -> None:
    part = check_servers(
        [
            (project(tmp_path, "a"), needing(["pool", "pool-dev"])),
            (project(tmp_path, "b", f"{HERE}/"), needing(["pool", "pool-dev"])),
            (project(tmp_path, "c", THERE), needing(["pool", "otro"])),
        ]
    )
    assert part.refused == {tmp_path / "c": ["Falta el work pool «otro»."]}
    assert servers.asked.count(f"{HERE}/health") == 1
    assert f"{THERE}/work_pools/otro" in servers.asked
    assert f"{HERE}/work_pools/otro" not in servers.asked


def test_where_no_server_is_set_all_of_its_projects_are_refused(
    tmp_path: Path, servers: Servers
) -> None:
    part = check_servers(
        [(project(tmp_path, "a", ""), needing()), (project(tmp_path, "b"), needing())]
    )
    ((folder, (reason,)),) = part.refused.items()
    assert folder == tmp_path / "a" and "PREFECT_API_URL" in reason


def test_settings_that_cannot_be_read_are_those_of_one_project(
    tmp_path: Path, servers: Servers
) -> None:
    broken = project(tmp_path, "a")
    (broken.folder / "prefect.toml").write_text("[api\nurl = 1", encoding="utf-8")
    part = check_servers([(broken, needing()), (project(tmp_path, "b"), needing())])
    ((folder, (reason,)),) = part.refused.items()
    assert folder == broken.folder and "prefect.toml no es TOML válido" in reason


def test_a_project_is_deployed_if_all_that_it_declares_is_there_as_it_is_now(
    tmp_path: Path, servers: Servers
) -> None:
    """On many pages of the server; a name that is there with other code is not."""

    def there(name: str, code: str | None) -> dict[str, Any]:
        env = {} if code is None else {"env": {"ELECTRA_FLOW_CODE": code}}
        return {"name": name, "job_variables": env}

    servers.deployments = [there(f"otro-{number}-dev", None) for number in range(450)]
    servers.deployments += [there("a-dev", "uno"), there("b-dev", "antes"), there("c1-dev", "uno")]
    asked = [
        (project(tmp_path, "a"), needing(declared="a/a-dev")),
        (project(tmp_path, "b"), needing(declared="b/b-dev")),
        (project(tmp_path, "c"), needing(declared="c/c1-dev c/c2-dev")),
        (project(tmp_path, "d"), needing()),
    ]
    codes = {one.folder: "uno" for one, _ in asked}
    assert deployed(asked, codes) == {tmp_path / "a"}
    assert deployed(asked, dict.fromkeys(codes, "")) == set()
    assert servers.asked.count(f"{HERE}/deployments/filter") == 6


@pytest.mark.parametrize("answer", [(200, None), (404, None)], ids=["no JSON", "no API"])
def test_of_what_answers_something_else_nothing_is_known_to_be_deployed(
    tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, Any]
) -> None:
    monkeypatch.setattr(api.Server, "get", lambda *_arguments: answer)
    one = project(tmp_path, "a")
    assert deployed([(one, needing(declared="a/a-dev"))], {one.folder: "uno"}) == set()


def test_few_are_named_all_and_many_are_not(tmp_path: Path) -> None:
    many = [FlowProject(tmp_path / name, tmp_path, name) for name in "abcd"]
    assert named(many[:3]) == "a, b, c"
    assert named(many) == "a, b, c y 1 más"
