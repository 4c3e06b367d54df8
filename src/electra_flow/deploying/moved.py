"""The runs of a deployment that wait in the work pool that it had before.

Prefect gives a run its pool when it makes it: after a deployment moved, its schedule's runs are made
anew, but those that somebody asked for, and what is late, wait where nobody may be working any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from electra_flow.checks.api import Server
from electra_flow.checks.finding import UV_RUN, Finding, warning
from electra_flow.deploying.marked import Marked, pages

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


class LostRunError(Exception):
    """Which run was to be moved, and is not on the server any more, in Spanish."""


@dataclass(frozen=True)
class Waiting:
    """A run that did not begin, in a work pool that is not its deployment's.

    Attributes:
        deployment: Its deployment.
        pool: Where it waits.
        run: What the server has of it.
    """

    deployment: Marked
    pool: str
    run: dict[str, Any]

    @property
    def asked_for(self) -> bool:
        """Whether somebody asked for it; else, it is of a schedule, which goes on by itself."""
        return not self.run["auto_scheduled"]


def find_waiting(server: Server, deployments: Sequence[Marked], pool: str) -> list[Waiting]:
    """Return the runs that wait elsewhere and never began.

    Args:
        server: Prefect's server.
        deployments: The deployments.
        pool: The work pool that they are in, or are going to be.

    Raises:
        UnreachableError: If the server does not answer.
    """
    others = [item["name"] for item in pages(server, "/work_pools/filter", {})]
    others = [name for name in others if name != pool]
    if not deployments or not others:
        return []
    by_id = {item.id: item for item in deployments}
    search = {
        "deployments": {"id": {"any_": list(by_id)}},
        "work_pools": {"name": {"any_": others}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    now = datetime.now(UTC)
    return [
        Waiting(by_id[run["deployment_id"]], run["work_pool_name"], run)
        for run in pages(server, "/flow_runs/filter", search)
        if not run["run_count"]
        and not run["parent_task_run_id"]  # another run waits for this very one
        # What a schedule is to run, Prefect makes anew when it deploys.
        and not (run["auto_scheduled"] and _moment(run) > now)
    ]


def check_waiting(
    waiting: Sequence[Waiting], environment: str, *, prune: bool
) -> Iterator[Finding]:
    """Say how many runs wait in which other pool."""
    counts: dict[tuple[str, str], int] = {}
    for item in waiting:
        key = item.deployment.full_name, item.pool
        counts[key] = counts.get(key, 0) + 1
    for (name, other), count in counts.items():
        runs = "1 ejecución espera" if count == 1 else f"{count} ejecuciones esperan"
        text = f"De {name}, {runs} en el work pool «{other}», donde ya no está."
        yield warning(text, "" if prune else prune_command(environment))


def prune_command(environment: str) -> str:
    """Return what removes and mends what is left of before."""
    return f"{UV_RUN or 'python '}deploy.py --env {environment} --prune"


def move(waiting: Sequence[Waiting]) -> Iterator[str]:
    """Let what was asked for wait in its deployment's pool, and delete what a schedule left.

    Args:
        waiting: The runs, whose deployments are in that pool by now.

    Yields:
        A line of Spanish for each, before it is done.

    Raises:
        LostRunError: If the server took one away, and then did not take it back.
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses.
        httpx.TransportError: If the server does not answer.
    """
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for item in waiting:
            what = f"la ejecución {item.run['name']} de {item.deployment.full_name}"
            if item.asked_for:
                yield f"Pasa de «{item.pool}» {what}."
                _again(client, item, what)
            else:
                yield f"Se saca de «{item.pool}» {what}, atrasada: su programación sigue."
                client.delete_flow_run(UUID(item.run["id"]))


def _again(client: SyncPrefectClient, item: Waiting, what: str) -> None:
    """Make a run anew, which takes the pool that its deployment has now."""
    from prefect.states import Scheduled

    run = item.run
    client.delete_flow_run(UUID(run["id"]))  # first: the server keeps one run of each key
    try:
        client.create_flow_run_from_deployment(
            UUID(item.deployment.id),
            parameters=run["parameters"],
            state=Scheduled(scheduled_time=_moment(run)),
            name=run["name"],
            tags=run["tags"],
            idempotency_key=run["idempotency_key"],
            job_variables=run["job_variables"],
        )
    except Exception as error:
        raise LostRunError(
            f"{what} (para {run['expected_start_time']}, con {run['parameters']}) se sacó de "
            f"«{item.pool}» y no se pudo volver a pedir: pedila de nuevo"
        ) from error


def _moment(run: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(run["next_scheduled_start_time"] or run["expected_start_time"])
