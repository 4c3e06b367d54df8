"""One pool, workers on several machines, a project from GitHub: one is cut off in the middle of a run.

The machines are network namespaces (hosts.py), each with a home of its own. The server, the Git host and
the monitoring machine are this one. The server's automations are off: what ends here, the round ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_LEVEL, temporary_settings

from electra_flow.watchdog import Round, end_overdue
from electra_flow.watchdog import round as round_module
from electra_flow.watchdog import signs as signs_module
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

    from harness import Generated, Server

pytestmark = pytest.mark.real

TOKEN = "github_pat_de_varias_maquinas"
POOL, BARE = "varias", "pelada"
SILENCE = 8  # seconds: `lost`, as somebody may set it in the UI
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
    stack: ExitStack
    deployment: str = ""
    runs: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def worker(self, host: Host, name: str, *more: str, path: str = "") -> Iterator[None]:
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
        command = (self.python.with_name("prefect"), "worker", "start", "--pool", POOL)
        command = (*command, "--name", name, *more)
        with started(*host.command(*command), env=env, log=home / "worker.log"):
            yield

    def start(self, name: str, **more: str) -> None:
        body = {"parameters": {"carpeta": str(self.folder)}, "state": {"type": "SCHEDULED"}} | more
        path = f"/deployments/{self.deployment}/create_flow_run"
        self.runs[name] = self.server.api("POST", path, body)["id"]

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

    def sign_arrived(self, name: str) -> bool:
        of_run = {"id": [f"prefect.flow-run.{self.runs[name]}"]}
        query = {"event": {"name": ["prefect.flow-run.heartbeat"]}, "resource": of_run}
        return bool(self.server.api("POST", "/events/filter", {"filter": query})["events"])


@pytest.fixture(scope="module")
def team(
    installed: Project,
    generate: Callable[..., Generated],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Team]:
    """A project deployed from a Git host, and a pool whose workers are on two machines."""
    folder = tmp_path_factory.mktemp("varias")
    with ExitStack() as stack:
        address, machines = stack.enter_context(hosts("maquina-1", "maquina-2"))
        git = stack.enter_context(git_host(folder, TOKEN, address))
        server = stack.enter_context(
            prefect_server(installed, folder / "server", address=address, **SETTINGS)
        )
        server = replace(server, env=server.env | git.env())
        server.make_pool(POOL)
        server.api("POST", f"/work_pools/{POOL}/queues", {"name": BARE})
        server.make_secret("token-git", TOKEN)
        made = Team(server, installed.python, folder, machines, stack)
        made.deployment = _deploy(
            made, git.make_repository("electra/ventas.git", server.env), generate, git
        )
        settings = {PREFECT_API_URL: server.url, PREFECT_LOGGING_LEVEL: "ERROR"}
        stack.enter_context(temporary_settings(settings))
        yield made


def _deploy(team: Team, url: str, generate: Callable[..., Generated], git: Any) -> str:
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
    found = team.server.api("GET", "/deployments/name/ventas/ventas-prod")["id"]
    tags = {"tags": {"all_": ["deploy.py", "ventas/ventas-prod", "lost"]}}
    (lost,) = team.server.api("POST", "/automations/filter", {"automations": tags})
    lost["trigger"]["within"] = SILENCE
    names = ("name", "description", "enabled", "tags", "trigger", "actions")
    body = {name: lost[name] for name in names}
    team.server.api("PUT", f"/automations/{lost['id']}", body)
    return found


@pytest.fixture
def round_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A round that listens for three seconds, and what it told."""
    told: list[str] = []
    monkeypatch.setattr(signs_module, "STEP", 1.5)
    monkeypatch.setattr(round_module, "MARGIN", timedelta(seconds=1))
    monkeypatch.setattr(round_module, "interval", lambda *_: timedelta(seconds=2))

    def make() -> tuple[Round, list[str]]:
        told.clear()
        return end_overdue(lambda text, *values: told.append(text % values)), told

    return make


def test_what_was_on_a_machine_that_is_cut_off_is_taken_up_by_another_one(
    team: Team, round_of: Callable[[], tuple[Round, list[str]]]
) -> None:
    first, second = team.machines
    bare = team.folder / "bare"
    bare.mkdir()
    python = team.python.with_name("python")
    (bare / "python").symlink_to(python)

    # A machine that lacks what the project needs is named by its run.
    team.start("without Git", work_queue_name=BARE)
    with team.worker(second, "ventas-2", "--work-queue", BARE, path=str(bare)):
        with team.worker(first, "ventas-1", "--work-queue", "default"):
            team.start("lost")
            team.begun("lost")
            assert team.says("lost", "Comienza").endswith(", worker «ventas-1» en maquina-1")
            said = team.ends("without Git", "Failed")["message"]
            assert "El worker no encuentra Git" in said
            assert said.endswith("(worker «ventas-2», en maquina-2)")
            wait_until(lambda: team.sign_arrived("lost"), "a sign of life")
            first.cut()
            _taken_up(team, first, second, round_of)


def _taken_up(
    team: Team, first: Host, second: Host, round_of: Callable[[], tuple[Round, list[str]]]
) -> None:
    def ended() -> Round | None:
        done, _ = round_of()
        return done if done.ended else None

    with team.worker(second, "otra-2", "--work-queue", "default"):
        done = wait_until(ended, "a round gives the lost run up")
        assert done.headline.startswith("1 terminada (1 perdida); 1 retomada. ")
        lost = team.run("lost")
        assert lost["state"]["name"] == "Crashed"
        assert "se apagó su máquina (worker «ventas-1»)" in lost["state"]["message"]
        again, _ = round_of()
        assert again.headline.startswith("Nada que terminar. ")  # and nothing is taken up twice

        query = {"flow_runs": {"tags": {"all_": ["electra-flow-retoma"]}}}
        (repeat,) = team.server.api("POST", "/flow_runs/filter", query)
        assert repeat["name"] == f"{lost['name']} (retoma)"
        team.runs["again"] = repeat["id"]
        team.begun("again")
        assert team.says("again", "Comienza").endswith(", worker «otra-2» en maquina-2")
        text = f"{repeat['name']} retoma {lost['name']}, que se perdió en el worker «ventas-1»;"
        assert team.says("again", "retoma ") == team.says("lost", "retoma ")
        assert team.says("lost", "retoma ") == f"{text} es el último intento."
        assert team.run("again")["empirical_policy"]["retries"] == 0

        # It was cut off alone: its process goes on, and whatever it says is of its own run.
        first.mend()
        team.enough("lost")
        team.ends("lost", "Completed")
        assert team.run("again")["state"]["name"] == "Running"
        done, told = round_of()
        assert "1 corrió dos veces" in done.headline
        assert any(
            "se dio por perdida en el worker «ventas-1», está Completed" in one for one in told
        )
        assert team.says("again", "hace lo mismo otra vez")
        assert round_of()[0].headline.startswith("Nada que terminar. ")
        team.enough("again")
        team.ends("again", "Completed")
