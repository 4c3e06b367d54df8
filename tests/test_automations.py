"""Stuck, late and lost runs: the automations that `deploy.py` keeps, on a real server.

The limits are the shortest that Prefect takes: ten seconds, and ninety for signs of life. The
runs of each story start together, and each test looks at one of them.
"""

from __future__ import annotations

import os
import signal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from harness import prefect_server, wait_until, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real

# The parameter of a run is how long it works, and what it does then.
FLOW = """
    import os
    import time
    from pathlib import Path

    from prefect.runtime import flow_run

    Path(f"{flow_run.id}.pid").write_text(f"{os.getpid()} {os.getppid()}")
    seconds, _, then = nombre.partition(" ")
    time.sleep(float(seconds))
    if then and flow_run.run_count == 1:
        raise ValueError(then)
    if then == "fails, and is stuck":
        time.sleep(600)
    return 0
"""
SECOND = """        ),
        Deployment(
            name="sin-limites",
            description="Lo que tarde",
            parameters={"nombre": "1"},
            tags=["sin-limites"],
            watchdog=Watchdog(running=None, late=None, lost=None),
        ),
    ]
"""
LIMITS = {
    "running": "timedelta(hours=2)",
    "late": "timedelta(hours=4)",
    "lost": "timedelta(minutes=10)",
}


@pytest.fixture(scope="module")
def server(installed: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that looks at the time more often than others do."""
    settings = {
        "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
    }
    with prefect_server(installed, tmp_path_factory.mktemp("server"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def pool(server: Server) -> str:
    return server.make_pool("pool-sin-worker")


@pytest.fixture
def deployed(project: Callable[..., Project], server: Server, pool: str, request: Any) -> Project:
    """A project of the test's own with two deployments, where one has no limits."""
    slug = request.function.__name__.removeprefix("test_").replace("_", "-")[:40].strip("-")
    project = project(project_slug=slug, pool_dev=pool)
    project.env = project.env | server.env
    project.edit("deploy.py", "        ),\n    ]\n", SECOND)
    result = project.deploy()
    assert result.code == 0, result.output
    return project


def automations(server: Server, project: Project) -> dict[str, dict[str, Any]]:
    """Return the automations of a project's deployments, by the limit that each watches."""
    slug = project.path.name
    body = {"automations": {"tags": {"all_": ["deploy.py", f"{slug}/{slug}-dev"]}}}
    return {found["tags"][2]: found for found in server.api("POST", "/automations/filter", body)}


def told(output: str) -> list[str]:
    return [
        line.split("Automatización: ")[1]
        for line in output.splitlines()
        if "Automatización: " in line
    ]


# --- What runs too long, starts too late, or is lost ------------------------------------------


class Story:
    """A deployed project, its runs by name, and how each of them ended."""

    def __init__(self, project: Project, server: Server) -> None:
        self.project = project
        self.server = server
        self.runs: dict[str, str] = {}

    def start(self, name: str, work: str, deployment: str = "") -> None:
        slug = self.project.path.name
        path = f"/deployments/name/{slug}/{deployment or slug}-dev"
        deployment_id = self.server.api("GET", path)["id"]
        body = {"parameters": {"nombre": work}, "state": {"type": "SCHEDULED"}}
        run = self.server.api("POST", f"/deployments/{deployment_id}/create_flow_run", body)
        self.runs[name] = run["id"]

    def state(self, name: str) -> dict[str, Any]:
        return self.server.api("GET", f"/flow_runs/{self.runs[name]}")["state"]

    def history(self, name: str) -> list[str]:
        states = self.server.api("GET", f"/flow_run_states/?flow_run_id={self.runs[name]}")
        return [state["name"] for state in states]

    def reason(self, name: str, state: str) -> str:
        """Return what a state of a run's history says."""
        states = self.server.api("GET", f"/flow_run_states/?flow_run_id={self.runs[name]}")
        (message,) = (found["message"] for found in states if found["name"] == state)
        return message

    def wait_for(self, seconds: float, **states: str) -> None:
        for name, state in states.items():
            wait_until(
                lambda name=name, state=state: self.state(name)["name"] == state,
                f"{name} is {state}",
                seconds,
            )

    def wait_for_a_sign_of_life(self, name: str) -> None:
        """Wait for the first one, from which the server counts the time to the next."""
        heartbeat = {
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{self.runs[name]}"]},
        }
        wait_until(
            lambda: self.server.api("POST", "/events/filter", {"filter": heartbeat})["events"],
            f"a heartbeat of {name}",
        )

    def processes(self, name: str) -> list[int]:
        """Return the processes of a run and of its worker."""
        file = self.project.path / f"{self.runs[name]}.pid"
        return [int(pid) for pid in wait_until(file.read_text, f"{name} began").split()]


@pytest.fixture(scope="module")
def tell(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Any],
    installed: Project,
    server: Server,
) -> Callable[..., Story]:
    """Return a function that deploys a project with limits to a pool."""

    def tell(slug: str, pool: str, **limits: int | None) -> Story:
        generated = generate(
            tmp_path_factory.mktemp(slug), project_slug=slug, pool_dev=pool, server_check="skip"
        )
        project = type(installed)(generated.path, installed.python, installed.env | server.env)
        module = slug.replace("-", "_")
        project.edit(
            f"src/{module}.py", '    """Saluda a `nombre`, tarea por tarea."""\n', FLOW.lstrip("\n")
        )
        project.edit(f"src/{module}.py", "@flow(", "@flow(\n    retries=1,")
        for limit, default in LIMITS.items():
            seconds = limits.get(limit)
            short = f"timedelta(seconds={seconds})" if seconds else "None"
            project.edit("deploy.py", f"{limit}={default}", f"{limit}={short}")
        project.edit("deploy.py", "        ),\n    ]\n", SECOND)
        project.edit("deploy.py", '{"nombre": "mundo"}', '{"nombre": "1"}')
        result = project.deploy()
        assert result.code == 0, result.output
        return Story(project, server)

    return tell


