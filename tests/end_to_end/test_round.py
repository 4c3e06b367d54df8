"""The round: what it ends and what it leaves, on a real server whose automations never fire.

The server's service of automations is off: what ends here, ends by what the round sees. Most runs are
made by the API, in the state that they are told; real ones, with a worker, are in test_watchdog.py and
at the end of this file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread, Timer
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client

from electra_flow import Cron, Watchdog
from electra_flow.model.watchdog import ROUND
from electra_flow.watchdog import Round, result
from electra_flow.watchdog import ending as ending_module
from electra_flow.watchdog import round as round_module
from electra_flow.watchdog import signs as signs_module
from electra_flow.watchdog.ending import Ended, end
from electra_flow.watchdog.judge import judge
from electra_flow.watchdog.limits import Limits, read_limits
from electra_flow.watchdog.reader import read_again
from electra_flow.watchdog.signs import last_signs
from end_to_end.declared import declaring
from end_to_end.stories import DEPLOYMENTS, FLOW, LOST, Stories
from end_to_end.world import World, automations
from harness import prefect_server, wait_until, worker

if TYPE_CHECKING:
    from harness import Project

pytestmark = pytest.mark.real

SETTINGS = {
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
}
SHORT = timedelta(seconds=10)  # the least that deploy.py takes
SLOW = 3  # seconds: the clock of a server that answers is up to two seconds slow
OVER = SHORT.total_seconds() + SLOW


@pytest.fixture(scope="module")
def world(installed: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with four deployments: with limits, with others, without, and switched off.

    And a run whose worker was killed, and whose process too.
    """
    folder = tmp_path_factory.mktemp("ronda")
    for name in ("server", "mortal"):
        (folder / name).mkdir()
    with (
        prefect_server(installed, folder / "server", **SETTINGS) as server,
        worker(installed, server, "pool-mortal", folder / "mortal"),
    ):
        server.make_pool("pool-de-la-ronda")
        stories = Stories(server)
        with declaring(folder / "perdida", "perdida", server, "pool-mortal", FLOW) as project:
            project.done(name="muere", watchdog=DEPLOYMENTS["muere"])
            stories.start("muerta", project, "muere", "600")
            stories.die("muerta")
        with declaring(folder / "proyecto", "ronda", server, "pool-de-la-ronda") as project:
            limits = {
                "corta": Watchdog(running=SHORT, late=SHORT, lost=None),
                "muere": Watchdog(running=None, late=None, lost=timedelta(seconds=90)),
                "libre": None,
                "apagada": Watchdog(running=SHORT, late=SHORT, lost=None),
            }
            project.done(
                deployments=[
                    project.deployment(name=name, watchdog=own) for name, own in limits.items()
                ]
            )
            made = World(project, dict(stories.runs))
            for automation in automations(made, "apagada"):
                server.api("PATCH", f"/automations/{automation['id']}", {"enabled": False})
            yield made


@pytest.fixture(scope="module")
def after(world: World) -> Iterator[tuple[World, Round]]:
    """What there was when ten seconds had passed, and a round after that."""
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    for deployment in ("corta", "libre", "apagada"):
        world.run(f"{deployment} colgada", deployment, "PENDING", "RUNNING")
        world.run(f"{deployment} pendiente", deployment, "PENDING")
        world.run(f"{deployment} atrasada", deployment, "SCHEDULED", scheduled_time=past)
        world.run(f"{deployment} cancelándose", deployment, "RUNNING", "CANCELLING")
    wait_until(lambda: world.state("corta atrasada") == "Late", "a late run")
    world.run("espera su reintento", "corta", "RUNNING", "SCHEDULED AwaitingRetry")
    world.run("espera su turno", "corta", "SCHEDULED AwaitingConcurrencySlot")
    world.run("en pausa", "corta", "RUNNING", "PAUSED")
    world.run("suspendida", "corta", "RUNNING", "PAUSED Suspended", pause_reschedule=True)
    world.run("terminada", "corta", "RUNNING", "COMPLETED")
    world.run("caída", "corta", "RUNNING")
    world.subflow("hija de la caída", "caída")
    world.subflow("nieta de la caída", "hija de la caída")
    world.set("caída", "CRASHED")
    world.run("caída sin límites", "libre", "RUNNING")
    world.subflow("hija sin límites", "caída sin límites")
    world.set("caída sin límites", "CRASHED")
    time.sleep(OVER)
    world.run("sana", "corta", "RUNNING")
    world.subflow("hija de la sana", "sana")
    world.run("por empezar", "corta")
    yield world, world.make_round()


