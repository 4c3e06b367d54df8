"""The automations that `deploy.py` keeps, of limits and of triggers; deployed again and again.

What they do to runs is in test_watchdog.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prefect import flow as prefect_flow
from prefect.events import DeploymentEventTrigger

from electra_flow import Prepared, Watchdog
from end_to_end.declared import Declared

pytestmark = pytest.mark.real


def automations(declared: Declared, name: str = "") -> dict[str, dict[str, Any]]:
    """Return those of a deployment, by the limit or the trigger that each is of."""
    full_name = f"{declared.flow}/{name or declared.flow}-prod"
    query = {"automations": {"tags": {"all_": ["deploy.py", full_name]}}}
    found = declared.server.api("POST", "/automations/filter", query)
    return {automation["tags"][2]: automation for automation in found}


def switch_off(declared: Declared, automation: dict[str, Any]) -> None:
    declared.server.api("PATCH", f"/automations/{automation['id']}", {"enabled": False})


def told(lines: list[str]) -> list[str]:
    return [line.split("Automatización: ")[1] for line in lines if "Automatización: " in line]


# --- Limits -----------------------------------------------------------------------------------------


def test_it_says_those_that_stand_and_makes_no_second_ones(declared: Declared) -> None:
    new = told(declared.done(watchdog=Watchdog()))
    assert len(new) == 3 and all(line.endswith(" (nueva)") for line in new)
    before = automations(declared)
    assert set(before) == {"running", "late", "lost"}
    assert told(declared.done(watchdog=Watchdog())) == [
        "cancelar lo que corre más de 2 h",
        "cancelar lo que se atrasa y en 4 h no empieza",
        "dar por caído lo que no da señales de vida en 10 min",
    ]
    assert automations(declared) == before, "not rewritten: it would stop the clocks"


def test_one_that_changes_is_changed_in_place_and_one_that_is_undeclared_disappears(
    declared: Declared,
) -> None:
    declared.done(watchdog=Watchdog())
    before = automations(declared)
    shorter = Watchdog(running=timedelta(minutes=90), late=None)
    lines = told(declared.done(watchdog=shorter))
    assert lines[0] == (
        "cambia «cancelar lo que corre más de 2 h» por «cancelar lo que corre más de 1 h 30 min»"
    )
    assert lines[-1] == "desaparece «cancelar lo que se atrasa y en 4 h no empieza»"
    after = automations(declared)
    assert after["running"]["trigger"]["within"] == 90 * 60
    assert after["running"]["id"] == before["running"]["id"]
    assert after == {"running": after["running"], "lost": before["lost"]}
    assert len(told(declared.done(watchdog=None))) == 2
    assert automations(declared) == {}


def test_one_that_an_operator_switched_off_stays_off(declared: Declared) -> None:
    declared.done(watchdog=Watchdog())
    switch_off(declared, automations(declared)["running"])
    lines = told(declared.done(watchdog=Watchdog()))
    assert "cancelar lo que corre más de 2 h (sigue apagada)" in lines
    (change,) = (
        line
        for line in told(declared.done(watchdog=Watchdog(running=timedelta(hours=3))))
        if line.startswith("cambia")
    )
    assert change.endswith("(sigue apagada)")
    enabled = {limit: found["enabled"] for limit, found in automations(declared).items()}
    assert enabled == {"running": False, "late": True, "lost": True}


def test_those_of_others_are_never_touched(declared: Declared) -> None:
    """Also when they look like ours, or are of another deployment or environment."""
    server = declared.server
    both = [
        declared.deployment(name=name, watchdog=Watchdog(late=None, lost=None))
        for name in ("uno", "dos")
    ]
    declared.done(deployments=both)
    (ours,) = automations(declared, "uno").values()
    look_alike = {key: ours[key] for key in ("name", "trigger", "actions")}
    tags = ["deploy.py", "de-otro/prod", "running"]
    others = [automations(declared, "dos")["running"]["id"]]
    others += [
        server.api("POST", "/automations/", look_alike | more)["id"]
        for more in ({}, {"tags": tags})
    ]

    def read() -> list[Any]:
        return [server.api("GET", f"/automations/{automation}") for automation in others]

    before = read()
    declared.done(deployments=[declared.deployment(name="uno", watchdog=None)])
    assert automations(declared, "uno") == {}
    assert read() == before


def test_runs_are_told_how_often_to_give_signs_of_life(declared: Declared) -> None:
    frequency = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
    declared.done(watchdog=Watchdog())
    env = declared.stored()["job_variables"]["env"]
    assert env[frequency] == "200", "three times in ten minutes"
    declared.done(watchdog=None)
    assert frequency not in declared.stored()["job_variables"]["env"]


# --- Triggers ---------------------------------------------------------------------------------------


def trigger(event: str = "archivo.llego") -> DeploymentEventTrigger:
    return DeploymentEventTrigger(name="al llegar", expect={event})


def test_a_trigger_that_is_declared_twice_is_the_same_automation(declared: Declared) -> None:
    assert told(declared.done(triggers=[trigger()])) == ["al llegar (nueva)"]
    (before,) = automations(declared).values()
    assert before["actions"][0]["deployment_id"] == declared.stored()["id"]
    assert told(declared.done(triggers=[trigger()])) == ["al llegar"]
    assert list(automations(declared).values()) == [before]

    switch_off(declared, before)
    (change,) = told(declared.done(triggers=[trigger("archivo.cambio")]))
    assert change == "cambia «al llegar» (sigue apagada)"
    (after,) = automations(declared).values()
    assert (after["id"], after["enabled"]) == (before["id"], False)
    assert after["trigger"]["expect"] == ["archivo.cambio"]

    declared.done()
    assert list(automations(declared).values()) == [after], "what is not declared stays"
    assert told(declared.done(triggers=[])) == ["desaparece «al llegar»"]
    assert automations(declared) == {}


def test_a_trigger_of_prefect_s_own_way_is_there_after_the_next_deployment(
    declared: Declared,
) -> None:
    """A project that was deployed with `triggers=` by other means, before it had a deploy.py."""

    def by_hand(prepared: Prepared) -> None:
        flow: Any = prefect_flow.from_source(prepared.source, prepared.entrypoint)
        flow.deploy(**prepared.options, triggers=[trigger()])

    declared.done(publish=by_hand)
    path = f"/automations/related-to/prefect.deployment.{declared.stored()['id']}"
    (before,) = declared.server.api("GET", path)
    assert before["tags"] == []
    switch_off(declared, before)
    declared.done()
    (after,) = declared.server.api("GET", path)
    assert (after["name"], after["actions"]) == (before["name"], before["actions"])
    assert after["trigger"] | {"id": None} == before["trigger"] | {"id": None}
    assert after["enabled"] is False
    declared.done()
    assert declared.server.api("GET", path) == [after], "from here on, it is nobody's to delete"
