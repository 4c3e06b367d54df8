"""What has to work in a project that is installed, as its author does it; the quickest first."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from harness import prefect_server, wait_until, worker
from newest.failure import StepError
from newest.user import User

if TYPE_CHECKING:
    from harness import Server

POOL = "pool-dev"
SOON = 60  # seconds within which a server that schedules has scheduled


def tests(user: User, _last: str | None) -> None:
    """Run its tests."""
    user.do("tests", "uv", "run", "--frozen", "pytest", "-q")


def hooks(user: User, _last: str | None) -> None:
    """Run its hooks on all files."""
    user.do("hooks", "uv", "run", "--frozen", "pre-commit", "run", "--all-files")


def integration(user: User, _last: str | None) -> None:
    """Run its tests that start a server."""
    user.do("integration tests", "uv", "run", "--frozen", "pytest", "-q", "-m", "integration")


def server(user: User, last: str | None) -> None:
    """Start a server, deploy with the schedule active, see its runs appear, and run one."""
    part = "server"
    try:
        with (
            TemporaryDirectory(dir=user.folder, ignore_cleanup_errors=True) as place,
            prefect_server(user.project, Path(place)) as running,
        ):
            if last == part:
                return
            part = "deployment"
            running.make_pool(POOL)
            url = {"PREFECT_API_URL": running.url}
            user.do(part, "uv", "run", "--frozen", "deploy.py", "--activate", **url)
            if last == part:
                return
            part = "scheduled runs"
            wait_until(lambda: _scheduled(running), "Error: the server schedules no run", SOON)
            if last == part:
                return
            part = "run"
            with worker(user.project, running, POOL, Path(place)):
                user.do(part, "uv", "run", "--frozen", "deploy.py", "--run", **url)
    except (AssertionError, OSError, pytest.fail.Exception) as error:
        raise StepError(part, str(error)) from error
    except subprocess.CalledProcessError as error:
        raise StepError(part, error.stderr.decode("utf-8", "replace")) from error


def _scheduled(running: Server) -> list[dict[str, Any]]:
    query = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    return running.api("POST", "/flow_runs/filter", query)


# Each does all of its parts, or those up to the last one that is wanted.
ALL: dict[str, tuple[Callable[[User, str | None], None], ...]] = {
    "basic": (tests, hooks, server, integration),
    "monitoring": (tests, hooks, integration),
}
