"""What a server's settings make it forget, as far as its API tells them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from electra_flow.checks.api import Server
from electra_flow.checks.server_settings import check_server_settings

PATH = "/api/admin/settings"


def settings(buffer: object) -> dict[str, Any]:
    return {"server": {"events": {"expired_bucket_buffer": buffer}}}


@pytest.mark.parametrize("buffer", ["PT1M", "PT5S", "PT2M30.5S"])
def test_one_that_forgets_limits_within_minutes_is_told_with_what_mends_it(
    web: Callable[..., Any], buffer: str
) -> None:
    (found,) = check_server_settings(Server(web({PATH: settings(buffer)}).url))
    assert found.level == "aviso" and "puede quedar colgada" in found.text
    assert found.fix.startswith("PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER=P1D ")
    assert "electra-flow docs worker" in found.fix


@pytest.mark.parametrize("kind", ["memory", "filesystem"])
def test_one_that_forgets_who_has_a_slot_is_told_with_what_mends_it(
    web: Callable[..., Any], kind: str
) -> None:
    module = f"prefect.server.concurrency.lease_storage.{kind}"
    answer = {"server": {"concurrency": {"lease_storage": module}}}
    found = list(check_server_settings(Server(web({PATH: answer}).url)))
    assert len(found) == (kind == "memory")
    for each in found:
        assert each.level == "aviso" and "olvida quién ocupa" in each.text
        start = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE="
        assert each.fix.startswith(f"{start}prefect.server.concurrency.lease_storage.filesystem ")


@pytest.mark.parametrize(
    "answer",
    [
        settings("P1D"),
        settings("PT1H"),
        settings(None),
        {"server": None},
        [],
        (404, {}, ""),
        (403, {}, ""),
    ],
)
def test_one_that_remembers_or_does_not_tell_is_no_finding(
    web: Callable[..., Any], answer: object
) -> None:
    assert list(check_server_settings(Server(web({PATH: answer}).url))) == []
