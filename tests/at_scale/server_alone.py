"""What a server does for many deployments, runs and lines, played over its API without a process."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from at_scale.meter import Tree, all_at_once, answer_times, measured
from under_load.service import Team

POOL = "escala"
AHEAD = 3  # runs that the server schedules of each deployment at least
IDLE = 30  # seconds
LONGEST = 240  # seconds for the schedules of one step
CLIENTS = 8
EVERY = 2.0  # seconds between two batches of lines of a run, as Prefect sends them
FOR = 20  # seconds of lines
Figures = dict[str, float | int]


def with_deployments(team: Team, trees: dict[str, Tree], before: int, after: int) -> Figures:
    """Add deployments of three runs a day, and look at the server before and after that."""
    flow = team.api("POST", "/flows/", {"name": "programado"})["id"]

    def make(number: int) -> None:
        schedule = {"cron": f"{number % 60} 3,11,19 * * *", "timezone": "Etc/UTC"}
        body = {"name": f"programado-{before + number}", "flow_id": flow, "work_pool_name": POOL}
        schedules = [{"active": True, "schedule": schedule}]
        team.api("POST", "/deployments/", body | {"schedules": schedules})

    with measured(trees) as making:
        all_at_once(make, after - before, CLIENTS)
    busy: list[float] = []
    with measured(trees) as scheduling:
        end = time.monotonic() + LONGEST
        while _scheduled(team) < AHEAD * after and time.monotonic() < end:
            busy.append(max(longest for _, longest in _answers(team, 1).values()))
            time.sleep(1)
    with measured(trees) as idle:
        time.sleep(IDLE)
    figures: Figures = {
        "deployments": after,
        "load": making.load,
        "created, ms each": making.seconds * 1000 / (after - before),
        "created, processor ms each": sum(making.costs.values()) * 1000 / (after - before),
        "until all are scheduled, s": scheduling.seconds,
        "scheduled runs": _scheduled(team),
        "slowest answer meanwhile, ms": max(busy, default=0),
        "idle, % of a core": 100 * sum(idle.costs.values()) / idle.seconds,
        "memory of the server, MB": trees["server"].megabytes(),
    }
    for name, (median, longest) in _answers(team, 15).items():
        figures[f"{name}, ms (median)"] = median
        figures[f"{name}, ms (longest)"] = longest
    return figures


def _answers(team: Team, times: int) -> dict[str, tuple[float, float]]:
    """Ask what Prefect's UI and a worker ask."""
    asked: dict[str, tuple[str, Any]] = {
        "list of deployments": ("/deployments/filter", {"limit": 200}),
        "list of runs": ("/flow_runs/filter", {"limit": 200, "sort": "EXPECTED_START_TIME_DESC"}),
        "a worker's question": (f"/work_pools/{POOL}/get_scheduled_flow_runs", {}),
    }
    return {
        name: answer_times(lambda path=path, body=body: team.api("POST", path, body), times)
        for name, (path, body) in asked.items()
    }


def _scheduled(team: Team) -> int:
    query = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    return int(team.api("POST", "/flow_runs/count", query))


def with_runs(team: Team, trees: dict[str, Tree], number: int) -> Figures:
    """Drive runs through their states, each with ten lines and three events, as fast as it goes."""
    flow = team.api("POST", "/flows/", {"name": "vacio"})["id"]
    body = {"name": f"vacio-{uuid4()}", "flow_id": flow, "work_pool_name": POOL}
    deployment = team.api("POST", "/deployments/", body)["id"]

    def run(_: int) -> float:
        begun = time.perf_counter()
        made = team.api("POST", f"/deployments/{deployment}/create_flow_run", {})["id"]
        for state in ("PENDING", "RUNNING"):
            _set(team, made, state)
        events = [_heartbeat(made) for _ in range(3)]
        team.api("POST", "/events", events)
        team.api("POST", "/logs/", [_line(made, index) for index in range(10)])
        _set(team, made, "COMPLETED")
        return time.perf_counter() - begun

    with measured(trees) as driving:
        times = all_at_once(run, number, CLIENTS)
    cost = sum(driving.costs.values()) / number
    return {
        "runs": number,
        "load": driving.load,
        "runs an hour": number * 3600 / driving.seconds,
        "processor ms a run": cost * 1000,
        "runs an hour of a core": 3600 / cost,
        "a run, s (longest)": max(times),
    }


def _set(team: Team, run: str, state: str) -> None:
    team.api("POST", f"/flow_runs/{run}/set_state", {"state": {"type": state}})


def _heartbeat(run: str) -> dict[str, Any]:
    resource = {"prefect.resource.id": f"prefect.flow-run.{run}"}
    now = datetime.now(UTC).isoformat()
    name = "prefect.flow-run.heartbeat"
    return {"id": str(uuid4()), "event": name, "occurred": now, "resource": resource}


def _line(run: str, index: int) -> dict[str, Any]:
    return {
        "name": "prefect.flow_runs",
        "level": 20,
        "message": f"Línea {index} de una carga de ventas, de la sucursal centro, sin novedades",
        "timestamp": datetime.now(UTC).isoformat(),
        "flow_run_id": run,
    }


def with_lines(team: Team, trees: dict[str, Tree], rate: int) -> Figures:
    """Send lines of twenty runs, each of which sends what it has every two seconds."""
    runs = [str(uuid4()) for _ in range(20)]
    each = max(int(rate * EVERY / len(runs)), 1)
    begun = time.monotonic()

    def send(which: int) -> list[float]:
        taken = []
        for batch in range(int(FOR / EVERY)):
            own = begun + batch * EVERY + which * EVERY / len(runs)
            time.sleep(max(own - time.monotonic(), 0))
            lines = [_line(runs[which], index) for index in range(each)]
            before = time.monotonic()
            team.api("POST", "/logs/", lines)
            taken.append(time.monotonic() - before)
        return taken

    with measured(trees) as sending:
        times = [one for some in all_at_once(send, len(runs), len(runs)) for one in some]
    written = each * int(FOR / EVERY) * len(runs)
    arrived = len(team.all("/logs/filter", {"logs": {"flow_run_id": {"any_": runs}}}))
    return {
        "lines a second": rate,
        "load": sending.load,
        "sent": written,
        "of these stored": arrived,
        "sent, of a second": written / sending.seconds,
        "% of a core": 100 * sum(sending.costs.values()) / sending.seconds,
        "processor ms for 1,000": 1e6 * sum(sending.costs.values()) / written,
        "a batch, ms (median)": sorted(times)[len(times) // 2] * 1000,
        "a batch, ms (longest)": max(times) * 1000,
    }
