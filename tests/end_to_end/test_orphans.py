"""What a project left on the server: named at each deploy, removed by --prune, and nothing else is.

On a real server, by the command itself in this process (declared.py).
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
from prefect import flow as prefect_flow
from prefect.events import DeploymentEventTrigger

from electra_flow import Cron, Prepared, Watchdog
from electra_flow.checks.api import Server as Api
from electra_flow.deploying.prune import MESSAGE, prune
from electra_flow.repository.gone import find_gone
from end_to_end.declared import Declared
from end_to_end.on_server import all_deployments
from harness import git, hours_away

pytestmark = pytest.mark.real

SCHEDULES = [Cron(hours_away())]
States = tuple[dict[str, Any], ...]
PENDING: States = ({"type": "PENDING"},)
RUNNING: States = (*PENDING, {"type": "RUNNING"})
BEGUN: dict[str, States] = {  # by what becomes of them
    "deleted": ({"type": "SCHEDULED", "name": "AwaitingConcurrencySlot"},),
    "deleted, though a worker has it": PENDING,
    "Running": RUNNING,
    "Cancelled": (*RUNNING, {"type": "PAUSED", "state_details": {"pause_reschedule": True}}),
    "Cancelling": (*RUNNING, {"type": "PAUSED"}),
}


def ask_for_run(declared: Declared, deployment: dict[str, Any], states: States = ()) -> str:
    """Ask for a run in two days, put it into states, and return its id."""
    moment = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    body: dict[str, Any] = {"state": {"type": "SCHEDULED"}, "tags": ["a mano"]}
    body["state"]["state_details"] = {"scheduled_time": moment}
    body |= {"idempotency_key": f"{deployment['id']} {states}", "parameters": {"dia": 2}}
    path = f"/deployments/{deployment['id']}/create_flow_run"
    run_id: str = declared.server.api("POST", path, body)["id"]
    for state in states:
        path = f"/flow_runs/{run_id}/set_state"
        declared.server.api("POST", path, {"state": state, "force": True})
    return run_id


def state_of(declared: Declared, run_id: str) -> tuple[str, str | None]:
    try:
        state = declared.server.api("GET", f"/flow_runs/{run_id}")["state"]
    except HTTPError as error:
        assert error.code == 404
        return "deleted", None
    return state["type"].capitalize(), state["message"]


def there(declared: Declared, name: str) -> bool:
    return bool(all_deployments(declared.server, declared.flow, name))


def automations(declared: Declared, name: str) -> int:
    query = {"automations": {"tags": {"all_": ["deploy.py", f"{declared.flow}/{name}"]}}}
    return len(declared.server.api("POST", "/automations/filter", query))


def with_trigger(prepared: Prepared) -> None:
    """Deploy as who uses Prefect's own way of making automations."""
    trigger = DeploymentEventTrigger(name="al llegar", expect={"archivo.llego"})
    flow: Any = prefect_flow.from_source(prepared.source, prepared.entrypoint)
    flow.deploy(**prepared.options, triggers=[trigger])


def operators_automation(declared: Declared, deployment: dict[str, Any]) -> str:
    """Make an automation that runs a deployment, as in the UI, and return its id."""
    match = {"prefect.resource.id": "algo"}
    event = {
        "type": "event",
        "posture": "Reactive",
        "expect": ["x"],
        "match": match,
        "threshold": 1,
    }
    action = {"type": "run-deployment", "deployment_id": deployment["id"]}
    body = {"name": "del operador", "trigger": event | {"within": 0}, "actions": [action]}
    made: str = declared.server.api("POST", "/automations/", body)["id"]
    return made


def copied(declared: Declared) -> Declared:
    """Return a copy of the project, in another folder."""
    folder = declared.folder.with_name("copia")
    shutil.copytree(declared.folder, folder)
    return replace(declared, folder=folder)


