"""`prefect deploy`, the terminal's way: it works in a generated project, with less than deploy.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import run, wait_until, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from harness import Project, Result, Server

pytestmark = pytest.mark.real

POOL = "pool-terminal"


@pytest.fixture(scope="module")
def pool(
    server: Server, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with worker(installed, server, POOL, tmp_path_factory.mktemp("worker")):
        yield POOL


def prefect(project: Project, server: Server, *arguments: str) -> Result:
    return run(project.python.with_name("prefect"), *arguments, cwd=project.path, env=server.env)


def deploy(project: Project, server: Server, *options: str) -> dict[str, Any]:
    """Deploy without a question, and return what is on the server."""
    slug = project.path.name
    module = slug.replace("-", "_")
    entrypoint = f"src/{module}.py:{module}"
    command = ("--no-prompt", "deploy", entrypoint, "-n", "terminal", "--pool", POOL, *options)
    result = prefect(project, server, *command)
    assert result.code == 0, result.output
    return server.api("GET", f"/deployments/name/{slug}/terminal")


def test_a_local_project_is_deployed_and_a_worker_runs_it_with_its_own_python(
    server: Server, project: Callable[..., Project], pool: str
) -> None:
    project = project(project_slug="por-terminal")
    deployment = deploy(project, server, "--cron", "30 1 * * *")
    assert deployment["job_variables"] == {}, "so it is the worker's Python"
    assert deployment["tags"] == []
    assert deployment["schedules"][0]["schedule"]["timezone"] in (None, "UTC")
    result = prefect(project, server, "deployment", "run", "por-terminal/terminal", "--watch")
    assert result.code == 0 and "Completed" in result.output, result.output
    log = (project.path / "src" / "logs" / "por_terminal.log").read_text("utf-8")
    assert "¡Hola, mundo!" in log


def test_a_zone_is_an_option_of_the_command(
    server: Server, project: Callable[..., Project], pool: str
) -> None:
    zone = "America/Argentina/Buenos_Aires"
    options = ("--cron", "30 1 * * *", "--timezone", zone)
    deployment = deploy(project(project_slug="con-huso"), server, *options)
    assert deployment["schedules"][0]["schedule"]["timezone"] == zone


def test_a_github_project_is_deployed_from_this_folder_and_its_run_says_that_it_is_wrong(
    server: Server, project: Callable[..., Project], pool: str
) -> None:
    project = project(project_slug="de-github", source="github")
    deployment = deploy(project, server)
    step = deployment["pull_steps"][0]["prefect.deployments.steps.set_working_directory"]
    assert step["directory"] == str(project.path), "not from the repository"
    result = prefect(project, server, "deployment", "run", "de-github/terminal", "--watch")
    assert result.code == 1 and "Failed" in result.output, result.output

    def reason() -> bool:
        logs = server.api("POST", "/logs/filter", {"limit": 50, "sort": "TIMESTAMP_DESC"})
        return any("y no el entorno del proyecto" in log["message"] for log in logs)

    wait_until(reason, "the reason in the run's log")
