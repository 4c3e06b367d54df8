"""Where a server keeps its data, as far as its answers tell (real ones: end_to_end/test_databases.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from electra_flow.checks.api import Server
from electra_flow.checks.server_database import check_server_database

PLAIN, ESCAPED = "s_cret", r"s_cr\et"
SQLITE = {PLAIN: (200, [{"name": "Secret"}]), ESCAPED: (200, [])}


def played(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Any], url: str = "http://servidor/api"
) -> Server:
    def ask(_self: Server, path: str, search: Mapping[str, Any]) -> Any:
        assert path == "/block_types/filter"
        return answers[search["block_types"]["name"]["like_"]]

    monkeypatch.setattr(Server, "ask", ask)
    return Server(url)


def test_sqlite_on_another_machine_is_told_with_the_page_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (found,) = check_server_database(played(monkeypatch, SQLITE))
    assert found.level == "aviso" and "guarda en SQLite" in found.text
    assert "electra-flow docs servidor" in found.fix


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4200/api",
        "http://127.0.0.1:4200/api",
        "http://127.8.0.1/api",
        "http://[::1]:4200/api",
    ],
)
def test_a_server_of_one_s_own_is_asked_nothing(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert list(check_server_database(played(monkeypatch, {}, url))) == []


@pytest.mark.parametrize(
    "answers",
    [
        {PLAIN: (200, [{"name": "Secret"}]), ESCAPED: (200, [{"name": "Secret"}])},
        {PLAIN: (200, []), ESCAPED: (200, [])},
        {PLAIN: (403, None), ESCAPED: (403, None)},
        {PLAIN: (200, [{"name": "Secret"}]), ESCAPED: (503, None)},
        {PLAIN: (200, [{"name": "Secret"}]), ESCAPED: (0, None)},
    ],
    ids=["PostgreSQL", "patterns are not handed on", "refused", "busy", "gone"],
)
def test_what_is_not_certain_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Any]
) -> None:
    assert list(check_server_database(played(monkeypatch, answers))) == []
