"""One pool, workers on several machines, a project from GitHub: one is cut off in the middle of a run.

The machines are network namespaces (hosts.py), each with a home of its own. The server, the Git host and
the monitoring machine are this one. The server's automations are off: what ends here, the round ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_LEVEL, temporary_settings

from electra_flow.checks import several_workers
from electra_flow.checks.api import Server as CheckedServer
from electra_flow.checks.several_workers import check_workers
from electra_flow.watchdog import Round, end_overdue
from electra_flow.watchdog import round as round_module
from electra_flow.watchdog import signs as signs_module
from electra_flow.watchdog.judge import LOST
from electra_flow.watchdog.reader import server_time
from electra_flow.watchdog.taking_up import find_twice, take_up
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
        server.make_secret("token-git", TOKEN)
        made = Team(server, installed.python, folder, machines)
        deployed = _deploy(
            made, git.make_repository("electra/ventas.git", server.env), generate, git
        )
        made.deployment, made.flow_id = deployed["id"], deployed["flow_id"]
        settings = {PREFECT_API_URL: server.url, PREFECT_LOGGING_LEVEL: "ERROR"}
        stack.enter_context(temporary_settings(settings))
        yield made


def _deploy(team: Team, url: str, generate: Callable[..., Generated], git: Any) -> dict[str, Any]:
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


@pytest.fixture
def make_round(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Round]:
    """Return what makes a round, which listens for three seconds to who is silent."""
    monkeypatch.setattr(signs_module, "STEP", 1.5)
    monkeypatch.setattr(round_module, "MARGIN", timedelta(seconds=1))
    monkeypatch.setattr(round_module, "interval", lambda *_: timedelta(seconds=2))
    return lambda: end_overdue(lambda *_: None)


def test_what_was_on_a_machine_that_is_cut_off_is_taken_up_by_another_one(
    team: Team, make_round: Callable[[], Round]
) -> None:
    first, second = team.machines
    with team.worker(first, "ventas-1"):
        team.start("lost")
        team.begun("lost")
        assert team.says("lost", "Comienza").endswith(", worker «ventas-1» en maquina-1")
        wait_until(lambda: team.sign_arrived("lost"), "a sign of life")
        first.cut()

        with team.worker(second, "ventas-2"):
            done = wait_until(lambda: gave_up(make_round()), "a round gives the lost run up")
            assert done.headline.startswith("1 terminada (1 perdida); 1 retomada. ")
            lost = team.run("lost")
            assert lost["state"]["name"] == "Crashed"
            assert "se apagó su máquina (worker «ventas-1»)" in lost["state"]["message"]
            assert make_round().headline.startswith("Nada que terminar. "), "it is taken up once"

            repeat = team.taken_up()
            assert repeat["name"] == f"{lost['name']} (retoma)"
            text = team.says("lost", "retoma ")
            assert f"{repeat['name']} retoma {lost['name']}, que se perdió" in text
            assert text.endswith("en el worker «ventas-1»; es el último intento.")
            team.begun("again")
            assert team.says("again", "retoma ") == text
            assert team.says("again", "Comienza").endswith(", worker «ventas-2» en maquina-2")

            # The machine was cut off, and no more: what its process says is of its own run.
            first.mend()
            team.enough("lost")
            team.ends("lost", "Completed")
            assert team.run("again")["state"]["name"] == "Running"
            assert make_round().headline.startswith("Nada que terminar; 1 corrió dos veces. ")
            told = team.says("again", "hace lo mismo otra vez")
            assert "se dio por perdida en el worker «ventas-1», está Completed: " in told
            assert make_round().headline.startswith("Nada que terminar. "), "it is told once"
            team.enough("again")
            team.ends("again", "Completed")
            assert team.run("again")["empirical_policy"]["retries"] == 0


def gave_up(done: Round) -> Round | None:
    return done if done.ended else None


def test_a_machine_that_lacks_what_a_project_needs_is_named_by_its_run(team: Team) -> None:
    """Any worker of a pool may take a run: so it says which one could not."""
    bare = team.folder / "bare"
    bare.mkdir()
    with team.worker(team.machines[1], "pelado", path=str(bare)):
        team.start("without Git")
        assert "(worker «pelado», en maquina-2)" in team.says("without Git", "no encuentra Git")
        team.ends("without Git", "Crashed")  # without its reason, which is in the log alone


def test_who_may_not_be_run_again_is_not_and_who_may_is_run_once(team: Team) -> None:
    """Three rounds at once see the same losses."""
    for name, retries in (("una vez", 1), ("ninguna", 0), ("sin retries", None)):
        team.loses(name, retries)
    team.loses("ya corrió dos veces", 1, attempts=2)
    team.loses("de otro flujo", 1, parent=True)
    together = Barrier(3)

    def names() -> list[str]:
        with get_client(sync_client=True) as client:
            now = server_time(client)
            together.wait()
            return [one.name for one in take_up(client, [UUID(team.deployment)], now)]

    with ThreadPoolExecutor(3) as pool:
        rounds = [pool.submit(copy_context().run, names) for _ in range(3)]
    taken = [name for done in rounds for name in done.result()]
    assert taken == ["una vez (retoma)"]

    # One that gives a sign of life after that was only cut off.
    assert find_now() == []
    team.sign("una vez")
    wait_until(lambda: team.sign_arrived("una vez"), "a sign of life")
    (text,) = find_now()
    assert text.startswith("una vez, que se dio por perdida, sigue viva, en el proceso ")
    assert find_now() == [], "it is told once"


def find_now() -> list[str]:
    """Return what is told of runs that were taken up although they lived on."""
    with get_client(sync_client=True) as client:
        return [one.text for one in find_twice(client, server_time(client))]


def test_who_deploys_from_a_folder_hears_of_workers_that_may_be_elsewhere(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = team.server.make_pool("carpeta")
    server = CheckedServer(team.server.url)

    def told() -> list[str]:
        return [str(finding) for finding in check_workers(server, pool)]

    team.server.api("POST", f"/work_pools/{pool}/workers/heartbeat", {"name": "ventas-1"})
    assert told() == []
    team.server.api("POST", f"/work_pools/{pool}/workers/heartbeat", {"name": "ventas-2"})
    (line,) = told()
    assert line.startswith("aviso  El work pool «carpeta» tiene 2 workers en línea (ventas-1, ")
    monkeypatch.setattr(several_workers, "workers_of", lambda pool: [pool, pool])
    assert told() == [], "both are seen on this machine"
