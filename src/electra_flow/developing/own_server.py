"""The server of `dev`: a child that ends with us, and the settings with which it is ours alone."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from threading import Event, Thread

from electra_flow.checks.server_settings import RECOMMENDED
from electra_flow.developing.place import Place
from electra_flow.developing.problem import DevError

READY = "ready"  # what it says when it is (electra_flow.serving.own)
ENDING = 8.0  # seconds that it may take to end in good order
SETTINGS = RECOMMENDED | {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


class OwnServer:
    """A Prefect server on loopback, on a port of its own.

    Attributes:
        ui: The address of its interface.
        url: The address of its API.
    """

    def __init__(self, place: Place) -> None:
        """Start it, which goes on meanwhile, and wait for its port alone.

        Raises:
            DevError: If it does not even begin.
        """
        self._place = place
        self._ready = Event()
        # Of the user's Prefect nothing: a profile may name the team's database, or its password.
        env = {name: value for name, value in os.environ.items() if not _is_prefect_s(name)}
        with place.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "electra_flow.serving.own", str(place.port)],
                cwd=place.home,  # where there is no .env and no prefect.toml
                env=env | SETTINGS | {"PREFECT_HOME": str(place.home), "PYTHONUTF8": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        assert self._process.stdout
        port = self._process.stdout.readline().strip()
        if not port.isdigit():
            raise self._died()
        place.port = int(port)
        self.ui = f"http://127.0.0.1:{int(port)}"
        self.url = f"{self.ui}/api"
        Thread(target=self._listen, daemon=True).start()

    def use(self) -> None:
        """Let Prefect in this process, and in all that it starts, know this server alone.

        It has to be before Prefect is imported, which reads its settings then.
        """
        for name in [name for name in os.environ if _is_prefect_s(name)]:
            if not name.upper().startswith("PREFECT_LOGGING_"):
                del os.environ[name]
        os.environ["PREFECT_HOME"] = str(self._place.home)
        os.environ["PREFECT_API_URL"] = self.url
        # A .env of the project may hold the team's, which is not to go anywhere else.
        os.environ["PREFECT_API_KEY"] = os.environ["PREFECT_API_AUTH_STRING"] = ""
        os.environ["DO_NOT_TRACK"] = "1"  # Prefect says in English that it does, and then does it

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            DevError: If it ends instead.
        """
        while not self._ready.wait(0.1):  # in steps, which Ctrl-C can end on Windows, too
            if self._process.poll() is not None:
                raise self._died()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it: in good order, or else by the end of its input."""
        assert self._process.stdin
        with suppress(OSError, subprocess.TimeoutExpired):
            self._process.stdin.write(b"stop\n")
            self._process.stdin.flush()
            self._process.wait(ENDING)
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip() == READY.encode():
                self._ready.set()

    def _died(self) -> DevError:
        self._process.wait()
        said = self._place.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = said[-1].strip() if said else f"código {self._process.returncode}"
        return DevError(
            f"El servidor no arrancó: {reason} (todo, en {self._place.log}). Si su base es de otra "
            "versión de Prefect, --fresh empieza con una nueva."
        )


def _is_prefect_s(name: str) -> bool:
    return name.upper().startswith("PREFECT_")
