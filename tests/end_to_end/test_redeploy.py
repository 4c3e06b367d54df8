"""Deploying again: what is declared is set, what an operator set by hand on the rest stays.

On a real server, by the command itself in this process (declared.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

import pytest
from prefect.client.schemas.objects import ConcurrencyLimitConfig

from electra_flow import Cron, Deployment, Interval, RRule
from end_to_end.declared import ZONE, Declared
from harness import hours_away

pytestmark = pytest.mark.real

SOME, OTHER = hours_away(), hours_away(minute=45)  # of what is due, the next runs would be less


def active(declared: Declared, env: str = "prod", name: str = "") -> dict[str, bool]:
    """Return which schedules are active, by their slug or else by their expression."""
    schedules = declared.stored(name, env)["schedules"]
    return {item["slug"] or item["schedule"]["cron"]: item["active"] for item in schedules}


def switch(declared: Declared, on: bool, env: str = "prod", name: str = "") -> None:
    """Switch the one schedule on or off, as an operator does in the UI."""
    deployment = declared.stored(name, env)
    (schedule,) = deployment["schedules"]
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
    declared.server.api("PATCH", path, {"active": on})


def told(lines: list[str], what: str = "Programación: ") -> list[str]:
    return [line.split(what)[1] for line in lines if what in line]


# --- Schedules --------------------------------------------------------------------------------------


def test_dev_s_schedules_are_made_inactive_and_stay_as_the_operator_leaves_them(
    declared: Declared,
) -> None:
    dev: tuple[Any, ...] = ("--env", "dev")
    schedules = [Cron(SOME)]
    lines = declared.done(*dev, schedules=schedules)
    assert told(lines) == [f"nueva, en pausa: «{SOME}» en {ZONE}"]
    (hint,) = (line for line in lines if "Hay programaciones en pausa" in line)
    assert "dev no tiene horario: schedules_active=False" in hint
    assert hint.endswith("deploy.py --env dev --activate")
    assert "    Sin próximas ejecuciones: está en pausa." in lines
    assert active(declared, "dev") == {SOME: False}

    switch(declared, True, "dev")
    lines = declared.done(*dev, schedules=schedules)
    assert active(declared, "dev") == {SOME: True}
    assert told(lines) == [] and len(told(lines, "Próxima: ")) == 3

    switch(declared, False, "dev")
    assert f"sigue en pausa «{SOME}» en {ZONE}" in told(declared.done(*dev, schedules=schedules))
    lines = declared.done(*dev, "--activate", schedules=schedules)
    assert told(lines) == [f"se activa «{SOME}» en {ZONE}"]
    assert active(declared, "dev") == {SOME: True}


def test_prod_s_are_active_and_one_that_an_operator_paused_stays_paused(
    declared: Declared,
) -> None:
    lines = declared.done(schedules=[Cron(SOME)])
    assert told(lines) == [] and len(told(lines, "Próxima: ")) == 3
    switch(declared, False)
    lines = declared.done(schedules=[Cron(SOME)])
    assert told(lines) == [f"sigue en pausa «{SOME}» en {ZONE}"]
    (hint,) = (line for line in lines if "Hay programaciones en pausa" in line)
    assert "schedules_active" not in hint and hint.endswith("deploy.py --env prod --activate")
    assert "    Sin próximas ejecuciones: está en pausa." in lines
    lines = declared.done(schedules=[Cron(OTHER)])
    change = f"cambia «{SOME}» en {ZONE} por «{OTHER}» en {ZONE} (sigue en pausa)"
    assert told(lines) == [change]
    assert active(declared) == {OTHER: False}


def test_one_with_a_slug_is_the_same_beside_others(declared: Declared) -> None:
    first = Cron(SOME, slug="a")
    declared.done(schedules=[first])
    switch(declared, False)
    declared.done(schedules=[Cron(OTHER, slug="a"), Cron(SOME, slug="b")])
    assert active(declared) == {"a": False, "b": True}


DAILY = "FREQ=DAILY;BYHOUR={};BYMINUTE=0;BYSECOND=0"
KINDS: dict[str, tuple[Any, Any]] = {
    "an interval": (Interval(timedelta(hours=6)), Interval(timedelta(hours=7))),
    "a rule": (RRule(DAILY.format(6)), RRule(DAILY.format(7))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_any_kind_stays_paused_and_only_real_changes_are_said(
    declared: Declared, kind: str
) -> None:
    first, second = KINDS[kind]
    declared.done(schedules=[first])
    before = declared.stored()["schedules"][0]["schedule"]
    switch(declared, False)
    (change,) = told(declared.done(schedules=[first]))
    assert change.startswith("sigue en pausa «")
    (after,) = declared.stored()["schedules"]
    assert after["schedule"] == before and not after["active"]
    (change,) = told(declared.done(schedules=[second]))
    assert change.startswith("cambia «") and change.endswith("(sigue en pausa)")


def test_one_that_disappears_is_said_and_what_is_not_declared_stays(declared: Declared) -> None:
    declared.done(schedules=[Cron(SOME)])
    switch(declared, False)
    declared.done()
    assert active(declared) == {SOME: False}
    lines = declared.done(schedules=[])
    assert told(lines) == [f"desaparece «{SOME}» en {ZONE} (estaba en pausa)"]
    assert "    Sin próximas ejecuciones." in lines
    assert active(declared) == {}


def test_a_sparse_schedule_shows_its_next_three_runs_too(declared: Declared) -> None:
    lines = declared.done(schedules=[Cron("0 0 1 7 *")])
    today = datetime.now(ZoneInfo(ZONE))
    first = today.year + (today.month >= 7)
    assert [moment.split(" de ")[0][4:] for moment in told(lines, "Próxima: ")] == [
        f"01/07/{year} 00:00" for year in range(first, first + 3)
    ]


def test_a_run_that_the_old_schedule_left_is_deleted_and_other_runs_stay(
    declared: Declared,
) -> None:
    """The server's scheduler reads and writes in two steps; a deployment can fall in between.

    It takes luck to meet that moment, so the run's creator is written into the database.
    """
    declared.done(schedules=[Cron(SOME)])
    deployment, server = declared.stored(), declared.server
    soon = (datetime.now(UTC) + timedelta(days=2)).replace(minute=17)
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": soon.isoformat()}}
    path = f"/deployments/{deployment['id']}/create_flow_run"
    left, asked_for = (server.api("POST", path, {"state": state})["id"] for _ in range(2))
    creator = json.dumps({"type": "SCHEDULE", "id": deployment["schedules"][0]["id"]})
    with sqlite3.connect(Path(server.env["PREFECT_HOME"]) / "prefect.db", timeout=30) as database:
        update = "UPDATE flow_run SET created_by = ? WHERE id = ?"
        assert database.execute(update, (creator, left)).rowcount == 1
    moments = told(declared.done(schedules=[Cron("0 0 1 7 *")]), "Próxima: ")
    assert len(moments) == 3 and sum(f" {soon:%H:%M} UTC" in moment for moment in moments) == 1
    assert server.api("GET", f"/flow_runs/{asked_for}")["state_type"] == "SCHEDULED"
    with pytest.raises(HTTPError, match="404"):
        server.api("GET", f"/flow_runs/{left}")


# --- What an operator sets by hand ------------------------------------------------------------------


@pytest.fixture
def queue(declared: Declared) -> Iterator[str]:
    server = declared.server
    made = server.api("POST", f"/work_pools/{declared.pool}/queues", {"name": declared.flow})
    yield made["name"]
    server.api("DELETE", f"/work_pools/{declared.pool}/queues/{made['name']}")


def test_what_an_operator_set_by_hand_is_there_after_the_next_deployment(
    declared: Declared, queue: str
) -> None:
    declared.done()
    deployment = declared.stored()
    path = f"/deployments/{deployment['id']}"
    variables = deployment["job_variables"]
    by_hand = {
        "concurrency_limit": 3,
        "concurrency_options": {"collision_strategy": "CANCEL_NEW"},
        "work_queue_name": queue,
        "paused": True,
        "tags": ["prod", "urgente"],
        "parameters": {"sucursal": "norte"},
        "enforce_parameter_schema": False,
        "job_variables": variables
        | {"stream_output": False, "env": variables["env"] | {"DEL_OPERADOR": "1"}},
    }
    declared.server.api("PATCH", path, by_hand)
    lines = declared.done()
    assert told(lines, "Cambia: ") == []
    assert "    Sin próximas ejecuciones: está en pausa." in lines
    after = declared.stored()
    assert after["global_concurrency_limit"]["limit"] == by_hand.pop("concurrency_limit")
    options = by_hand.pop("concurrency_options")
    assert after["concurrency_options"].items() >= options.items()
    assert {name: after[name] for name in by_hand} == by_hand

    lines = declared.done(concurrency_limit=1, tags=["ventas"], paused=False, version="2")
    assert sorted(told(lines, "Cambia: ")) == [
        "en pausa: de sí a no",
        "etiquetas: de prod, urgente a prod, ventas",
        "límite de ejecuciones a la vez: de 3 a 1",
        f"versión: de «{deployment['version']}» a «2»",
    ]
    after = declared.stored()
    assert after["global_concurrency_limit"]["limit"] == 1
    assert after["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert (after["work_queue_name"], after["paused"], after["version"]) == (queue, False, "2")
    declared.done(concurrency_limit=ConcurrencyLimitConfig(limit=2, collision_strategy="ENQUEUE"))
    assert declared.stored()["concurrency_options"]["collision_strategy"] == "ENQUEUE"


@pytest.mark.parametrize("name", ["ventas #1", "¿ventas? ñ+", "a:b"])
def test_a_name_of_other_letters_is_found_again(declared: Declared, name: str) -> None:
    declared.done(name=name, schedules=[Cron(SOME)])
    before = declared.stored(name)["id"]
    switch(declared, False, name=name)
    declared.done(name=name, schedules=[Cron(OTHER)])
    assert declared.stored(name)["id"] == before
    assert active(declared, name=name) == {OTHER: False}


@pytest.mark.parametrize("name", ["a/b", "50%"])
def test_a_name_that_prefect_does_not_take_is_refused(declared: Declared, name: str) -> None:
    result = declared.deploy(name=name)
    assert result.code == 1
    assert f"  error  «{name}» no sirve como nombre: no puede llevar / % & < >." in result.lines


# --- What goes wrong while deploying ------------------------------------------------------------------


def test_a_publish_that_does_not_deploy_is_told(declared: Declared) -> None:
    """Also where it is on the server from before."""
    first = declared.deploy(publish=lambda prepared: None)
    declared.done()
    again = declared.deploy(publish=lambda prepared: None)
    for result in (first, again):
        assert result.code == 1
        assert result.lines[-1] == (
            f"publish, en deploy.py, no desplegó {declared.flow}-prod: tiene que llamar a "
            "flow.from_source(prepared.source, prepared.entrypoint).deploy(**prepared.options)"
        )
    declared.done()  # one that changes nothing is one, too


def test_what_the_server_refuses_is_said_in_its_words_and_what_is_pending(
    declared: Declared,
) -> None:
    variables = {"stream_output": "quizás"}
    given: list[Deployment] = [
        declared.deployment(name="uno"),
        declared.deployment(name="dos", job_variables=variables),
        declared.deployment(name="tres"),
    ]
    result = declared.deploy(deployments=given)
    assert result.code == 1 and declared.stored("uno")
    assert result.lines[-1].startswith("El servidor no aceptó dos-prod, tres-prod: ")
    assert "Validation failed for field 'stream_output'" in result.lines[-1]
    assert "'quizás' is not valid" in result.lines[-1]