@pytest.fixture(scope="module")
def stuck(
    tell: Callable[..., Story], installed: Project, server: Server, tmp_path_factory: Any
) -> Iterator[Story]:
    """Runs of two deployments, where one allows twenty seconds."""
    with worker(installed, server, "pool-atascado", tmp_path_factory.mktemp("worker")):
        story = tell("atascado", "pool-atascado", running=20)
        work = {
            "stuck": "600",
            "healthy": "12",
            "quick": "0",
            "retried": "12 fails",
            "stuck_again": "2 fails, and is stuck",
            "other": "30",
        }
        for name, nombre in work.items():
            story.start(name, nombre, deployment="sin-limites" if name == "other" else "")
            # One after the other: with six at once, the server's SQLite was locked for a minute.
            story.processes(name)
        yield story


def test_a_run_that_is_stuck_is_cancelled_and_its_process_ends(stuck: Story) -> None:
    run, _ = stuck.processes("stuck")
    stuck.wait_for(180, stuck="Cancelled")
    assert stuck.history("stuck")[-3:] == ["Running", "Cancelling", "Cancelled"]
    assert stuck.reason("stuck", "Cancelling").startswith("Corrió más de 20 s: ")
    with pytest.raises(ProcessLookupError):
        os.kill(run, 0)


@pytest.mark.parametrize("name", ["healthy", "quick"])
def test_a_run_under_its_limit_lives_and_completes(stuck: Story, name: str) -> None:
    stuck.wait_for(180, **{name: "Completed"})
    assert "Cancelling" not in stuck.history(name)


def test_the_limit_is_for_each_attempt_of_a_run_that_is_retried(stuck: Story) -> None:
    stuck.wait_for(180, retried="Completed")
    history = stuck.history("retried")
    assert history.count("Running") == 2 and "Cancelling" not in history


def test_a_retry_that_is_stuck_is_cancelled(stuck: Story) -> None:
    stuck.wait_for(180, stuck_again="Cancelled")
    assert stuck.history("stuck_again")[-3:] == ["Running", "Cancelling", "Cancelled"]


def test_a_run_of_another_deployment_is_not_touched(stuck: Story) -> None:
    stuck.wait_for(180, other="Completed")
    assert "Cancelling" not in stuck.history("other")


def test_a_run_that_nobody_starts_is_cancelled_when_it_is_too_late(
    tell: Callable[..., Story], server: Server
) -> None:
    server.make_pool("pool-atrasado")
    story = tell("atrasado", "pool-atrasado", late=10)
    story.start("late", "0")
    story.start("other", "0", deployment="sin-limites")
    story.wait_for(180, late="Cancelled")
    assert story.history("late") == ["Scheduled", "Late", "Cancelled"]
    assert story.history("other") == ["Scheduled", "Late"]