def test_a_renamed_deployment_is_named_and_pruned_and_its_neighbours_stay(
    declared: Declared,
) -> None:
    vieja = f"{declared.flow}/vieja-prod"
    declared.done(name="vieja", schedules=SCHEDULES, watchdog=Watchdog(), publish=with_trigger)
    deployment = declared.stored("vieja")
    operators = operators_automation(declared, deployment)
    path = f"/automations/related-to/prefect.deployment.{deployment['id']}"
    assert len(declared.server.api("GET", path)) == 2
    asked = ask_for_run(declared, deployment)
    begun = {ask_for_run(declared, deployment, states): end for end, states in BEGUN.items()}

    declared.done("--env", "dev", name="vieja", watchdog=Watchdog())
    copy = copied(declared)
    (shared,) = (line for line in copy.done(name="vieja-copia") if "también es de" in line)
    assert f"El flujo «{declared.flow}» también es de «proyecto» ({declared.folder}, en " in shared
    by_hand: Any = prefect_flow.from_source(declared.folder, "src/ventas.py:ventas")
    by_hand.deploy(name="vieja-2-prod", work_pool_name=declared.pool, ignore_warnings=True)

    for arguments in (["--check"], []):
        lines = declared.done(*arguments, name="nueva")
        (told,) = (line for line in lines if vieja in line)
        assert re.fullmatch(
            rf"  aviso  {vieja} quedó en el servidor y ya no se declara: 1 programación activa, "
            r"3 automatizaciones, \d+ ejecuciones pendientes, 1 ejecución en curso, que sigue\. Se "
            r"arregla con: .*deploy\.py --env prod --prune",
            told,
        )
        assert there(declared, "vieja-prod"), "it only tells"

    lines = declared.done("--prune", name="nueva")
    section = lines.index("Lo que quedó de antes (prod)")
    assert lines[section + 1].startswith(f"  Se saca {vieja}: 1 programación activa, ")
    (running,) = (run for run, end in begun.items() if end == "Running")
    assert lines[section + 2 :] == [
        "    También se sacó «al llegar», que Prefect hizo para él.",
        "    Queda, y nombra lo que se sacó: «del operador», que no es de deploy.py.",
        f"    Sigue en curso, sin límites: {declared.server.url.removesuffix('/api')}"
        f"/runs/flow-run/{running}",
    ]
    assert [item["id"] for item in declared.server.api("GET", path)] == [operators]
    assert not there(declared, "vieja-prod") and not automations(declared, "vieja-prod")
    assert state_of(declared, asked) == ("deleted", None)
    for run, end in begun.items():
        message = MESSAGE if end.startswith("Cancel") else None
        assert state_of(declared, run) == (end.partition(",")[0], message)

    for name in ("vieja-dev", "vieja-copia-prod", "vieja-2-prod", "nueva-prod"):
        assert there(declared, name)
    assert automations(declared, "vieja-dev") == 3
    assert "  No hay nada." in declared.done("--prune", name="nueva")


def test_another_project_s_deployment_is_taken_over_and_no_longer_its_own(
    declared: Declared,
) -> None:
    declared.done()
    copy = copied(declared)
    full_name = f"{declared.flow}/{declared.flow}-prod"
    (told,) = (line for line in copy.done() if "es de otro proyecto" in line)
    assert f"{full_name} es de otro proyecto, «proyecto» ({declared.folder}, en " in told
    assert "es de otro proyecto" not in "\n".join(copy.done())
    lines = declared.done("--prune", name="otra")
    assert "  No hay nada." in lines and there(declared, f"{declared.flow}-prod")


def test_a_run_that_waits_in_the_pool_of_before_is_moved(declared: Declared) -> None:
    declared.done(schedules=SCHEDULES)
    run = declared.server.api("GET", f"/flow_runs/{ask_for_run(declared, declared.stored())}")
    other = declared.server.make_pool(f"{declared.pool}-otro")
    moved = replace(declared, pool=other)
    text = f"De {declared.flow}/{declared.flow}-prod, 1 ejecución espera en el work pool "
    text += f"«{declared.pool}», donde ya no está."
    assert any(text in line for line in moved.done(schedules=SCHEDULES))
    assert f"  Pasa de «{declared.pool}» la ejecución {run['name']} de " in "\n".join(
        moved.done("--prune", schedules=SCHEDULES)
    )
    query = {"flow_runs": {"name": {"any_": [run["name"]]}}}
    (again,) = declared.server.api("POST", "/flow_runs/filter", query)
    assert again["work_pool_name"] == other
    same = ("deployment_id", "parameters", "tags", "idempotency_key", "expected_start_time")
    assert {name: again[name] for name in same} == {name: run[name] for name in same}
    assert text not in "\n".join(moved.done("--check", schedules=SCHEDULES))


def test_what_a_removed_project_left_is_found_and_pruned(
    declared: Declared, environment: dict[str, str]
) -> None:
    top = declared.folder.parent

    def commit(*arguments: str) -> None:
        for words in (arguments, ("commit", "--quiet", "--message", "Cambia")):
            assert git(*words, cwd=top, env=environment).code == 0

    assert git("init", "--quiet", cwd=top, env=environment).code == 0
    (declared.folder / "deploy.py").touch()
    commit("add", "--all")
    declared.done(watchdog=Watchdog())
    api = Api(declared.server.url)
    assert not find_gone(api, top, [], "prod").orphans
    os.chdir(top)  # `declaring` puts it back
    commit("rm", "--quiet", "-r", declared.folder.name)
    shutil.rmtree(declared.folder, ignore_errors=True)
    assert not find_gone(api, top, [], "dev").orphans
    gone = find_gone(api, top, [], None)
    name = f"{declared.flow}-prod"
    (line,) = prune(api, gone.orphans)
    assert line == f"Se saca {declared.flow}/{name}: 3 automatizaciones."
    assert not there(declared, name) and not automations(declared, name)
