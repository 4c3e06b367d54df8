"""A run's own container: whether it has one, of which image it is, and which of its files outlive it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

RUN = "PREFECT__FLOW_RUN_ID"
IMAGE = "ELECTRA_FLOW_IMAGE"  # which an image that was built for a project says of itself
FIRST_PROCESS = Path("/proc/1/environ")
MOUNTS = Path("/proc/self/mountinfo")
_OF_MEMORY = ("tmpfs", "ramfs")


@cache
def is_own() -> bool:
    """Tell whether this container is the run's, and ends with it.

    A container's first process has then the run's variables: a worker gave them to it. In a container
    of a worker, where each run is a process, it is the worker.
    """
    with suppress(OSError):
        return f"{RUN}=".encode() in FIRST_PROCESS.read_bytes()
    return False


def keeps(folder: Path) -> bool:
    """Tell whether what is written to a folder outlives this container: something is mounted there."""
    if not is_own():
        return True
    fields = [line.split() for line in MOUNTS.read_text(encoding="utf-8").splitlines()]
    # The type of the file system is the first field after a lonely dash; a later mount covers an earlier.
    kinds = {_plain(line[4]): line[line.index("-") + 1] for line in fields}
    places = (folder, *folder.parents)
    place = next((str(place) for place in places if str(place) in kinds), "/")
    return place != "/" and kinds[place] not in _OF_MEMORY


def image() -> str:
    """Return the image that this run is in; empty if it has no container of its own.

    Where the image does not say it itself, it is the one that the worker was given: by the run, by its
    deployment or by its work pool, in that order.
    """
    if own := os.environ.get(IMAGE):
        return own
    if not is_own():
        return ""
    with suppress(Exception):  # a server that is busy just now is no reason against a run
        return _given(UUID(os.environ[RUN])) or "de Prefect, de la versión del worker"
    return "desconocida: el servidor no la dijo"


def _given(run_id: UUID) -> str:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
        of_run: dict[str, Any] = dict(run.job_variables or {})
        if run.deployment_id and "image" not in of_run:
            of_run = dict(client.read_deployment(run.deployment_id).job_variables or {})
        if "image" not in of_run and run.work_pool_name:
            template = client.read_work_pool(run.work_pool_name).base_job_template
            return str(template["variables"]["properties"]["image"].get("default") or "")
    return str(of_run["image"])


def _plain(text: str) -> str:
    """Return a path as it is: the system writes a space in it as «\\040»."""
    return re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), text)
