"""Nothing is lost while a server is killed under load: what `run.py bench reliability` does, small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from harness import RECOMMENDED
from postgres import postgres
from under_load.project import Limits
from under_load.scenario import Plan, play

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project

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