def test_what_is_over_ends_and_its_state_says_why(after: tuple[World, Round]) -> None:
    world, _ = after
    assert world.state("corta colgada") == "Cancelling"
    assert world.message("corta colgada").startswith("Corrió más de 10 s: ")
    assert world.state("corta pendiente") == "Cancelling"
    assert world.state("corta atrasada") == "Cancelled"
    for name in ("corta pendiente", "corta atrasada"):
        assert world.message(name).startswith("En 10 s no empezó a correr: ")
    assert world.state("corta cancelándose") == "Cancelled"
    assert "Estuvo más de 5 s en Cancelling" in world.message("corta cancelándose")


def test_what_a_crashed_flow_left_running_ends(after: tuple[World, Round]) -> None:
    world, _ = after
    for name in ("hija de la caída", "nieta de la caída"):
        assert world.state(name) == "Crashed"
        assert "terminó (Crashed), y con él su proceso" in world.message(name)
    assert world.state("hija de la sana") == world.state("hija sin límites") == "Running"


@pytest.mark.parametrize("deployment", ["libre", "apagada"])
def test_what_has_no_limits_or_has_them_switched_off_is_left(
    after: tuple[World, Round], deployment: str
) -> None:
    world, _ = after
    states = {"colgada": "Running", "pendiente": "Pending", "atrasada": "Late"}
    for name, state in (states | {"cancelándose": "Cancelling"}).items():
        assert world.state(f"{deployment} {name}") == state


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("espera su reintento", "AwaitingRetry"),
        ("espera su turno", "AwaitingConcurrencySlot"),
        ("en pausa", "Paused"),
        ("suspendida", "Suspended"),
        ("terminada", "Completed"),
        ("sana", "Running"),
        ("por empezar", "Scheduled"),
    ],
)
def test_what_is_well_is_left(after: tuple[World, Round], name: str, state: str) -> None:
    world, _ = after
    assert world.state(name) == state


def test_the_round_says_what_it_did_and_each_run_that_it_ended(
    after: tuple[World, Round],
) -> None:
    world, done = after
    assert done.headline.startswith(
        "6 terminadas (1 atrasada, 1 colgada, 1 pendiente, 1 sin cancelar, 2 subflujos sin padre). "
    )
    assert done.headline.endswith(" de 3 despliegues con límites.")
    (line,) = (line for line in world.told if "Corrió más de 10 s" in line)
    assert line.startswith("ronda/corta-prod: ") and ": Cancelling. Corrió" in line
    assert (result(done).name, result(done).message) == ("Completed", done.headline)


def test_what_is_cancelled_and_nobody_ends_is_ended_by_the_next_round(
    after: tuple[World, Round],
) -> None:
    world, _ = after
    time.sleep(OVER)
    world.make_round()
    names = [state["name"] for state in world.states("corta colgada")]
    assert names[-3:] == ["Running", "Cancelling", "Cancelled"]


