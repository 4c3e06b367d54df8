"""`python -m electra_flow.serving.own PORT`: Prefect's server as `electra-flow dev` wants it.

It listens on loopback, on that port or another free one, which it says first; then, that it is
ready. It ends when its standard input does (`electra_flow.tied`), or in good order after a line.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from typing import TYPE_CHECKING

from electra_flow.serving.garbage import collect_apart
from electra_flow.serving.template import keep_template, use_template
from electra_flow.tied.to_input import end_with_input

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
READY = "ready"
CLOSING = 2  # seconds that connections have to end


def main(preferred: int) -> None:
    """Serve until it is told to stop."""
    running: list[uvicorn.Server] = []

    def stop() -> None:
        if running:
            running[0].should_exit = True
        else:
            os._exit(0)  # nothing has begun yet

    end_with_input(stop)
    gc.disable()  # nothing of what is imported is garbage
    listener = _bind(preferred)
    port = listener.getsockname()[1]
    print(port, flush=True)
    os.environ["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    os.environ["PREFECT_SERVER_UI_API_URL"] = os.environ["PREFECT_API_URL"]
    is_new = use_template()

    import uvicorn
    from prefect.server.api.server import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                gc.freeze()  # a collection would look at half a million objects that stay
                collect_apart()
                if is_new:
                    keep_template()
                print(READY, flush=True)

    # Its signals are not ours: `dev` ends it, after what is in it.
    config = uvicorn.Config(
        create_app(final=True), log_level="warning", timeout_graceful_shutdown=CLOSING
    )
    running.append(Server(config))
    asyncio.run(running[0].serve(sockets=[listener]))
    sys.stderr.flush()
    os._exit(0 if running[0].started else 1)  # not after threads that still wait for something


def _bind(preferred: int) -> socket.socket:
    """Return a listener on a port, or on any free one: an open page of the UI goes on working."""
    for port in (preferred, 0):
        listener = socket.socket()
        if sys.platform != "win32":  # there, it would let two servers have the same port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            # Prefect begins to accept much later: what another one takes meanwhile, is not free.
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"no free port on {HOST}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
