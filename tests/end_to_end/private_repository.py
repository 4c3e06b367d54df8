"""A team's private repository, as its author and its worker have it, and what is to be seen of both."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import git, wait_until

if TYPE_CHECKING:
    from harness import GitHost, Server


SHARED = """[project]
name = "comun"
version = "0.1.0"
requires-python = ">=3.11"

[build-system]
requires = ["uv_build>=0.13,<0.14"]
build-backend = "uv_build"
"""


@dataclass
class Monorepo:
    """A clone of the team's private repository, on its author's machine."""

    path: Path
    url: str
    host: GitHost
    env: dict[str, str]

    def git(self, *arguments: str) -> str:
        result = git(*arguments, cwd=self.path, env=self.env)
        assert result.code == 0, result.output
        return result.output.strip()

    def commit(self, message: str = "Cambios") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str = "main") -> None:
        self.git("push", "--quiet", self.host.with_token(self.url), f"HEAD:{branch}")


def branch_of(name: str) -> str:
    """Return the branch of a test: with all that Git allows in a name."""
    return f"pruebas/ñandú#{name}"


def last_run(server: Server, name: str) -> dict[str, Any]:
    """Return the last run of a deployment that has begun."""
    body = {
        "deployments": {"name": {"any_": [name]}},
        "flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_DESC",
        "limit": 1,
    }
    return server.api("POST", "/flow_runs/filter", body)[0]


def logged(server: Server, name: str, text: str) -> str:
    """Return the log of the last run of a deployment, once it holds a text."""
    query = {
        "logs": {"flow_run_id": {"any_": [last_run(server, name)["id"]]}},
        "sort": "TIMESTAMP_ASC",
    }

    def messages() -> str:
        found = "\n".join(log["message"] for log in server.api("POST", "/logs/filter", query))
        return found if text in found else ""

    return wait_until(messages, f"«{text}» in the log of {name}")


def files_of(folder: Path) -> Iterator[Path]:
    """Return the files of a folder, environments aside; a worker may just be removing some."""
    for parent, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if name != ".venv"]
        yield from (Path(parent, name) for name in names)


def content(path: Path) -> bytes:
    """Return what a file holds; nothing for a folder, or for a file that is gone by now."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def begin(server: Server, name: str) -> str:
    """Run a deployment on its worker; return the run's id."""
    query = {"deployments": {"name": {"any_": [name]}}}
    (found,) = server.api("POST", "/deployments/filter", query)
    return str(server.api("POST", f"/deployments/{found['id']}/create_flow_run", {})["id"])


def ended(server: Server, run: str) -> dict[str, Any]:
    """Return a run when it has ended."""

    def over() -> dict[str, Any] | None:
        current = server.api("GET", f"/flow_runs/{run}")
        return current if current["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED") else None

    return wait_until(over, "a run's end")


def start(server: Server, name: str) -> dict[str, Any]:
    """Run a deployment on its worker, and return the run when it has ended."""
    return ended(server, begin(server, name))


def add_shared_package(folder: Path, source: str) -> None:
    """Write a package that projects share, as `uv init --lib` makes one.

    Args:
        folder: The package's folder.
        source: The text of its module, «comun».
    """
    for name, text in {"pyproject.toml": SHARED, "src/comun/__init__.py": source}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@contextmanager
def commands_seen() -> Iterator[set[str]]:
    """Collect the command lines of all processes, as any user of the machine can see them."""
    commands: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    commands.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield commands
    finally:
        done.set()
        thread.join()
