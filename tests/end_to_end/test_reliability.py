"""Nothing is lost while a server is killed under load: what `run.py bench reliability` does, small."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.settings import PREFECT_API_URL, temporary_settings

from electra_flow.alerts import announce
from harness import RECOMMENDED
from postgres import postgres
from under_load.project import Limits
from under_load.scenario import Plan, play

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real

# Without lost runs, whose shortest limit takes minutes (test_round.py has them).
PLAN = Plan(
    deployments=1,
    limits=Limits(running=90, late=60, lost=90),
    lines=100,
    seconds=30,
    kills=1,
    machine=False,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of a server's database."""
    if request.param == "sqlite":
        yield {}
    else:
        with postgres() as running:
            yield running.settings


def test_nothing_is_lost_when_the_server_and_the_machine_go_down(
    project: Callable[..., Project], database: dict[str, str], tmp_path: Path
) -> None:
    load = project(project_slug="carga")
    monitoring = project(project_slug="monitoreo", flow_kind="monitoring")
    load.python = monitoring.python
    result = play(PLAN, load, monitoring, tmp_path, **RECOMMENDED, **database)
    assert not any(result.counts.values()), (result.counts, result.details)
    assert result.facts["lines written"] == 300
    assert result.facts["changes to be told"] != 0 != result.facts["alerts"]


def test_who_died_while_announcing_does_not_silence_the_next(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that restarts with its leases in memory leaves a slot that is nobody's, for ever."""
    module = sys.modules[announce.__module__]
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=3))

    def seconds() -> float:
        begun = time.monotonic()
        assert announce([], "correo", "America/Lima", print).problems == []
        return time.monotonic() - begun

    with temporary_settings({PREFECT_API_URL: server.url}), get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(module.LOCK, 1)
        nobody_s = GlobalConcurrencyLimitUpdate(active_slots=1)
        client.update_global_concurrency_limit(module.LOCK, nobody_s)
        assert seconds() > 3
        assert seconds() < 3, "the slot is free again"