def test_two_rounds_at_once_end_each_run_once(world: World, after: object) -> None:
    names = [f"a la vez {number}" for number in range(12)]
    for name in names:
        world.run(name, "corta", "RUNNING")
    time.sleep(OVER)
    together, rounds = Barrier(3), []

    def make_round() -> None:
        together.wait()
        rounds.append(world.make_round())

    # (Which server it is, stands in the context.)
    threads = [Thread(target=copy_context().run, args=(make_round,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = [verdict.run.id for done in rounds for verdict in done.ended]
    ours = {world.runs[name] for name in names}
    assert sorted(str(id) for id in ended if str(id) in ours) == sorted(ours)
    for name in names:
        states = [state["name"] for state in world.states(name)]
        assert states == ["Scheduled", "Running", "Cancelling"]


def test_the_server_refuses_the_second_of_two_that_saw_the_same_state(
    world: World, after: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the run again, and neither has ended it yet; it takes Cancelled twice."""
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    world.run("vista por dos", "corta", "SCHEDULED Late", scheduled_time=past)
    with get_client(sync_client=True) as client:
        id = UUID(world.runs["vista por dos"])
        seen = read_again(client, [id])
        later = datetime.now(UTC) + timedelta(minutes=1)
        verdict = judge(seen[id], Limits("x/y", late=SHORT), later)
        assert verdict and verdict.state == "CANCELLED"
        monkeypatch.setattr(ending_module, "read_again", lambda *_: seen)
        assert list(end(client, [verdict])) == [Ended(verdict)]
        assert list(end(client, [verdict])) == []
    states = [state["name"] for state in world.states("vista por dos")]
    assert states == ["Scheduled", "Late", "Cancelled"]


def test_a_run_that_goes_on_between_being_seen_and_being_ended_is_left(
    world: World, after: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run("terminó justo", "corta", "RUNNING")
    world.run("se reintenta justo", "corta", "RUNNING")
    time.sleep(OVER)
    real = round_module.read_subflows

    def in_between(client: SyncPrefectClient) -> Any:
        world.set("terminó justo", "COMPLETED")
        world.set("se reintenta justo", "SCHEDULED AwaitingRetry")
        return real(client)

    monkeypatch.setattr(round_module, "read_subflows", in_between)
    world.make_round()
    assert world.state("terminó justo") == "Completed"
    assert world.state("se reintenta justo") == "AwaitingRetry"


# --- Lost ---------------------------------------------------------------------------------------


@pytest.fixture
def impatient(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of ten seconds, as somebody may set in the UI, and listening for three."""
    (automation,) = automations(world, "muere")
    automation["trigger"]["within"] = 10
    body = {key: automation[key] for key in ("name", "description", "enabled", "tags")}
    body |= {key: automation[key] for key in ("trigger", "actions")}
    world.server.api("PUT", f"/automations/{automation['id']}", body)
    monkeypatch.setattr(signs_module, "STEP", 2.0)
    monkeypatch.setattr(round_module, "MARGIN", timedelta(seconds=1))
    monkeypatch.setattr(round_module, "interval", lambda *_: timedelta(seconds=3))


def test_a_run_without_signs_of_life_is_lost_and_one_that_gives_them_or_never_did_is_not(
    world: World, impatient: None
) -> None:
    for name in ("perdida", "viva", "muda"):
        world.run(name, "muere", "RUNNING")
    world.sign("perdida", "viva")
    time.sleep(OVER)
    meanwhile = Timer(3, world.sign, ["viva"])
    meanwhile.start()
    done = world.make_round()
    meanwhile.join()
    assert [verdict.why for verdict in done.ended if verdict.of == "ronda/muere-prod"] == [
        "perdida"
    ]
    assert world.state("perdida") == "Crashed"
    assert world.message("perdida").startswith("Dejó de dar señales de vida hace ")
    assert world.state("viva") == world.state("muda") == "Running"
    assert any("se escuchan por 4 s" in line for line in world.told)


def test_a_run_whose_worker_s_machine_is_gone_is_ended_by_the_next_round(
    world: World, after: object
) -> None:
    """The server missed the event, since it fires no automation here: all times are real."""
    with get_client(sync_client=True) as client:
        (sign,) = last_signs(client, [UUID(world.runs["muerta"])], datetime.now(UTC)).values()
    passed = datetime.now(UTC) - sign
    time.sleep(max(LOST + SLOW - passed.total_seconds(), 0))
    world.make_round()  # on a slow machine, one before it has ended the run already
    states = world.states("muerta")
    assert [state["name"] for state in states][-2:] == ["Running", "Crashed"]
    assert states[-1]["message"].startswith("Dejó de dar señales de vida hace ")
    name = world.server.api("GET", f"/flow_runs/{world.runs['muerta']}")["name"]
    (line,) = (line for line in world.told if "(retoma)" in line)
    assert f" retoma {name}, que se perdió en el worker «ProcessWorker" in line


def test_ended_runs_cost_a_round_no_request_more(
    world: World, impatient: None, after: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    real = SyncPrefectClient.request

    def counted(self: SyncPrefectClient, method: str, path: str, **more: Any) -> Any:
        requests.append(path)
        return real(self, method, path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(SyncPrefectClient, "request", counted)
    world.make_round()
    world.make_round()
    requests.clear()
    world.make_round()
    before = len(requests)
    deployment = world.project.stored("corta")
    ended = {"type": "COMPLETED", "name": "Completed"}
    body = {"flow_id": deployment["flow_id"], "deployment_id": deployment["id"], "state": ended}
    for _ in range(100):
        world.server.api("POST", "/flow_runs/", body)
    requests.clear()
    done = world.make_round()
    assert len(requests) == before < 30, (done, world.told[-20:], requests)


# --- What deploy.py says where nobody makes the rounds ------------------------------------------


def test_without_a_round_it_is_said_once_what_is_not_guaranteed(world: World) -> None:
    """Once, not once a deployment; and what is missing of a round that is deployed."""
    project = world.project

    def said(**fields: Any) -> list[str]:
        both = [project.deployment(name=name, **fields) for name in ("una", "otra")]
        return [line for line in project.done(deployments=both) if "Sin garantía: " in line]

    (line,) = said(watchdog=Watchdog())
    assert "en este servidor no hay una vigilancia desplegada; " in line
    assert line.endswith("electra-flow docs limites")
    assert said(watchdog=None) == []

    tagged = {"name": "ronda", "tags": [ROUND], "watchdog": Watchdog(silent=timedelta(minutes=45))}
    every_quarter = [Cron("*/15 * * * *")]
    (line,) = (
        line
        for line in project.done("--env", "dev", schedules=every_quarter, **tagged)
        if "Sin garantía: " in line
    )
    assert "ronda-dev, la vigilancia, está apagada; " in line
    lines = project.done(schedules=every_quarter, **tagged)
    (line,) = (line for line in lines if "Sin garantía: " in line)
    assert "ronda-prod, la vigilancia, no tiene un worker en línea; " in line
    project.done(schedules=[], **tagged)


def test_where_rounds_are_made_what_is_lost_is_theirs(world: World) -> None:
    """An automation takes for lost whatever ran while its server was away for longer than that."""
    every_quarter = [Cron("*/15 * * * *")]
    rounds = {"name": "rondas", "tags": [ROUND], "watchdog": None, "schedules": every_quarter}
    world.project.done(**rounds)
    lines = world.project.done(name="ajena", watchdog=Watchdog())
    own = "dar por caído, en una ronda de la vigilancia, lo que no da señales de vida en 10 min"
    assert f"    Automatización: {own} (nueva)" in lines
    actions = {one["tags"][2]: one["actions"][0]["type"] for one in automations(world, "ajena")}
    cancel = "change-flow-run-state"
    assert actions == {"running": cancel, "late": cancel, "lost": "do-nothing"}
    with get_client(sync_client=True) as client:
        ours = {limits.full_name: limits for limits in read_limits(client).values()}
    assert ours["ronda/ajena-prod"].lost == timedelta(minutes=10)

    world.project.done(**rounds | {"schedules": []})
    lines = world.project.done(name="ajena", watchdog=Watchdog())
    was = "dar por caído lo que no da señales de vida en 10 min"
    assert f"    Automatización: cambia «{own}» por «{was}»" in lines


def test_a_silence_is_noticed_only_where_runs_begin_by_themselves(world: World) -> None:
    def silences(*arguments: str) -> list[str]:
        lines = world.project.done(
            *arguments,
            name="callada",
            schedules=[Cron("*/15 * * * *")],
            watchdog=Watchdog(silent=timedelta(minutes=45)),
        )
        return [line for line in lines if "no termina bien ninguna" in line]

    assert silences("--env", "dev") == []
    (line,) = silences()
    assert line.startswith("    Automatización: avisar si en 45 min no termina bien ninguna")
    (line,) = silences("--env", "dev", "--activate")
    assert line.endswith("(nueva)")
