"""A server without automations; keeping them is tested on a real one (end_to_end/)."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

from electra_flow.deploying.automations import keep_automations, owned_automations


@pytest.mark.parametrize("status", [404, 403])
def test_a_server_without_automations_costs_one_line_and_another_answer_is_an_error(
    status: int,
) -> None:
    """The server here is a stand-in: every Prefect 3 has them."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(status)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/api"
        with (
            temporary_settings({PREFECT_API_URL: url}),
            get_client(sync_client=True) as client,
        ):
            assert owned_automations(client, uuid4()) == []
            if status == 404:
                (line,) = keep_automations(client, "a/b", {})
                assert line == ("el servidor no las tiene: nada cancela lo colgado ni lo atrasado")
            else:
                with pytest.raises(PrefectHTTPStatusError):
                    keep_automations(client, "a/b", {})
        server.shutdown()
