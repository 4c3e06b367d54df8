"""`flow_kind=subflows`: deployed, run by a real worker, and its subflows really overlap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness import worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real


def test_the_subflows_of_a_deployed_run_overlap_and_log_each_line_once(
    server: Server, project: Callable[..., Project], installed: Project, tmp_path: Path
) -> None:
    """By the server's times. On SQLite it answers 503 to the second subflow, which tries again."""
    secret = server.make_secret("token-de-subflujos", "valor-4711")
    ready = project(
        project_slug="saldo", flow_kind="subflows", secrets=secret, pool_dev="pool-de-subflujos"
    )
    ready.env = ready.env | server.env
    (tmp_path / "worker").mkdir()
    with worker(installed, server, "pool-de-subflujos", tmp_path / "worker"):
        result = ready.deploy("--run")
    assert result.code == 0, result.output

    def runs(flow: str) -> list[dict]:
        query = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC"}
        found = server.api("POST", "/flow_runs/filter", query)
        return [run for run in found if run["state_type"] == "COMPLETED"]

    (main,), (sales,), (purchases,) = (
        runs(name) for name in ("saldo", "saldo-ventas", "saldo-compras")
    )
    assert max(run["start_time"] for run in (main, sales, purchases)) < min(
        run["end_time"] for run in (main, sales, purchases)
    )
    file = (ready.path / "src" / "logs" / "saldo.log").read_text("utf-8")
    lines = re.findall(r"\| ((?:Flow|Task) '.*)", file)
    for line in (
        "Task 'leer_importes' - 3 importes de ventas",
        "Task 'leer_importes' - 2 importes de compras",
        "Task 'sumar_importes' - Sumando 3 importes",
        "Task 'sumar_importes' - Sumando 2 importes",
        "Flow 'saldo-ventas' - Ventas: 400",
        "Flow 'saldo-compras' - Compras: 150",
        "Flow 'saldo' - Saldo: 250",
    ):
        assert lines.count(line) == 1, file
    assert lines.count("Task 'leer_importes' - Secretos cargados: token-de-subflujos") == 2
    assert "valor-4711" not in file + result.output
