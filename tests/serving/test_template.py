"""A new database from a copy, which is only taken where it is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from electra_flow.serving.template import cache_folder, keep_template, use_template


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("PREFECT_HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return home / "prefect.db"


def make(database: Path) -> None:
    """Make one as Prefect does: with what is in it beside the file."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE flow (name)")
    connection.execute("INSERT INTO flow VALUES ('mi-flujo')")
    connection.commit()
    connection.close()


def test_the_second_database_begins_as_the_first_was(database: Path) -> None:
    assert use_template() is True, "there is none yet"
    make(database)
    keep_template()
    assert use_template() is False, "there is a database"
    database.unlink()
    assert use_template() is False
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT name FROM flow").fetchall() == [("mi-flujo",)]
    (kept,) = cache_folder().iterdir()
    assert kept.suffix == ".db"


def test_a_broken_copy_is_not_used(database: Path) -> None:
    make(database)
    keep_template()
    database.unlink()
    (kept,) = cache_folder().iterdir()
    kept.write_bytes(kept.read_bytes()[:5000])
    assert use_template() is True
    assert not database.exists()


def test_without_a_cache_there_is_no_copy(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(database)
    monkeypatch.setenv("XDG_CACHE_HOME", str(database))  # a file
    keep_template()
    database.unlink()
    monkeypatch.setenv("XDG_CACHE_HOME", str(database.parent / "nothing"))
    assert use_template() is True
