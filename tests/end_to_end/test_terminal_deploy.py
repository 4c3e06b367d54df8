"""`prefect deploy`, the terminal's way: it works in a generated project, with less than deploy.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness import BUENOS_AIRES, hours_away, run, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project, Result, Server

pytestmark = pytest.mark.real

POOL = "pool-con-worker"


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


def test_a_project_is_deployed_and_a_worker_runs_it_with_its_own_python(
    server: Server, project: Callable[..., Project], worker_log: Path
) -> None:
    """As the table of the page «terminal» says."""
    project = project(project_slug="por-terminal")
    deployment = deploy(project, server, "--cron", hours_away("UTC"))
    assert deployment["job_variables"] == {}, "so it is the worker's Python"
    assert deployment["tags"] == []
    assert deployment["schedules"][0]["schedule"]["timezone"] in (None, "UTC")
    result = prefect(project, server, "deployment", "run", "por-terminal/terminal", "--watch")
    assert result.code == 0 and "Completed" in result.output, result.output
    log = (project.path / "src" / "logs" / "por_terminal.log").read_text("utf-8")
    assert "¡Hola, mundo!" in log


def test_a_github_project_is_deployed_from_this_folder_and_its_run_says_what_is_missing(
    server: Server, project: Callable[..., Project], worker_log: Path
) -> None:
    project = project(project_slug="de-github", source="github")
    project.edit("src/de_github.py", "from prefect import", "import roman\nfrom prefect import")
    schedule = ("--cron", hours_away(), "--timezone", BUENOS_AIRES)
    deployment = deploy(project, server, *schedule)
    assert deployment["schedules"][0]["schedule"]["timezone"] == BUENOS_AIRES
    step = deployment["pull_steps"][0]["prefect.deployments.steps.set_working_directory"]
    assert step["directory"] == str(project.path), "not from the repository"
    result = prefect(project, server, "deployment", "run", "de-github/terminal", "--watch")
    assert result.code == 1 and "Crashed" in result.output, result.output

    def reason() -> bool:
        logs = server.api("POST", "/logs/filter", {"limit": 50, "sort": "TIMESTAMP_DESC"})
        return any("No module named 'roman'" in log["message"] for log in logs)

    wait_until(reason, "the reason in the run's log")
