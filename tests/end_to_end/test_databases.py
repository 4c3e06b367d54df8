"""Prefect's servers on SQLite and on PostgreSQL: what is told of them, and the commands of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from electra_flow.checks.api import Server as Api
from electra_flow.checks.server_database import check_server_database, uses_sqlite
from electra_flow.command.docs import PAGES
from harness import prefect_server
from postgres import PASSWORD, Postgres, postgres

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


def test_sqlite_is_recognised_and_told_where_the_server_is_another_machine(server: Server) -> None:
    assert uses_sqlite(Api(server.url))
    assert list(check_server_database(Api(server.url))) == []
    elsewhere = Api(server.url.replace("127.0.0.1", "0.0.0.0"))  # which is this machine, too
    (found,) = check_server_database(elsewhere)
    assert "guarda en SQLite" in found.text


def test_the_page_s_database_serves_a_server_and_is_backed_up_and_restored(
    database: Postgres, installed: Project, tmp_path: Path
) -> None:
    """The SQL of the page, its address, pg_dump and pg_restore, with the password of the tests."""
    page = (PAGES / "servidor.md").read_text("utf-8")
    (sql,) = re.findall(r"^```sql\n(.*?)^```", page, re.M | re.S)
    for command in sql.replace("CLAVE", PASSWORD).strip().splitlines():
        database.sql(command)
    (url,) = set(re.findall(r"postgresql\+asyncpg://\S+", page))
    url = url.replace("CLAVE", PASSWORD).replace("localhost:5432", f"127.0.0.1:{database.port}")
    settings = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": url}
    dump = str(tmp_path / "prefect.dump")
    with prefect_server(installed, tmp_path, **settings) as server:
        assert not uses_sqlite(Api(server.url))
        server.make_pool("pool-guardado")
        # While it goes on, as the page says.
        done = database.program("pg_dump", "--format=custom", f"--file={dump}", "prefect")
        assert done.returncode == 0, done.stderr
        server.make_pool("pool-de-después")
    database.sql("DROP DATABASE prefect")
    create, restore = "CREATE DATABASE prefect OWNER prefect", ("--dbname=prefect", dump)
    assert create in page and "pg_restore --dbname=prefect " in page
    database.sql(create)
    done = database.program("pg_restore", *restore)
    assert done.returncode == 0, done.stderr
    with prefect_server(installed, tmp_path, **settings) as server:
        names = {pool["name"] for pool in server.api("POST", "/work_pools/filter", {})}
        assert "pool-guardado" in names and "pool-de-después" not in names