def test_a_run_whose_worker_and_process_die_is_marked_as_crashed_and_a_healthy_one_is_not(
    tell: Callable[..., Story], installed: Project, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with (
        worker(installed, server, "pool-perdido", tmp_path),
        worker(installed, server, "pool-sano", tmp_path / "other"),
    ):
        lost, healthy = tell("perdido", "pool-perdido", lost=90), tell("sano", "pool-sano", lost=90)
        lost.start("lost", "600")
        healthy.start("healthy", "130")
        run, its_worker = lost.processes("lost")
        lost.wait_for_a_sign_of_life("lost")
        for process in (its_worker, run):  # in this order, or the worker tells the server
            os.kill(process, signal.SIGKILL)
        assert lost.state("lost")["name"] == "Running"
        lost.wait_for(150, lost="Crashed")
        assert "Dejó de dar señales de vida" in lost.state("lost")["message"]
        healthy.wait_for(150, healthy="Completed")
        assert "Crashed" not in healthy.history("healthy")


# --- Deploying again --------------------------------------------------------------------------


def test_it_says_the_automations_that_stand_and_makes_no_second_ones(
    server: Server, deployed: Project
) -> None:
    before = automations(server, deployed)
    assert set(before) == set(LIMITS)
    assert told(deployed.deploy().output) == [
        "cancelar lo que corre más de 2 h",
        "cancelar lo que se atrasa y en 4 h no empieza",
        "dar por caído lo que no da señales de vida en 10 min",
    ]
    assert automations(server, deployed) == before, "not rewritten: it would stop the clocks"


def test_a_limit_that_changes_is_changed_in_place(server: Server, deployed: Project) -> None:
    before = automations(server, deployed)
    deployed.edit("deploy.py", LIMITS["running"], "timedelta(minutes=90)")
    changes = told(deployed.deploy().output)
    assert (
        "cambia «cancelar lo que corre más de 2 h» por «cancelar lo que corre más de 1 h 30 min»"
        in changes
    )
    after = automations(server, deployed)
    assert after["running"]["trigger"]["within"] == 90 * 60
    assert {limit: found["id"] for limit, found in after.items()} == {
        limit: found["id"] for limit, found in before.items()
    }
    assert after["late"] == before["late"]


def test_what_deploy_py_no_longer_declares_is_removed_from_the_server(
    server: Server, deployed: Project
) -> None:
    deployed.edit("deploy.py", LIMITS["late"], "None")
    assert "desaparece «cancelar lo que se atrasa y en 4 h no empieza»" in told(
        deployed.deploy().output
    )
    assert set(automations(server, deployed)) == {"running", "lost"}
    text = (deployed.path / "deploy.py").read_text("utf-8")
    watchdog = text[text.index("watchdog=Watchdog(\n") : text.index("\n)\n\n\ndef deployments")]
    deployed.edit("deploy.py", watchdog, "watchdog=None,")
    result = deployed.deploy()
    assert result.code == 0 and len(told(result.output)) == 2
    assert automations(server, deployed) == {}


def test_one_that_an_operator_switched_off_stays_off(server: Server, deployed: Project) -> None:
    running = automations(server, deployed)["running"]["id"]
    server.api("PATCH", f"/automations/{running}", {"enabled": False})
    assert "cancelar lo que corre más de 2 h (sigue apagada)" in told(deployed.deploy().output)
    deployed.edit("deploy.py", LIMITS["running"], "timedelta(hours=3)")
    (change,) = (line for line in told(deployed.deploy().output) if line.startswith("cambia"))
    assert change.endswith("(sigue apagada)")
    after = automations(server, deployed)
    assert [found["enabled"] for found in after.values()].count(False) == 1
    assert after["running"]["enabled"] is False


def test_those_of_others_are_never_touched(server: Server, deployed: Project) -> None:
    """Also when they look like ours, or are of the other deployment's or environment's."""
    ours = automations(server, deployed)["running"]
    body = {key: ours[key] for key in ("name", "trigger", "actions")}
    server.api("POST", "/automations/", body)
    server.api("POST", "/automations/", body | {"tags": ["deploy.py", "de-otro/dev", "running"]})
    mine = {found["id"] for found in automations(server, deployed).values()}

    def others() -> list[Any]:
        found = server.api("POST", "/automations/filter", {})
        return [automation for automation in found if automation["id"] not in mine]

    before = others()
    for limit, default in LIMITS.items():
        deployed.edit("deploy.py", f"{limit}={default}", f"{limit}=None")
    assert deployed.deploy().code == 0
    assert automations(server, deployed) == {}
    assert others() == before and len(before) >= 2


def test_the_runs_are_told_how_often_to_give_signs_of_life(
    server: Server, deployed: Project
) -> None:
    slug = deployed.path.name
    env = server.api("GET", f"/deployments/name/{slug}/{slug}-dev")["job_variables"]["env"]
    assert env["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "200", "three times in ten minutes"
    other = server.api("GET", f"/deployments/name/{slug}/sin-limites-dev")["job_variables"]["env"]
    assert "PREFECT_FLOWS_HEARTBEAT_FREQUENCY" not in other


ASK = """
from uuid import uuid4
from prefect.client.orchestration import get_client
from deployment.automations import keep_automations
from deployment.model import Watchdog

with get_client(sync_client=True) as client:
    print(*keep_automations(client, "a/b", uuid4(), Watchdog()))
"""


def test_a_server_without_automations_costs_one_line(project: Callable[..., Project]) -> None:
    """The server here is a stand-in: every Prefect 3 has them."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(404)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/api"
        asked = project().run("-c", ASK, PREFECT_API_URL=url)
        server.shutdown()
    assert asked.lines[-1] == "el servidor no las tiene: nada cancela lo colgado ni lo atrasado"


WRONG_LIMITS = {
    "no time": ("running", "7200", "running tiene que ser un timedelta o None, y es 7200"),
    "too short": ("late", "timedelta(seconds=9)", "late tiene que ser de 10 segundos o más"),
    "signs of life": ("lost", "timedelta(minutes=1)", "lost tiene que ser de 90 segundos o más"),
}


@pytest.mark.parametrize("case", WRONG_LIMITS)
def test_a_limit_that_could_not_work_is_refused(project: Callable[..., Project], case: str) -> None:
    limit, value, reason = WRONG_LIMITS[case]
    project = project()
    project.edit("deploy.py", f"{limit}={LIMITS[limit]}", f"{limit}={value}")
    result = project.deploy("--check")
    assert result.code == 1 and "Traceback" not in result.output
    assert f"  error  watchdog: {reason}." in result.lines
