"""The processes of this machine that a run has for itself."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

import dask
from dask.system import CPU_COUNT
from distributed.diagnostics.plugin import SchedulerPlugin

if TYPE_CHECKING:
    from distributed import Client, LocalCluster
    from distributed.scheduler import Scheduler

    Logger = logging.Logger | logging.LoggerAdapter[Any]

MOST_PROCESSES = 4  # each is 150 MB, and other runs are on the same machine
LAST_LINES_SECONDS = 60  # a server whose database is busy takes its time


def cluster_options() -> dict[str, Any]:
    """Return what `LocalCluster` is to be, where the author does not say it.

    One thread a process: what waits is as well off on Prefect's own threads. Any port for Dask's
    dashboard: two runs on one machine would want the same one. With TLS and certificates of the
    moment: else, any user of the machine could have code run as this one.
    """
    return {
        "n_workers": min(CPU_COUNT, MOST_PROCESSES),
        "threads_per_worker": 1,
        "dashboard_address": "127.0.0.1:0",
        "security": True,
    }


def keep_quiet() -> None:
    """Show no lines of Dask's own comings and goings, here and in the processes that it starts.

    Nor Prefect's about them, such as the address of a dashboard that needs what is not installed.
    """
    logging.getLogger("distributed").setLevel(logging.ERROR)
    logging.getLogger("prefect.task_runner.dask").setLevel(logging.WARNING)
    dask.config.set({"distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "error"})


class Deaths(SchedulerPlugin):
    """Tells the run of a process that died: Dask begins another one, and its tasks again."""

    name = "electra-flow-deaths"

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: Any) -> None:
        """Say so; nobody listens any more when the cluster is ended."""
        self._logger.warning(
            "Terminó de golpe un proceso de Dask (%s), quizá por falta de memoria: sus tareas "
            "vuelven a empezar en otro.",
            worker,
        )


def begun(cluster: LocalCluster, logger: Logger) -> None:
    """Tell the run of its processes, and from here on of each that dies."""
    logger.info("Dask, en %d procesos de esta máquina", len(cluster.workers))
    if cluster.scheduler:
        cluster.scheduler.add_plugin(Deaths(logger))


def ending(client: Client, cluster: LocalCluster) -> None:
    """Let the workers send the server their last lines and states, before they are ended.

    Dask kills a process that takes 4 seconds to end, and with it what its threads have not sent.
    """
    if cluster.scheduler:
        cluster.scheduler.plugins.pop(Deaths.name, None)
    with contextlib.suppress(Exception):  # a worker that is gone has nothing more to say
        client.run(_drain, on_error="ignore")


async def _drain() -> None:
    import asyncio

    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for service in (APILogWorker, EventsWorker):
        await asyncio.to_thread(service.drain_all, timeout=LAST_LINES_SECONDS)
