"""HTTP receivers of alerts on loopback: ready, slow, refusing, dripping or absent."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from harness import wait_until


@dataclass
class Receiver:
    """What a receiver was sent, and how it answers.

    Attributes:
        url: Its address.
        status: What it answers.
        delay: Seconds until it does.
        got: What it was sent, and when.
    """

    url: str = ""
    status: int = 200
    delay: float = 0
    got: list[tuple[float, Any]] = field(default_factory=list)

    @property
    def payloads(self) -> list[Any]:
        return [payload for _, payload in self.got]

    @property
    def subjects(self) -> list[str]:
        """The first lines of what it was sent by blocks of `custom_block`."""
        return [payload["subject"] for payload in self.payloads]

    def wait_for(self, number: int, what: str, seconds: float = 60) -> list[Any]:
        """Wait until it was sent so many, and return all."""
        wait_until(lambda: len(self.got) >= number, what, seconds)
        return self.payloads

    def custom_block(self) -> dict[str, Any]:
        """Return the fields of a Custom Webhook block that reaches it."""
        texts = {"subject": "{{subject}}", "body": "{{body}}"}
        return {"name": "receptor", "url": self.url, "json_data": texts}


@contextmanager
def receiver(tls: ssl.SSLContext | None = None, **fields: Any) -> Iterator[Receiver]:
    """Run a receiver."""
    own = Receiver(**fields)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            own.got.append((time.monotonic(), json.loads(body)))
            time.sleep(own.delay)
            with suppress(OSError):  # who asked has gone away
                self.send_response(own.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")  # what Slack answers

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        host = "https://localhost" if tls else "http://127.0.0.1"
        own.url = f"{host}:{server.server_port}/hook"
        yield own
        server.shutdown()
