"""What the tests of deploying share: a pool without a worker, and declaring in this process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from end_to_end.declared import Declared, declaring
from end_to_end.stories import Stories, begun

if TYPE_CHECKING:
    from harness import Project, Server


@pytest.fixture(scope="session")
def stories(installed: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    """Runs that test_watchdog.py looks at."""
    with begun(installed, tmp_path_factory.mktemp("historias")) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def stories_go_on_meanwhile(request: pytest.FixtureRequest) -> None:
    """Begin them before all other tests, where they are to be looked at and nobody tests beside us."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    if alone and any("stories" in item.fixturenames for item in request.session.items):
        request.getfixturevalue("stories")


@pytest.fixture(scope="session")
def idle_pool(server: Server) -> str:
    """A pool of the server of all tests, which has no worker."""
    return server.make_pool("pool-sin-worker")


@pytest.fixture
def flow_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")


@pytest.fixture
def declared(tmp_path: Path, server: Server, idle_pool: str, flow_name: str) -> Iterator[Declared]:
    """A project with a flow of the test's own."""
    with declaring(tmp_path / "proyecto", flow_name, server, idle_pool) as project:
        yield project
