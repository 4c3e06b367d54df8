"""`deploy.py --schedule`: runs at given dates and hours, on a real Prefect server.

What is a date is tested without one (tests/deploying/test_dates.py).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from electra_flow import Deployment
from end_to_end.declared import ZONE, Declared
from harness import wait_until

if TYPE_CHECKING:
    from harness import Server

pytestmark = pytest.mark.real

TAG = "Programado por script"
CHRISTMAS = "2030-12-24 08:00"


def scheduled(declared: Declared, name: str = "") -> list[dict[str, Any]]:
    """Return the runs that a script scheduled, in their order."""
    query = {
        "deployments": {"id": {"any_": [declared.stored(name)["id"]]}},
        "flow_runs": {"tags": {"all_": [TAG]}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    return declared.server.api("POST", "/flow_runs/filter", query)


def times(runs: list[dict[str, Any]]) -> list[str]:
    return [run["expected_start_time"][:16] for run in runs]


def test_runs_are_tagged_and_shown_and_the_same_dates_again_make_no_second_ones(
    declared: Declared,
) -> None:
    declared.done(tags=["ventas"], parameters={"sucursal": "norte"})
    dates = (CHRISTMAS, "31/12/2030 08:30", "24/12/2030 08:00")
    lines = declared.done("--schedule", *dates)
    runs = scheduled(declared)
    assert times(runs) == ["2030-12-24T11:00", "2030-12-31T11:30"], "three hours behind UTC"
    assert all(run["state_type"] == "SCHEDULED" for run in runs)
    assert all(set(run["tags"]) == {"prod", "ventas", TAG} for run in runs)
    assert runs[0]["parameters"] == {"sucursal": "norte"}
    first = lines.index(f"  Programada: mar 24/12/2030 08:00 de {ZONE} (mar 11:00 UTC)")
    page = f"{declared.server.url.removesuffix('/api')}/runs/flow-run/{runs[0]['id']}"
    assert lines[first + 1] == f"    {page}"

    declared.done(tags=["ventas"])  # takes nothing away
    lines = declared.done("--schedule", *dates, "2030-12-25 08:00")
    assert f"  Ya estaba (Scheduled): mar 24/12/2030 08:00 de {ZONE} (mar 11:00 UTC)" in lines
    assert sum("Programada: " in line for line in lines) == 1
    assert times(scheduled(declared)) == [
        "2030-12-24T11:00",
        "2030-12-25T11:00",
        "2030-12-31T11:30",
    ]


def test_a_date_whose_run_was_cancelled_is_said_and_not_made_again(declared: Declared) -> None:
    declared.done()
    declared.done("--schedule", CHRISTMAS)
    (run,) = scheduled(declared)
    cancelled = {"state": {"type": "CANCELLED", "name": "Cancelled"}}
    declared.server.api("POST", f"/flow_runs/{run['id']}/set_state", cancelled)
    lines = declared.done("--schedule", CHRISTMAS)
    assert any(line.startswith("  Ya estaba (Cancelled): mar 24/12/2030") for line in lines)
    assert len(scheduled(declared)) == 1


def test_of_a_file_with_one_wrong_date_nothing_is_scheduled(
    declared: Declared, tmp_path: Path
) -> None:
    declared.done()
    file = tmp_path / "fechas.txt"
    file.write_text("2030-01-31 20:00\n31/02/2030 20:00\n", "utf-8")
    result = declared.deploy("--schedule", str(file))
    assert result.code == 1 and result.lines[-1] == "No se programó nada."
    assert scheduled(declared) == []
    file.write_text("2030-01-31 20:00\n28/02/2030 20:00\n", "utf-8")
    declared.done("--schedule", str(file), "2030-03-31 20:00")
    assert [time[:10] for time in times(scheduled(declared))] == [
        "2030-01-31",
        "2030-02-28",
        "2030-03-31",
    ]


def test_a_zone_with_a_summer_counts(declared: Declared) -> None:
    santiago = {"timezone": "America/Santiago"}
    declared.done()
    skipped = declared.deploy("--schedule", "2030-09-08 00:30", project=santiago)
    assert skipped.code == 1 and "el reloj se adelanta" in skipped.output
    declared.done("--schedule", "2030-09-08 01:30", "2030-07-01 08:00", project=santiago)
    assert times(scheduled(declared)) == ["2030-07-01T12:00", "2030-09-08T04:30"]


def test_a_deployment_that_is_not_there_is_said_with_the_command(declared: Declared) -> None:
    """Also where another project has one of its name."""
    flow = declared.server.api("POST", "/flows/", {"name": f"otro-{declared.flow}"})["id"]
    name = f"{declared.flow}-prod"
    body = {"name": name, "flow_id": flow, "entrypoint": "src/otro.py:otro"}
    declared.server.api("POST", "/deployments/", body)
    result = declared.deploy("--schedule", CHRISTMAS)
    assert result.code == 1
    last = result.lines[-1]
    assert last.startswith(f"No se programó nada: {name} no está desplegado. Se despliega con: ")
    assert last.endswith("deploy.py --env prod")
    declared.done()
    declared.done("--schedule", CHRISTMAS)
    assert len(scheduled(declared)) == 1


def test_of_two_with_the_same_name_and_entrypoint_none_is_taken(declared: Declared) -> None:
    declared.done()
    flow = declared.server.api("POST", "/flows/", {"name": f"otro-{declared.flow}"})["id"]
    name = f"{declared.flow}-prod"
    body = {"name": name, "flow_id": flow, "entrypoint": "src/ventas.py:ventas"}
    declared.server.api("POST", "/deployments/", body)
    result = declared.deploy("--schedule", CHRISTMAS)
    assert result.code == 1
    both = f"({declared.flow}/{name}, otro-{declared.flow}/{name})"
    assert f"hay más de un despliegue {name} {both}. " in result.lines[-1]
    assert result.lines[-1].endswith("dale otro nombre al de este, en deploy.py.")


def test_of_several_deployments_one_is_named_by_either_name(declared: Declared) -> None:
    odd = "las de la mañana #1"
    both: list[Deployment] = [declared.deployment(name=name) for name in (odd, "cierre")]
    declared.done(deployments=both)
    assert declared.deploy("--schedule", CHRISTMAS, deployments=both).code == 2
    for name in ("cierre", "cierre-prod"):  # as in deploy.py, and as on the server
        lines = declared.done("--schedule", CHRISTMAS, "--deployment", name, deployments=both)
        assert f"Ejecuciones de {declared.flow}/cierre-prod" in lines
    assert len(scheduled(declared, "cierre")) == 1 and scheduled(declared, odd) == []
    declared.done("--schedule", CHRISTMAS, "--deployment", odd, deployments=both)
    assert len(scheduled(declared, odd)) == 1


def test_a_scheduled_run_is_run_by_the_worker_at_its_hour(
    declared: Declared, server: Server, worker_log: Path
) -> None:
    """The next minute but one would be long to wait for, so the library is given a second."""
    from electra_flow.deploying.runs_at import schedule_runs

    declared.pool = "pool-con-worker"
    declared.done()
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=9)
    (made,) = schedule_runs(declared.stored()["id"], [moment])
    assert made.existing is None
    (run,) = wait_until(
        lambda: [run for run in scheduled(declared) if run["state_name"] == "Completed"],
        "the run of the next seconds",
    )
    late = datetime.fromisoformat(run["start_time"]) - moment
    assert late > -timedelta(seconds=15), "workers begin ten seconds early"
