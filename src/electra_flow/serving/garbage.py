"""Collecting garbage in a thread of its own, so that a server on SQLite does not stop itself.

Prefect's server has one event loop and, on SQLite, a thread for each connection. Where several write at
once, all but one wait in SQLite, up to a minute, each holding the lock of its connection. If Python
collects garbage on the loop just then, and a cursor of such a connection is among it, `sqlite3_reset`
waits for that lock; and the one that could write waits for the loop. So nobody is served until the
minute is over, and then the writes of all who waited fail: «database is locked».
"""

from __future__ import annotations

import gc
import threading
import time

YOUNG, OLD = 1.0, 10.0  # seconds between two collections of what is new, and of all


def collect_apart() -> None:
    """From now on collect garbage in a thread: there, waiting for a lock holds up nobody."""
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()


def _collect() -> None:
    time.sleep(OLD)
    gc.collect()
    gc.freeze()  # what was imported stays, and need not be looked at each time
    while True:
        for _ in range(int(OLD / YOUNG)):
            time.sleep(YOUNG)
            gc.collect(1)
        gc.collect()
