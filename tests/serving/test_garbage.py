"""What happens to who waits for SQLite while garbage is collected, as in a Prefect server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real  # it waits for SQLite to give up

# One has the database's lock, and gives it back on this thread, as a server does on its loop; another
# waits for it in a thread. A cursor of the one that waits is garbage.
PROGRAM = """
import gc, sqlite3, sys, threading
from electra_flow.serving import garbage

file, how = sys.argv[1:]
gc.disable()
options = {"timeout": 2, "check_same_thread": False, "isolation_level": None}
writes, waits = (sqlite3.connect(file, **options) for _ in range(2))
writes.execute("PRAGMA journal_mode = WAL")
begun = threading.Event()

class Cycle:
    def __init__(self):
        self.cursor = waits.execute("VALUES (1), (2)")
        self.own = self
    def __del__(self):
        begun.set()

Cycle()
writes.execute("BEGIN IMMEDIATE")

def wait():
    try:
        waits.execute("BEGIN IMMEDIATE")
        print("it has the lock")
    except sqlite3.OperationalError as error:
        print(error)

thread = threading.Thread(target=wait)
thread.start()
while thread.is_alive() and not begun.is_set():
    if how == "on the loop":
        threading.Event().wait(0.5)  # it is in SQLite now
        gc.collect()
    elif threading.active_count() == 2:
        garbage.YOUNG, garbage.OLD = 0.5, 0.5
        garbage.collect_apart()
writes.execute("COMMIT")
thread.join()
"""


@pytest.mark.parametrize(
    ("how", "said"), [("on the loop", "database is locked"), ("apart", "it has the lock")]
)
def test_collected_apart_it_holds_up_nobody(how: str, said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "data.db", how],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stdout.splitlines() == [said], done.stderr
