"""One Docker engine and one Docker worker for all tests of containers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from docker_engine import IMAGE, Engine, docker_engine
from harness import TOOLS, Project, worker

if TYPE_CHECKING:
    from harness import Server

POOL = "pool-docker"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with docker_engine() as running:
        yield running


@pytest.fixture(scope="session")
def docker_worker(
    engine: Engine, server: Server, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A pool of type docker with a worker, from the tools' environment: a project has no prefect-docker.

    Its containers have the network of this machine, which is the only one of the engine, and take the
    projects' dependencies from this machine's cache of uv.
    """
    template = server.job_template_of("docker")
    properties = template["variables"]["properties"]
    properties["image"]["default"] = IMAGE
    properties["network_mode"]["default"] = "host"
    properties["volumes"]["default"] = [f"{server.env['UV_CACHE_DIR']}:/root/.cache/uv"]
    body = {"name": POOL, "type": "docker", "base_job_template": template}
    server.api("POST", "/work_pools/", body)
    tools = Project(installed.path, TOOLS / "python", server.env)
    of_engine = replace(server, env=server.env | engine.env)
    with worker(tools, of_engine, POOL, tmp_path_factory.mktemp("docker"), "docker"):
        yield POOL
