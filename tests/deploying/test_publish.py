"""In which order deployments come to the server and get their automations; the server is played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from electra_flow import Deployment, Environment, LocalFolder, Project
from electra_flow.deploying import publish as publish_module
from electra_flow.deploying.publish import publish_all
from electra_flow.model.alert import ANNOUNCER
from electra_flow.model.watchdog import ROUND

PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={"prod": Environment(pool="pool", source=LocalFolder(__file__))},
)
MONITORING = {"informe": [], "ronda": [ROUND], "avisos": [ANNOUNCER], "otro": []}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens, in order: a name is on the server, or the automations of it are made."""
    told: list[str] = []

    def found(_client: object, _flow: str, name: str) -> Any:
        name = name.removesuffix("-prod")
        return SimpleNamespace(name=name, updated=len(told)) if name in told else None

    def prepared(_project: object, _env: object, deployment: Deployment, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(prepared=deployment)

    def look(_client: object, _alerting: object, put: Any, in_rounds: bool) -> str:
        told.append(f"{put.stored.name}: {'with' if in_rounds else 'without'} rounds")
        return str(put.stored.name)

    for name, fake in {
        "get_client": lambda **_: nullcontext(),
        "find_deployment": found,
        "prepare": prepared,
        "restore_automations": lambda *_: None,
        "rounds_are_made": lambda _: "ronda" in told,
        "_look": look,
    }.items():
        monkeypatch.setattr(publish_module, name, fake)
    return told


def deployed(told: list[str], declared: dict[str, list[str]], refused: str = "") -> Iterator[Any]:
    def publish(deployment: Any) -> None:
        if deployment.name == refused:
            raise ValueError(refused)
        told.append(deployment.name)

    deployments = [
        Deployment(entrypoint="src/a.py:a", name=name, description="x", tags=tags)
        for name, tags in declared.items()
    ]
    flows: Any = {"src/a.py:a": SimpleNamespace(name="a", parameters=[])}
    return publish_all(PROJECT, deployments, flows, "prod", publish)


def test_the_first_deploy_of_a_monitoring_project_counts_its_own_rounds_and_announcer(
    told: list[str],
) -> None:
    assert list(deployed(told, MONITORING)) == list(MONITORING)
    assert told == [
        "informe",
        "ronda",
        "avisos",
        "informe: with rounds",
        "ronda: with rounds",
        "avisos: with rounds",
        "otro",
        "otro: with rounds",
    ]


def test_elsewhere_each_has_its_automations_before_the_next_is_deployed(told: list[str]) -> None:
    list(deployed(told, {"una": [], "otra": []}))
    assert told == ["una", "una: without rounds", "otra", "otra: without rounds"]


def test_where_one_is_refused_those_before_it_have_their_automations(told: list[str]) -> None:
    done = []
    with pytest.raises(ValueError, match="avisos"):
        done.extend(deployed(told, MONITORING, refused="avisos"))
    assert told == ["informe", "ronda", "informe: with rounds", "ronda: with rounds"]
