"""The table of block types: the code that it gives creates a block of that name."""

from __future__ import annotations

import ast

import pytest

from electra_flow.checks.api import Server
from electra_flow.checks.blocks import BLOCK_TYPES, check_block, refused


@pytest.mark.parametrize("kind", BLOCK_TYPES)
def test_the_code_that_creates_one_is_python_and_asks_for_what_is_secret(kind: str) -> None:
    block_type = BLOCK_TYPES[kind]
    ast.parse(block_type.create)
    assert '"' not in block_type.create, "it stands between double quotes in a terminal"
    assert ".save('NOMBRE')" in block_type.create and "getpass(" in block_type.create
    assert f"from {block_type.module} import " in block_type.create


def test_a_block_that_a_silent_server_was_asked_for_is_an_error() -> None:
    found = check_block(Server("http://127.0.0.1:1/api", timeout=0.2), "secret/token")
    assert found == refused("el bloque Secret «token»", 0)
    assert found.text == "El servidor dejó de contestar al revisar el bloque Secret «token»."
