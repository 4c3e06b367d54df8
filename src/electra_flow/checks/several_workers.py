"""Whether the workers of a pool may be on several machines, where the code is in a folder of one.

Prefect says nothing of a folder that is not there: the run ends as «Crashed», with «Flow run could not
start: unhandled errors in a TaskGroup», on whichever worker took it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from electra_flow.checks.api import Server
from electra_flow.checks.finding import UV_RUN, Finding, warning
from electra_flow.checks.machine import workers_of


def check_workers(server: Server, pool: str) -> Iterator[Finding]:
    """Warn of more workers online than there are here.

    What the server knows of a worker is its name alone. On Windows those of this machine are not
    counted, so that one of several there is always told of.

    Args:
        server: The server.
        pool: The work pool of an environment whose code is in a folder.
    """
    online = {"workers": {"status": {"any_": ["ONLINE"]}}}
    status, workers = server.ask(f"/work_pools/{quote(pool, safe='')}/workers/filter", online)
    names = sorted(worker["name"] for worker in workers) if status == 200 else []
    if len(names) > max(sum(1 for _ in workers_of(pool)), 1):
        yield warning(
            f"El work pool «{pool}» tiene {len(names)} workers en línea ({', '.join(names)}): con "
            "LocalFolder, en otra máquina la carpeta no está y la ejecución termina Crashed, sin "
            "empezar. Que corran todos en esta, o que el código venga de Git (GitSource).",
            f"{UV_RUN}electra-flow docs varias-maquinas",
        )
