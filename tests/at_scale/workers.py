"""Real runs, each a process: how many of them one worker and several on one machine begin and end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from at_scale.meter import Tree, all_at_once, measured
from at_scale.server_alone import POOL, Figures
from harness import wait_until
from under_load.service import Service, Team

AT_ONCE = 4  # runs of each worker
FLOW = '''"""Un flujo corto: una tarea y las líneas que se le piden."""

from electra_flow import PrefectLogger, run_info
from prefect import flow, task

logger_global = PrefectLogger(__file__)


@task
def contar(lineas: int) -> int:
    logger = logger_global.obtener_logger_prefect()
    for numero in range(lineas):
        logger.info("Línea %d de una carga de ventas, de la sucursal centro, sin novedades", numero)
    return lineas


@flow
def corto(lineas: int = 3) -> None:
    logger_global.obtener_logger_prefect().info("Comienza con %s", run_info())
    contar(lineas)
'''


def deploy(team: Team, folder: Path) -> str:
    """Make a deployment of a short flow, as `LocalFolder` makes one; return its id."""
    (folder / "corto.py").write_text(FLOW, "utf-8")
    (folder / "pyproject.toml").write_text('[project]\ndependencies = ["prefect"]\n', "utf-8")
    flow = team.api("POST", "/flows/", {"name": "corto"})["id"]
    step = {"prefect.deployments.steps.set_working_directory": {"directory": str(folder)}}
    body = {
        "name": "corto",
        "flow_id": flow,
        "work_pool_name": POOL,
        "entrypoint": "corto.py:corto",
        "path": str(folder),
        "pull_steps": [step],
        "job_variables": {
            "command": f"{sys.executable} -m prefect.engine",
            "working_dir": str(folder),
        },
    }
    return str(team.api("POST", "/deployments/", body)["id"])


@contextmanager
def at_work(team: Team, number: int) -> Iterator[list[Tree]]:
    """Let so many workers be online."""
    command = [*team.worker.command, "--limit", str(AT_ONCE), "--name"]
    services = [
        Service([*command, f"w{index}"], team.worker.env, team.folder / f"w{number}-{index}.log")
        for index in range(number)
    ]
    try:
        for service in services:
            team.start_worker(service)
        yield [Tree(service.pid) for service in services]
    finally:
        for service in services:
            service.end()


def with_workers(
    team: Team, trees: dict[str, Tree], deployment: str, number: int, runs: int
) -> Figures:
    """Begin runs all at once, and wait until the last has ended."""
    with at_work(team, number) as workers:
        own = trees | {f"worker {index}": tree for index, tree in enumerate(workers)}
        with measured(own) as working:
            ids = all_at_once(lambda _: _begin(team, deployment), runs, 4)
            wait_until(lambda: len(_ended(team, ids)) == runs, "all runs end", 900)
    ended = _ended(team, ids)
    late = [_moment(run["start_time"]) - _moment(run["expected_start_time"]) for run in ended]
    of_server = sum(working.costs[name] for name in trees) / runs
    of_workers = sum(working.costs.values()) / runs - of_server
    return {
        "workers": number,
        "load": working.load,
        "runs": runs,
        "completed": sum(run["state"]["type"] == "COMPLETED" for run in ended),
        "runs an hour": runs * 3600 / working.seconds,
        "processor s a run, workers": of_workers,
        "processor s a run, server": of_server,
        "runs an hour of a core": 3600 / (of_workers + of_server),
        "late, s (longest)": max(late),
    }


def with_a_talkative_run(
    team: Team, trees: dict[str, Tree], deployment: str, lines: int
) -> Figures:
    """Let one run write lines as fast as it can, and count what the server has of them."""
    with at_work(team, 1) as (worker,), measured(trees) as working:
        run = _begin(team, deployment, lineas=lines)
        wait_until(lambda: _ended(team, [run]), "the talkative run ends", 300)
        # Its process sends what is left when its state is Completed already.
        wait_until(lambda: worker.processes() == 1, "its process ends", 300)
    (ended,) = _ended(team, [run])
    query = {"flow_run_id": {"any_": [run]}}
    found, offset = 0, 0
    while page := team.api("POST", "/logs/filter", {"logs": query, "limit": 200, "offset": offset}):
        found += sum("sin novedades" in log["message"] for log in page)
        offset += len(page)
    seconds = _moment(ended["end_time"]) - _moment(ended["start_time"])
    return {
        "lines of one run": lines,
        "load": working.load,
        "written, a second": lines / seconds,
        "of these in the UI": found,
        "until all were sent, s": working.seconds,
        "processor ms for 1,000, server": 1e6 * sum(working.costs.values()) / lines,
    }


def _begin(team: Team, deployment: str, **parameters: Any) -> str:
    path = f"/deployments/{deployment}/create_flow_run"
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    return str(team.api("POST", path, body)["id"])


def _ended(team: Team, ids: list[str]) -> list[dict[str, Any]]:
    time.sleep(1)
    types = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
    query = {"flow_runs": {"id": {"any_": ids}, "state": {"type": {"any_": types}}}}
    return team.all("/flow_runs/filter", query)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
