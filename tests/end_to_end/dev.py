"""A `dev` that runs, found by what only its processes have, and what it may not leave behind."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from electra_flow.developing.place import Place
from harness import Project, wait_until

FLOW = "src/mi_flujo.py"
MARK = "DEV_OF_TEST"  # an environment variable, by which all that dev started is found
SLOW = '''"""Espera."""

import subprocess
import time

from prefect import flow


@flow(name="mi-flujo", log_prints=True)
def mi_flujo(nombre: str = "mundo") -> None:
    """Espera, y tiene un programa que también espera."""
    other = subprocess.Popen(["sleep", "600"])
    print(f"durmiendo con {other.pid}")
    time.sleep(600)
'''


def command(project: Project) -> Path:
    """Return the command `electra-flow` of a project."""
    return project.python.with_name("electra-flow")


@dataclass
class Dev:
    """A `dev` that runs."""

    process: subprocess.Popen[bytes]
    log: Path
    mark: str

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    def until(self, text: str) -> None:
        """Wait until it has said something."""

        def has_said() -> bool:
            assert self.process.poll() is None or text in self.said, self.said
            return text in self.said

        wait_until(has_said, f"«{text}» in {self.log}")

    @property
    def ports(self) -> list[int]:
        """The port of its server, once it has said it."""
        found = re.findall(r"Servidor de Prefect: http://127.0.0.1:(\d+)", self.said)
        return [int(port) for port in found]

    def api(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[0]}/api{path}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, json.dumps(body).encode(), timeout=60) as response:
            return json.loads(response.read())

    def processes(self) -> list[str]:
        """Return what it started and is still there, itself included."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environ = (process / "environ").read_bytes()
                words = (process / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if f"{MARK}={self.mark}".encode() in environ.split(b"\0") and any(words):
                found.append(" ".join(words))
        return found

    def assert_nothing_is_left(self, project: Project) -> None:
        """Fail if a process, a port or the lock is there after a moment, or a traceback was shown."""
        wait_until(lambda: not self.processes(), f"the end of {self.processes()}", 15)
        # A process that ends has no words any more a moment before its sockets are closed.
        for port in self.ports:
            wait_until(lambda port=port: is_free(port), f"the end of port {port}", 5)
        with Place(project.path).alone():
            pass
        assert "Traceback" not in self.said


def is_free(port: int) -> bool:
    """Tell whether a port can be had; raise OSError if it cannot."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    return True


@contextmanager
def started(project: Project, folder: Path, *before: str | Path) -> Iterator[Dev]:
    """Start `dev`, in a session of its own as a terminal has it.

    Args:
        project: Where.
        folder: For what it says.
        before: What starts it in its turn, such as `uv run`.
    """
    log = folder / "dev.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*before, command(project), "dev"],
            cwd=project.path,
            env=project.env | {MARK: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Dev(process, log, str(folder))
    finally:
        process.kill()
        process.wait()
