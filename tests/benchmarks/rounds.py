"""What a round of the watchdog asks of a server with 10,000 runs, and how long it takes.

python tests/benchmarks/rounds.py [runs]    by default, 10000

Most have ended, a tenth is to begin tomorrow, two hundred run, forty are late, and none is over.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from electra_flow.deploying.automations import keep_automations
from electra_flow.deploying.limits import of_limits
from electra_flow.model.watchdog import Watchdog
from electra_flow.watchdog import end_overdue
from harness import TOOLS, Project, Server, prefect_server, user_environment

DEPLOYMENTS, RUNNING, LATE = 50, 200, 40
ROUNDS = 5


def make_deployments(server: Server) -> list[dict[str, Any]]:
    """Make deployments with the usual limits."""
    made = []
    for number in range(DEPLOYMENTS):
        flow = server.api("POST", "/flows/", {"name": f"flujo-{number}"})["id"]
        body = {"name": f"flujo-{number}-prod", "flow_id": flow}
        made.append(server.api("POST", "/deployments/", body))
        name = f"flujo-{number}/flujo-{number}-prod"
        with get_client(sync_client=True) as client:
            keep_automations(client, name, of_limits(name, made[-1]["id"], Watchdog()))
    return made


def make_runs(server: Server, deployments: list[dict[str, Any]], total: int) -> None:
    """Make one run of each kind, and the others as copies of its rows: by the API they take hours."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    now = datetime.now(UTC).isoformat()
    kinds = [
        (RUNNING, "RUNNING", "Running", now),
        (LATE, "SCHEDULED", "Late", now),
        (total // 10, "SCHEDULED", "Scheduled", tomorrow),
        (total - RUNNING - LATE - total // 10, "COMPLETED", "Completed", now),
    ]
    database = sqlite3.connect(Path(server.env["PREFECT_HOME"], "prefect.db"), timeout=60)
    database.row_factory = sqlite3.Row
    for number, type_, name, due in kinds:
        state = {"type": type_, "name": name, "state_details": {"scheduled_time": due}}
        body = {"flow_id": deployments[0]["flow_id"], "deployment_id": deployments[0]["id"]}
        run_id = server.api("POST", "/flow_runs/", body | {"state": state})["id"]
        (run,) = database.execute("SELECT * FROM flow_run WHERE id = ?", (run_id,))
        (own,) = database.execute("SELECT * FROM flow_run_state WHERE id = ?", (run["state_id"],))
        with database:
            for index in range(number - 1):
                of = deployments[index % DEPLOYMENTS]
                new_id, state_id = str(uuid4()), str(uuid4())
                ids = {"flow_id": of["flow_id"], "deployment_id": of["id"], "state_id": state_id}
                insert(database, "flow_run", dict(run) | ids | {"id": new_id})
                insert(
                    database, "flow_run_state", dict(own) | {"id": state_id, "flow_run_id": new_id}
                )
    database.close()


def insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def main(total: int) -> None:
    requests: Counter[str] = Counter()
    real = SyncPrefectClient.request

    def counted(self: SyncPrefectClient, method: str, path: Any, **more: Any) -> Any:
        requests[f"{method} {path}"] += 1
        return real(self, method, path, **more)

    SyncPrefectClient.request = counted  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = Project(folder, TOOLS / "python", user_environment(folder / "home"))
        with (
            prefect_server(project, folder) as server,
            temporary_settings({PREFECT_API_URL: server.url}),
        ):
            make_runs(server, make_deployments(server), total)
            times = []
            for _ in range(ROUNDS):
                requests.clear()
                before = time.perf_counter()
                done = end_overdue(lambda *_: None)
                times.append(time.perf_counter() - before)
    print(done.headline)
    median = statistics.median(times)
    print(f"{total} runs: {requests.total()} requests, {median:.2f} s (median of {ROUNDS})")
    for request, number in requests.most_common():
        print(f"{number:5} {request}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
