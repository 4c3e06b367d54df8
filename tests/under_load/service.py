"""A Prefect server and a worker that are killed and started again, and a core that is kept busy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness import SERVE, Server, answers, first_database, free_port, job_template, wait_until

if TYPE_CHECKING:
    from harness import Project

T = TypeVar("T")
STARTED = "started!"  # a worker's own word
MORTAL = "maquina-que-se-apaga"  # the queue of the mortal worker
BUFFER = "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER"


@dataclass
class Service:
    """A command that somebody kills, and a service manager would start again.

    Attributes:
        command: The command.
        env: Its environment.
        log: What it prints, all of its lives.
    """

    command: list[str]
    env: dict[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                env=self.env,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """Kill the process, and not what it has started: SIGKILL, as losing power does."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """End it, and all that it has started."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)


@dataclass
class Team:
    """A team's server, and the two machines that run its flows.

    Attributes:
        folder: Where everything is.
        server: The server's API.
        of_server: The server's process.
        worker: The worker that stays.
        mortal: The worker whose machine goes down.
    """

    folder: Path
    server: Server
    of_server: Service
    worker: Service
    mortal: Service

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server, which may be away for a while."""
        return patiently(lambda: self.server.api(method, path, body), f"{method} {path}")

    def all(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return all pages of a list."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.api("POST", path, body | {"offset": len(found), "limit": 200})
            found += page
            if len(page) < 200:
                return found

    def start_server(self) -> float:
        """Start the server; return how many seconds it took to answer."""
        begun = time.monotonic()
        self.of_server.start()
        wait_until(lambda: answers(f"{self.server.url}/health"), "the server", 180)
        return time.monotonic() - begun

    def start_worker(self, worker: Service) -> None:
        """Start a worker, and wait until it asks for runs."""
        before = worker.log.read_text("utf-8").count(STARTED) if worker.log.exists() else 0
        worker.start()
        wait_until(lambda: worker.log.read_text("utf-8").count(STARTED) > before, "a worker")


@contextmanager
def team(
    installed: Project, folder: Path, pool: str, env: dict[str, str], **settings: str
) -> Iterator[Team]:
    """Make a server and a worker, which are ended at the end.

    Args:
        installed: Whose Prefect it is.
        folder: Where everything is.
        pool: The worker's pool.
        env: Environment variables of both.
        settings: The server's settings.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    own = installed.env | env | {"PREFECT_HOME": str(folder / "prefect")}
    prefect = str(installed.python.with_name("prefect"))
    serve = [str(installed.python), *SERVE, "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    work = [prefect, "worker", "start", "--pool", pool, "--type", "process", "--work-queue"]
    of_worker = own | {"PREFECT_API_URL": url, "PREFECT_WORKER_QUERY_SECONDS": "2"}
    first_database(installed, folder / "prefect")
    made = Team(
        folder=folder,
        server=Server(url, own | {"PREFECT_API_URL": url}, job_template()),
        of_server=Service(serve, own | settings, folder / "server.log"),
        worker=Service([*work, "default"], of_worker, folder / "worker.log"),
        mortal=Service([*work, MORTAL], of_worker, folder / "mortal.log"),
    )
    try:
        yield made
    finally:
        made.worker.end()
        made.mortal.end()
        made.of_server.end()


@contextmanager
def busy_core() -> Iterator[None]:
    """Keep one core busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def patiently(ask: Callable[[], T], what: str, seconds: float = 180) -> T:
    """Return what a question gives, which may give nothing or fail while the server is away."""
    return wait_until(lambda: [ask()], what, seconds)[0]
