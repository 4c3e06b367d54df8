"""A new database, copied from one that this version of Prefect made before: migrating takes longer.

Half of what a server with a new database takes to start are 100 migrations of an empty file. The
copy stands in the user's cache, and holds nothing but tables and Prefect's own block types.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

DATABASE = "prefect.db"  # in PREFECT_HOME


def use_template() -> bool:
    """Begin with a copy, if there is none yet and one can be had; tell whether Prefect has to make it."""
    database = _database()
    if database.exists():
        return False
    with suppress(OSError, sqlite3.Error):
        template = _template()
        if template.exists():
            with closing(sqlite3.connect(template)) as connection:
                sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
            if sound:
                shutil.copyfile(template, database)
                return False
    return True


def keep_template() -> None:
    """Keep a copy of the database as it is now, before anybody has used it."""
    with suppress(OSError, sqlite3.Error):
        template = _template()
        template.parent.mkdir(parents=True, exist_ok=True)
        mine = template.with_suffix(f".{os.getpid()}")
        with (
            closing(sqlite3.connect(_database())) as source,
            closing(sqlite3.connect(mine)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # in one file
        mine.replace(template)


def _database() -> Path:
    return Path(os.environ["PREFECT_HOME"], DATABASE)


def _template() -> Path:
    return cache_folder() / f"prefect-{version('prefect')}.db"


def cache_folder() -> Path:
    """Return where this user's programs keep what they can make again."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "electra-flow"
