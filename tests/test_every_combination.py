"""Every combination of kind, source and logger, deployed and run by a real worker.

Six of the twelve have tests that go further: test_deploy, test_git_source, test_subflows,
test_monitoring and (two) test_consulterscommons. The other six are here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import Project, git, git_host, worker
from private_library import give_access, private_project, uv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, GitHost, Server

pytestmark = pytest.mark.real

TOKEN = "github_pat_de_todas"
POOL = "todas-las-combinaciones"
COMBINATIONS = [
    ("subflows", "local", "consulterscommons"),
    ("subflows", "github", "bundled"),
    ("subflows", "github", "consulterscommons"),
    ("monitoring", "local", "consulterscommons"),
    ("monitoring", "github", "bundled"),
    ("monitoring", "github", "consulterscommons"),
]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def git_server(
    server: Server, host: GitHost, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server of all tests, with a worker of our pool that trusts the Git host."""
    server.make_secret("token-de-todas", TOKEN)
    server.api("POST", "/variables/", {"name": "filas_de_todas", "value": 500})
    server = replace(server, env=server.env | host.env())
    with worker(installed, server, POOL, tmp_path_factory.mktemp("worker")):
        yield server


@pytest.mark.parametrize(("kind", "source", "logger"), COMBINATIONS, ids="-".join)
def test_it_is_deployed_with_all_that_goes_with_it_and_its_run_completes(
    tmp_path: Path,
    generate: Callable[..., Generated],
    library: str,
    git_server: Server,
    host: GitHost,
    kind: str,
    source: str,
    logger: str,
) -> None:
    slug = f"{kind}-{source}-{logger[:7]}"
    url = host.make_repository(f"electra/{slug}.git", git_server.env)
    generated = generate(
        tmp_path,
        uv=True,
        server_check="skip",
        project_slug=slug,
        flow_kind=kind,
        source=source,
        prefect_logger=logger,
        pool_dev=POOL,
        github_repository=url,
        github_secret="token-de-todas",
    )
    assert generated.code == 0, generated.output
    project = private_project(generated.path, library, git_server.env)
    if logger == "consulterscommons":
        give_access(project)
    if kind == "monitoring":  # the mail has tests of its own
        project.edit("deploy.py", 'RECIPIENTS = ["equipo@example.com"]', "RECIPIENTS = None")
        project.edit("deploy.py", '    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],\n', "")
    project.edit("deploy.py", "variables=[]", 'variables=["filas_de_todas"]')
    if source == "github":
        for command in (
            ("add", "--all"),
            ("commit", "--quiet", "--allow-empty", "--message", "Listo"),
            ("push", "--quiet", host.with_token(url), "HEAD:main"),
        ):
            done = git(*command, cwd=project.path, env=project.env)
            assert done.code == 0, done.output
    result = uv(project, "run", "--frozen", "deploy.py", "--run")
    assert result.code == 0, result.output
    assert "Terminó bien (Completed)" in result.output
    assert "  bien   Variable «filas_de_todas»: existe." in result.lines
    assert result.output.count("    Automatización: ") == (6 if kind == "monitoring" else 3)
    one = ("--deployment", f"{slug}-diario") if kind == "monitoring" else ()
    scheduled = uv(project, "run", "--frozen", "deploy.py", "--schedule", "2030-12-24 08:00", *one)
    assert scheduled.code == 0 and "24/12/2030 08:00" in scheduled.output, scheduled.output
