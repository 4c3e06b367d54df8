"""A team's server, a private repository and machines of their own (hosts.py), with workers of one pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_LEVEL, temporary_settings

from electra_flow.watchdog.judge import LOST
from end_to_end.private_repository import Monorepo
from harness import (
    SYSTEM_PATH,
    TOOLS,
    Project,
    git_host,
    hours_away,
    prefect_server,
    started,
    wait_until,
)
from hosts import Host, hosts

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated, GitHost, Server

TOKEN = "github_pat_de_varias_maquinas"
POOL = "varias"
SILENCE = 10  # seconds: `lost`, as somebody may set it in the UI
SETTINGS = {
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
}
FLOW = '''"""Trabaja hasta que se le dice basta."""

import time
from pathlib import Path

from electra_flow import PrefectLogger, run_info
from prefect import flow
from prefect.runtime import flow_run

logger_global = PrefectLogger(__file__)


@flow(retries=1)
def ventas(carpeta: str) -> None:
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    Path(carpeta, f"{flow_run.id}.begun").touch()
    while not Path(carpeta, f"{flow_run.id}.enough").exists():
        time.sleep(0.1)
    logger.info("Basta")
'''


@dataclass
class Team:
    """A server, two machines, and what the runs of one deployment do."""

    server: Server
    python: Path
    folder: Path
    machines: list[Host]
    deployment: str = ""
    flow_id: str = ""
    runs: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def worker(self, host: Host, name: str, path: str = "") -> Iterator[None]:
        """Run a worker on a machine, with a home of its own."""
        home = self.folder / name
        home.mkdir()
        env = self.server.env | {
            "HOME": str(home),
            "PREFECT_HOME": str(home / ".prefect"),
            "PATH": path or f"{TOOLS}:{SYSTEM_PATH}",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "UV_OFFLINE": "1",  # its machine reaches nothing beyond this one
        }
        prefect = self.python.with_name("prefect")
        command = (prefect, "worker", "start", "--pool", POOL, "--name", name)
        with started(*host.command(*command), env=env, log=home / "worker.log"):
            yield

    def start(self, name: str) -> None:
        body = {"parameters": {"carpeta": str(self.folder)}, "state": {"type": "SCHEDULED"}}
        path = f"/deployments/{self.deployment}/create_flow_run"
        self.runs[name] = self.server.api("POST", path, body)["id"]

    def taken_up(self) -> dict[str, Any]:
        """Return the one run that repeats another, from here on called «again»."""
        query = {"flow_runs": {"tags": {"all_": ["electra-flow-retoma"]}}}
        (repeat,) = self.server.api("POST", "/flow_runs/filter", query)
        self.runs["again"] = repeat["id"]
        return repeat

    def loses(
        self, name: str, retries: int | None, *, attempts: int = 1, parent: bool = False
    ) -> None:
        """Make a run that a round gave up for lost."""
        body = {"name": name, "deployment_id": self.deployment, "flow_id": self.flow_id}
        body["empirical_policy"] = {"retries": retries}
        if parent:
            caller = self.server.api("POST", "/flow_runs/", {"flow_id": self.flow_id})["id"]
            task = {"flow_run_id": caller, "task_key": name, "dynamic_key": "0"}
            body["parent_task_run_id"] = self.server.api("POST", "/task_runs/", task)["id"]
        self.runs[name] = run = self.server.api("POST", "/flow_runs/", body)["id"]
        states = [{"type": "RUNNING"}, {"type": "CRASHED", "message": f"{LOST}11 minutos"}]
        for state in states * attempts:
            self.server.api("POST", f"/flow_runs/{run}/set_state", {"state": state})

    def begun(self, name: str) -> None:
        wait_until((self.folder / f"{self.runs[name]}.begun").exists, f"{name} begins")

    def enough(self, name: str) -> None:
        (self.folder / f"{self.runs[name]}.enough").touch()

    def run(self, name: str) -> dict[str, Any]:
        return self.server.api("GET", f"/flow_runs/{self.runs[name]}")

    def ends(self, name: str, state: str) -> dict[str, Any]:
        wait_until(lambda: self.run(name)["state"]["name"] == state, f"{name} is {state}")
        return self.run(name)["state"]

    def says(self, name: str, text: str) -> str:
        """Return the line of a run's log that holds a text, once it is there."""
        query = {"logs": {"flow_run_id": {"any_": [self.runs[name]]}}}

        def line() -> str:
            logs = self.server.api("POST", "/logs/filter", query)
            return next((log["message"] for log in logs if text in log["message"]), "")

        return wait_until(line, f"«{text}» in the log of {name}")

    def sign(self, name: str) -> None:
        """Let a run give a sign of life."""
        event = {
            "id": str(uuid4()),
            "event": "prefect.flow-run.heartbeat",
            "occurred": datetime.now(UTC).isoformat(),
            "resource": {"prefect.resource.id": f"prefect.flow-run.{self.runs[name]}"},
        }
        self.server.api("POST", "/events", [event])

    def sign_arrived(self, name: str) -> bool:
        of_run = {"id": [f"prefect.flow-run.{self.runs[name]}"]}
        query = {"event": {"name": ["prefect.flow-run.heartbeat"]}, "resource": of_run}
        return bool(self.server.api("POST", "/events/filter", {"filter": query})["events"])


