"""Which cluster a run uses, and what is told of one that cannot run it."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from distributed.versions import get_versions

from electra_flow.distributed import DaskTaskRunner, address
from electra_flow.distributed.address import scheduler_address
from electra_flow.distributed.real import COMPARED, check_cluster, check_reach, not_there

ADDRESS = "tcp://servidor-dask:8786"
LOGGER = logging.getLogger("pruebas.dask")


class Client:
    """Answers as the client of a cluster does, of what is really installed here."""

    def __init__(self, *, python: str = "", system: str = "", **packages: str | None) -> None:
        here, other = get_versions(COMPARED), get_versions(COMPARED)
        other["packages"] |= {name.replace("_", "-"): value for name, value in packages.items()}
        if python:
            other["host"]["python"] = python
        if system:
            other["host"]["OS"] = system
        self.versions = {"client": here, "scheduler": here, "workers": {"tcp://a:1": other}}
        self.workers = {"tcp://a:1": {"host": "a"}, "tcp://a:2": {"host": "a"}}

    def get_versions(self, packages: object) -> dict[str, Any]:
        return self.versions

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": self.workers}


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The variables of a server that is asked for one."""
    variables: dict[str, object] = {}

    class Asked:
        def __enter__(self) -> Asked:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read_variable_by_name(self, name: str) -> object:
            return SimpleNamespace(value=variables[name]) if name in variables else None

    monkeypatch.setattr(address, "get_client", lambda sync_client: Asked())
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    return variables


def test_the_environment_wins_over_the_variable_also_when_it_is_empty(
    variable: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scheduler_address() is None
    variable["dask_scheduler_address"] = f" {ADDRESS} "
    assert scheduler_address() == ADDRESS
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://otro:1")
    assert scheduler_address() == "tcp://otro:1"
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "")
    assert scheduler_address() is None


def test_a_variable_that_is_no_text_is_told_with_what_mends_it(
    variable: dict[str, object],
) -> None:
    variable["dask_scheduler_address"] = {"host": "a"}
    with pytest.raises(RuntimeError, match=r"es \{'host': 'a'\}: va un texto.* variable set"):
        scheduler_address()


def test_nothing_is_asked_before_the_first_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when the flow's file is imported, nor where the runner is made anew on a worker."""
    monkeypatch.setattr(address, "get_client", None)
    with DaskTaskRunner(cluster_kwargs={"n_workers": 2}).duplicate() as runner:
        assert runner.cluster_kwargs == {"n_workers": 2}


def test_a_scheduler_that_is_not_there_is_told_with_what_to_do() -> None:
    told = str(not_there(ADDRESS, OSError("Timed out\n  after 10 s")))
    assert told.startswith(f"No se llega al scheduler de Dask en {ADDRESS}: Timed out after 10 s. ")
    assert "DASK_SCHEDULER_ADDRESS" in told and "dask_scheduler_address" in told


@pytest.mark.parametrize(
    ("client", "told"),
    [
        (
            Client(python="3.9.1.final.0"),
            "el worker tcp://a:1 tiene Python 3.9, y este flujo, 3.",
        ),
        (Client(system="Plan9"), "el worker tcp://a:1 corre en Plan9, y este flujo, "),
        (Client(dask="2025.7.0"), "el worker tcp://a:1 tiene dask 2025.7.0, y este flujo, 2"),
        (Client(prefect=None), "el worker tcp://a:1 no tiene prefect: arrancalo en el entorno"),
        (Client(electra_flow=None, prefect_dask=None), "no tiene electra-flow ni prefect-dask"),
    ],
)
def test_workers_that_cannot_run_a_task_are_refused(client: Any, told: str) -> None:
    with pytest.raises(RuntimeError) as problem:
        check_cluster(client, ADDRESS, LOGGER)
    assert told in str(problem.value)


def test_other_versions_are_told_and_the_workers_by_host(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOGGER.name):
        client: Any = Client(prefect="3.0.0")
        check_cluster(client, ADDRESS, LOGGER)
    differing, workers = caplog.messages
    assert "el worker tcp://a:1 no tiene lo de este flujo: prefect 3.0.0 en lugar de " in differing
    assert workers == f"Dask en {ADDRESS}, workers: 2 en a"


def test_a_cluster_without_workers_is_told(caplog: pytest.LogCaptureFixture) -> None:
    client: Any = Client()
    client.workers = {}
    check_cluster(client, ADDRESS, LOGGER)
    (told,) = caplog.messages
    assert "no tiene ningún worker" in told and f"uv run dask worker {ADDRESS}" in told


@pytest.mark.parametrize(
    ("scheduler", "server", "told"),
    [
        (ADDRESS, "http://127.0.0.1:4200/api", True),
        (ADDRESS, "http://servidor-prefect:4200/api", False),
        ("tcp://127.0.0.1:8786", "http://localhost:4200/api", False),
    ],
)
def test_a_server_that_the_other_machines_do_not_reach_is_told(
    scheduler: str, server: str, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    check_reach(scheduler, server, LOGGER)
    assert [server in message for message in caplog.messages] == [True] * told
