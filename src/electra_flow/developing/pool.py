"""The work pool of dev, and a queue in it."""

from __future__ import annotations

import getpass
import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from electra_flow.developing.problem import DevError

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_pool(name: str, queues: Iterable[str]) -> bool:
    """Make a pool for processes and queues in it, where they are missing; tell if the pool was.

    Raises:
        DevError: If it is one for containers.
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If the server does not answer.
    """
    with get_client(sync_client=True) as client:
        try:
            kind = client.read_work_pool(name).type
            missing = False
            if kind != ProcessWorker.type:
                raise DevError(
                    f"El work pool «{name}» es de tipo {kind}, y dev corre los flujos en procesos de "
                    "esta máquina: sin --server configured, tiene un servidor y un work pool propios; "
                    "en ese, despliega y ejecuta «deploy.py --env dev --run»."
                )
        except ObjectNotFound:
            template = ProcessWorker.get_default_base_job_template()
            missing = True
            with suppress(ObjectAlreadyExists):  # somebody else did meanwhile
                client.create_work_pool(
                    WorkPoolCreate(name=name, type="process", base_job_template=template)
                )
        for queue in queues:
            with suppress(ObjectAlreadyExists):
                client.create_work_queue(queue, work_pool_name=name)
    return missing


def other_workers(pool: str, own: str) -> list[str]:
    """Return the workers of a pool that are online, besides one: they may take runs from its queue."""
    with get_client(sync_client=True) as client:
        workers = client.read_workers_for_work_pool(pool)
    return sorted(
        worker.name for worker in workers if worker.status == "ONLINE" and worker.name != own
    )


def own_name() -> str:
    """Return what a worker and a queue of this person on this machine are called: «dev-ana-pc»."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # there is no such user, as in a container
        user = "alguien"
    return re.sub(r"[^\w.-]+", "-", f"dev-{user}-{socket.gethostname()}")