@contextmanager
def team_on_machines(
    installed: Project, generate: Callable[..., Generated], folder: Path
) -> Iterator[Team]:
    """Deploy a project from a Git host, for a pool whose workers are to be on two machines."""
    with ExitStack() as stack:
        address, machines = stack.enter_context(hosts("maquina-1", "maquina-2"))
        git = stack.enter_context(git_host(folder, TOKEN, address))
        server = stack.enter_context(
            prefect_server(installed, folder / "server", address=address, **SETTINGS)
        )
        server = replace(server, env=server.env | git.env())
        server.make_pool(POOL)
        server.make_secret("token-git", TOKEN)
        made = Team(server, installed.python, folder, machines)
        deployed = _deploy(
            made, git.make_repository("electra/ventas.git", server.env), generate, git
        )
        made.deployment, made.flow_id = deployed["id"], deployed["flow_id"]
        settings = {PREFECT_API_URL: server.url, PREFECT_LOGGING_LEVEL: "ERROR"}
        stack.enter_context(temporary_settings(settings))
        yield made


def _deploy(
    team: Team, url: str, generate: Callable[..., Generated], git: GitHost
) -> dict[str, Any]:
    """Publish a project of the flow, and return its deployment."""
    generated = generate(
        team.folder,
        uv=True,
        server_check="skip",
        project_slug="ventas",
        source="github",
        github_repository=url,
        github_secret="token-git",
        pool_prod=POOL,
        cron=hours_away(),
    )
    assert generated.code == 0, generated.output
    project = Project(generated.path, team.python, team.server.env)
    (project.path / "src" / "ventas.py").write_text(FLOW, "utf-8")
    parameters = f'parameters={{"carpeta": {str(team.folder)!r}}}'
    project.edit("deploy.py", 'parameters={"nombre": "mundo"}', parameters)
    repository = Monorepo(project.path, url, git, team.server.env)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit()
    repository.push()
    done = project.deploy("--env", "prod")
    assert done.code == 0, done.output
    found = team.server.api("GET", "/deployments/name/ventas/ventas-prod")
    tags = {"tags": {"all_": ["deploy.py", "ventas/ventas-prod", "lost"]}}
    (lost,) = team.server.api("POST", "/automations/filter", {"automations": tags})
    lost["trigger"]["within"] = SILENCE
    names = ("name", "description", "enabled", "tags", "trigger", "actions")
    body = {name: lost[name] for name in names}
    team.server.api("PUT", f"/automations/{lost['id']}", body)
    return found
