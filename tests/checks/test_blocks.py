"""The table of block types: the code that it gives creates a block of that name."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from electra_flow.checks.api import Server
from electra_flow.checks.blocks import BLOCK_TYPES, check_block, refused

if TYPE_CHECKING:
    from checks.conftest import Web


@pytest.mark.parametrize("kind", BLOCK_TYPES)
def test_the_code_that_creates_one_is_python_and_asks_for_what_is_secret(kind: str) -> None:
    block_type = BLOCK_TYPES[kind]
    ast.parse(block_type.create)
    assert '"' not in block_type.create, "it stands between double quotes in a terminal"
    assert ".save('NOMBRE')" in block_type.create and "getpass(" in block_type.create
    assert f"from {block_type.module} import " in block_type.create


@pytest.mark.parametrize("kind", ["ms-teams-webhook", "slack-webhook", "custom-webhook"])
def test_the_code_that_creates_one_of_an_alert_creates_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for saving it, which takes a server (test_server_check.py)."""
    workflow = "https://a.b/workflows/F/triggers/manual/paths/invoke?api-version=1&sig=S"
    url = "https://hooks.slack.com/services/T/B/X" if kind == "slack-webhook" else workflow
    monkeypatch.setattr("getpass.getpass", lambda _: url)
    code = BLOCK_TYPES[kind].create.removesuffix(".save('NOMBRE')")
    *imports, expression = code.split("; ")
    names: dict[str, object] = {}
    exec("; ".join(imports), names)
    block = eval(expression, names)
    assert block.get_block_type_slug() == kind
    assert "notify" in block.get_block_capabilities()


def test_a_block_of_an_alert_has_to_be_one_that_notifies(web: Callable[..., Web]) -> None:
    path = "/api/block_types/slug/{}/block_documents/name/x?include_secrets=false"
    kinds = {"slack-webhook": ["notify"], "secret": []}
    answers = {
        path.format(kind): {"block_schema": {"capabilities": own}} for kind, own in kinds.items()
    }
    server = Server(web(answers).url)
    assert check_block(server, "slack-webhook/x", of_alerts=True).level == "bien"
    assert check_block(server, "secret/x").level == "bien"
    found = check_block(server, "secret/x", of_alerts=True)
    assert found.text.startswith("El bloque Secret «x» no manda avisos: ")


def test_a_block_that_a_silent_server_was_asked_for_is_an_error() -> None:
    found = check_block(Server("http://127.0.0.1:1/api", timeout=0.2), "secret/token")
    assert found == refused("el bloque Secret «token»", 0)
    assert found.text == "El servidor dejó de contestar al revisar el bloque Secret «token»."
