"""One Docker engine and one Docker worker for all tests of containers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest

from docker_engine import IMAGE, Engine, docker_engine
from electra_flow.checks.work_pool import HOME
from harness import TOOLS, Project, answers, free_port, started, wait_until, worker

if TYPE_CHECKING:
    from harness import Server

POOL = "pool-de-contenedores"
REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "{address}"}}
"""


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
    properties["volumes"]["default"] = [f"{server.env['UV_CACHE_DIR']}:{HOME}/.cache/uv"]
    body = {"name": POOL, "type": "docker", "base_job_template": template}
    server.api("POST", "/work_pools/", body)
    tools = Project(installed.path, TOOLS / "python", server.env)
    of_engine = replace(server, env=server.env | engine.env)
    with worker(tools, of_engine, POOL, tmp_path_factory.mktemp("docker"), "docker"):
        yield POOL


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's registry on a free port."""
    with running_registry(tmp_path_factory.mktemp("registro")) as address:
        yield address


@pytest.fixture
def closed_registry(tmp_path: Path) -> Iterator[str]:
    """One that wants a password, which nobody has."""
    (tmp_path / "htpasswd").write_text(f"ana:$2y$05${'a' * 53}\n", "utf-8")
    closed = f"auth: {{htpasswd: {{realm: x, path: {tmp_path}/htpasswd}}}}\n"
    with running_registry(tmp_path, closed) as address:
        yield address


@contextmanager
def running_registry(folder: Path, more: str = "") -> Iterator[str]:
    """Run a registry that keeps all in a folder, with more in its configuration."""
    if not shutil.which("docker-registry"):
        pytest.skip("no docker-registry here (apt-get install docker-registry)")
    address = f"127.0.0.1:{free_port()}"
    text = REGISTRY.format(folder=folder, address=address) + more
    (folder / "config.yml").write_text(text, "utf-8")
    command = ("docker-registry", "serve", folder / "config.yml")
    with started(*command, env={"PATH": "/usr/bin"}, log=folder / "registro.log"):
        wait_until(lambda: listens(address), "a registry")
        yield address


def listens(address: str) -> bool:
    """Tell whether a registry is there; raise OSError while nobody listens."""
    try:
        return answers(f"http://{address}/v2/")
    except HTTPError as error:
        return error.code == 401
