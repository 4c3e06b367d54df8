"""One pool, workers on several machines, a project from GitHub: one is cut off in the middle of a run.

The machines are network namespaces (hosts.py), each with a home of its own. The server, the Git host and
the monitoring machine are this one. The server's automations are off: what ends here, the round ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client

from electra_flow.checks import several_workers
from electra_flow.checks.api import Server as CheckedServer
from electra_flow.checks.several_workers import check_workers
from electra_flow.watchdog import Round, end_overdue
from electra_flow.watchdog import round as round_module
from electra_flow.watchdog import signs as signs_module
from electra_flow.watchdog.reader import server_time
from electra_flow.watchdog.taking_up import find_twice, take_up
from end_to_end.team_on_machines import Team, team_on_machines
from harness import Project, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def team(
    installed: Project,
    generate: Callable[..., Generated],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Team]:
    """A project deployed from a Git host, and a pool whose workers are on two machines."""
    with team_on_machines(installed, generate, tmp_path_factory.mktemp("varias")) as made:
        yield made


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
