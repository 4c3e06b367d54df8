"""The deployments on the server that bear a project's mark, and what belongs to each of them.

Asked for over plain HTTP: `deploy.py --check` does without Prefect, and so does who asks for many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from electra_flow.checks.api import Server, UnreachableError
from electra_flow.model.watchdog import OWNER
from electra_flow.sources.origin import Origin, read_mark

_PAGE = 200  # what the server gives at once
_NOT_BEGUN = ("SCHEDULED", "PENDING", "PAUSED")
_GOING_ON = ("RUNNING", "CANCELLING")


@dataclass(frozen=True)
class Marked:
    """A deployment on the server, and which project it is of.

    Attributes:
        id: Its id.
        full_name: «flow/deployment».
        origin: The project, as the deployment's mark names it.
        active: How many of its schedules are active; none, where it is paused as a whole.
    """

    id: str
    full_name: str
    origin: Origin
    active: int

    @property
    def flow(self) -> str:
        """The flow's name."""
        return self.full_name.partition("/")[0]


@dataclass(frozen=True)
class Belongings:
    """How much belongs to a deployment.

    Attributes:
        active: Its active schedules.
        automations: Its automations.
        pending: Its runs that wait.
        running: Its runs that go on.
    """

    active: int
    automations: int
    pending: int
    running: int

    def __str__(self) -> str:
        counts = (
            (self.active, "programación activa", "programaciones activas"),
            (self.automations, "automatización", "automatizaciones"),
            (self.pending, "ejecución pendiente", "ejecuciones pendientes"),
            (self.running, "ejecución en curso, que sigue", "ejecuciones en curso, que siguen"),
        )
        told = [f"{n} {one if n == 1 else many}" for n, one, many in counts if n]
        return ", ".join(told) or "sin nada pendiente"


def in_environment(server: Server, environment: str | None) -> list[Marked]:
    """Return the marked deployments of an environment, whichever project they are of; None: of all.

    Raises:
        UnreachableError: If the server does not answer.
    """
    if environment is None:
        return _marked(server, {})
    # Their names end so; the filter takes a part of a name, and the mark says the rest.
    found = _marked(server, {"deployments": {"name": {"like_": f"-{environment}"}}})
    return [one for one in found if one.origin.environment == environment]


def of_flows(server: Server, flows: Collection[str]) -> list[Marked]:
    """Return the marked deployments of flows of these names, whichever project they are of.

    Raises:
        UnreachableError: If the server does not answer.
    """
    return _marked(server, {"flows": {"name": {"any_": sorted(flows)}}})


def belongings(server: Server, deployment: Marked) -> Belongings:
    """Return how much belongs to a deployment.

    Raises:
        UnreachableError: If the server does not answer.
    """
    tags = {"tags": {"all_": [OWNER, deployment.full_name]}}
    return Belongings(
        deployment.active,
        len(list(pages(server, "/automations/filter", {"automations": tags}))),
        _count(server, deployment, _NOT_BEGUN),
        _count(server, deployment, _GOING_ON),
    )


def _count(server: Server, deployment: Marked, states: Collection[str]) -> int:
    """Return how many runs of a deployment are in states of these types."""
    search = {
        "deployments": {"id": {"any_": [deployment.id]}},
        "flow_runs": {"state": {"type": {"any_": list(states)}}},
    }
    return int(_answer(server, "/flow_runs/count", search))


def _marked(server: Server, search: Mapping[str, Any]) -> list[Marked]:
    found = [
        (one, origin)
        for one in pages(server, "/deployments/filter", search)
        if (origin := read_mark(one["job_variables"])) is not None
    ]
    names = _flow_names(server, sorted({one["flow_id"] for one, _ in found}))
    return [
        Marked(
            one["id"],
            f"{names[one['flow_id']]}/{one['name']}",
            origin,
            0 if one["paused"] else sum(schedule["active"] for schedule in one["schedules"]),
        )
        for one, origin in found
        if one["flow_id"] in names  # else, it was deleted meanwhile
    ]


def _flow_names(server: Server, ids: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for start in range(0, len(ids), _PAGE):
        search = {"flows": {"id": {"any_": ids[start : start + _PAGE]}}}
        names |= {flow["id"]: flow["name"] for flow in pages(server, "/flows/filter", search)}
    return names


def pages(server: Server, path: str, search: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give all that one of the server's lists holds.

    Raises:
        UnreachableError: If the server does not answer.
    """
    start = 0
    while True:
        page = _answer(server, path, {**search, "limit": _PAGE, "offset": start})
        yield from page
        if len(page) < _PAGE:
            return
        start += _PAGE


def _answer(server: Server, path: str, search: Mapping[str, Any]) -> Any:
    status, answer = server.get(path, search)
    if status != 200 or answer is None:  # of whatever else answers there, and not in JSON
        raise UnreachableError(f"a {path} contestó HTTP {status}")
    return answer
