"""One project, as generated: in a process, in a container and on a cluster of Dask's, by one line.

The line is the pool's name, which an answer gives; the cluster is a variable of Prefect's.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from docker_engine import IMAGE
from end_to_end.dask_cluster import dask_cluster
from end_to_end.private_repository import Monorepo, start
from harness import Project, git_host, hours_away, wait_until, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Generated, Server

pytestmark = pytest.mark.real

SLUG, POOL, TOKEN = "reparto", "pool-reparto", "github_pat_de_reparto"
LOTS = 8


@pytest.fixture(scope="module")
def reparto(
    docker_worker: str,
    server: Server,
    installed_distributed: Project,
    generate: Callable[..., Generated],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Project, Server]]:
    """Deployed to dev, from its folder, and to prod, from its repository to the pool of containers."""
    folder = tmp_path_factory.mktemp("autora")
    with ExitStack() as stack:
        host = stack.enter_context(git_host(tmp_path_factory.mktemp("host"), TOKEN))
        server.make_secret("token-de-reparto", TOKEN)
        server = replace(server, env=server.env | host.env())
        url = host.make_repository("electra/reparto.git", server.env)
        clone = Monorepo(folder, url, host, server.env)
        clone.git("init", "--quiet", "--initial-branch=main")
        generated = generate(
            folder,
            uv=True,
            server_check="skip",
            project_slug=SLUG,
            flow_kind="distributed",
            source="github",
            github_repository=url,
            github_secret="token-de-reparto",
            cron=hours_away(),
            pool_dev=POOL,
            pool_prod=docker_worker,
        )
        assert generated.code == 0, generated.output
        project = Project(generated.path, installed_distributed.python, server.env)
        # What the tests' machine needs, and no other: its Git host's certificate, uv's cache.
        volumes = [f"{host.authority}:/etc/ssl/equipo.pem:ro"]
        volumes += [f"{server.env['UV_CACHE_DIR']}:/cache-uv"]  # as the page of containers has it
        project.edit(
            "deploy.py",
            f'tags=["{SLUG}"],',
            f'tags=["{SLUG}"],\n            job_variables={{"volumes": {volumes!r}, '
            '"env": {"GIT_SSL_CAINFO": "/etc/ssl/equipo.pem", "UV_CACHE_DIR": "/cache-uv"}},',
        )
        clone.commit()
        clone.push()
        at_home = tmp_path_factory.mktemp("worker")
        stack.enter_context(worker(installed_distributed, server, POOL, at_home))
        for env in ("dev", "prod"):
            deployed = project.deploy("--env", env)
            assert deployed.code == 0, deployed.output
        yield project, server


def log_of(server: Server, run: str) -> list[str]:
    """Return the log of a run, once the ends of its tasks and its own are in it."""
    query = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"}
    lines = [log["message"] for log in server.api("POST", "/logs/filter", query)]
    return lines if lines.count("Finished in state Completed()") == LOTS + 2 else []


def ran(server: Server, env: str) -> str:
    """Run a deployment; return its log, in which each line is once."""
    ended = start(server, f"{SLUG}-{env}")
    assert ended["state"]["type"] == "COMPLETED", ended["state"]
    lines = wait_until(lambda: log_of(server, ended["id"]), "the log of a run")
    for text in [f"Lote {lot}: " for lot in range(1, LOTS + 1)] + ["Comienza el", "Hay 8", "Total"]:
        assert len([line for line in lines if line.startswith(text)]) == 1, (text, lines)
    return "\n".join(lines)


def test_a_process_a_container_and_a_cluster_give_each_line_once(
    reparto: tuple[Project, Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project, server = reparto
    assert "imagen" not in ran(server, "dev")
    in_container = ran(server, "prod")
    assert re.search(rf"Python 3.*, commit \w{{12}}, imagen {IMAGE}, worker «.+» en ", in_container)
    with dask_cluster(tmp_path_factory.mktemp("cluster"), project) as address:
        variable = server.api(
            "POST", "/variables/", {"name": "dask_scheduler_address", "value": address}
        )
        try:
            assert f"Dask en {address}, workers: 2 en " in ran(server, "dev")
        finally:
            server.api("DELETE", f"/variables/{variable['id']}")
