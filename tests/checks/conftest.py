"""What the tests of the checks share: stand-in web servers on loopback, and no proxy or settings."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest


@dataclass
class Web:
    """A running stand-in: what it answers by path, and what it was asked."""

    url: str
    answers: dict[str, Any]
    requests: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.split("//")[1].split("/")[0]


@contextmanager
def running(answers: dict[str, Any], tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Run a server; an answer is the JSON of a 200, or (status, headers, text)."""
    web = Web("", answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.requests.append(self.path)
            web.authorizations.append(self.headers["Authorization"])
            answer = answers.get(self.path, answers.get("*", (404, {}, "<html>no</html>")))
            if not isinstance(answer, tuple):
                answer = (200, {"Content-Type": "application/json"}, json.dumps(answer))
            status, headers, text = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        web.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/api"
        yield web
        server.shutdown()


@pytest.fixture
def web() -> Iterator[Callable[..., Web]]:
    """Return a function that starts a stand-in, which runs until the test's end."""
    with ExitStack() as servers:
        yield lambda answers, tls=None: servers.enter_context(running(answers, tls))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the settings and proxies of who runs the tests out of the way."""
    for name in list(os.environ):
        if name.upper().startswith("PREFECT_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
