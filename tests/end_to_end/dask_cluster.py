"""A cluster of Dask's that is there before a project: a scheduler and two workers of this machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import free_port, started, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import Project


@contextmanager
def dask_cluster(folder: Path, installed: Project) -> Iterator[str]:
    """Run one in a project's environment, which is all that it has of it; give its address."""
    dask = installed.python.with_name("dask")
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    here = ("--host", "127.0.0.1", "--no-dashboard")
    workers = ("--nworkers", "2", "--nthreads", "1", "--nanny")
    env = installed.env | {"HOME": str(folder)}
    with (
        started(dask, "scheduler", *here, "--port", port, env=env, log=folder / "scheduler.log"),
        started(dask, "worker", address, *here, *workers, env=env, log=folder / "worker.log"),
    ):
        wait_until(
            lambda: (folder / "worker.log").read_text("utf-8").count("Registered to:") == 2,
            "two workers",
        )
        yield address
