"""`deploy.py --schedule`: runs at given dates and hours, on a real Prefect server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from harness import wait_until, worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real

TAG = "Programado por script"


@pytest.fixture(scope="module")
def pool(server: Server) -> str:
    return server.make_pool("pool-de-fechas")


@pytest.fixture
def undeployed(project: Callable[..., Project], server: Server, pool: str, request: Any) -> Project:
    slug = re.sub(r"[^a-z]+", "-", request.function.__name__.removeprefix("test_"))[:40].strip("-")
    project = project(project_slug=slug, pool_dev=pool)
    project.env = project.env | server.env
    return project


@pytest.fixture
def deployed(undeployed: Project) -> Project:
    assert undeployed.deploy().code == 0
    return undeployed


def scheduled(server: Server, project: Project, deployment: str = "") -> list[dict[str, Any]]:
    """Return the runs that a script scheduled, in their order."""
    slug = project.path.name
    found = server.api("GET", f"/deployments/name/{slug}/{deployment or slug}-dev")
    body = {
        "deployments": {"id": {"any_": [found["id"]]}},
        "flow_runs": {"tags": {"all_": [TAG]}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    return server.api("POST", "/flow_runs/filter", body)


def times(runs: list[dict[str, Any]]) -> list[str]:
    return [run["expected_start_time"][:16] for run in runs]


def test_dates_are_local_and_of_either_form_and_the_runs_are_tagged_and_shown(
    server: Server, deployed: Project
) -> None:
    result = deployed.deploy("--schedule", "2030-12-24 08:00", "31/12/2030 08:30")
    assert result.code == 0, result.output
    runs = scheduled(server, deployed)
    assert times(runs) == ["2030-12-24T11:00", "2030-12-31T11:30"], "three hours behind UTC"
    assert all(run["state_type"] == "SCHEDULED" for run in runs)
    assert all(set(run["tags"]) == {"dev", deployed.path.name, TAG} for run in runs)
    assert runs[0]["parameters"] == {"nombre": "mundo"}
    first = result.lines.index(
        "  Programada: mar 24/12/2030 08:00 de America/Argentina/Buenos_Aires (mar 11:00 UTC)"
    )
    page = f"{server.url.removesuffix('/api')}/runs/flow-run/{runs[0]['id']}"
    assert result.lines[first + 1] == f"    {page}"


def test_the_same_dates_again_make_no_second_runs(server: Server, deployed: Project) -> None:
    dates = ("--schedule", "2030-12-24 08:00", "24/12/2030 08:00")
    assert deployed.deploy(*dates).code == 0
    assert deployed.deploy().code == 0, "deploying again takes nothing away"
    again = deployed.deploy(*dates, "2030-12-25 08:00")
    assert again.code == 0
    assert "  Ya estaba (Scheduled): mar 24/12/2030 08:00" in again.output
    assert again.output.count("Programada: ") == 1
    assert times(scheduled(server, deployed)) == ["2030-12-24T11:00", "2030-12-25T11:00"]


def test_a_date_whose_run_was_cancelled_is_said_and_not_made_again(
    server: Server, deployed: Project
) -> None:
    assert deployed.deploy("--schedule", "2030-12-24 08:00").code == 0
    (run,) = scheduled(server, deployed)
    cancelled = {"state": {"type": "CANCELLED", "name": "Cancelled"}}
    server.api("POST", f"/flow_runs/{run['id']}/set_state", cancelled)
    result = deployed.deploy("--schedule", "2030-12-24 08:00")
    assert "  Ya estaba (Cancelled): mar 24/12/2030 08:00" in result.output
    assert len(scheduled(server, deployed)) == 1


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "as Notepad writes it"])
def test_dates_come_from_a_file_with_comments(
    server: Server, deployed: Project, tmp_path: Path, mark: str
) -> None:
    file = tmp_path / "fechas de cierre.txt"
    text = f"{mark}# Cierres\r\n\r\n2030-01-31 20:00  # enero\r\n28/02/2030 20:00\r\n"
    file.write_bytes(text.encode())
    result = deployed.deploy("--schedule", str(file), "2030-03-31 20:00")
    assert result.code == 0, result.output
    assert [time[:10] for time in times(scheduled(server, deployed))] == [
        "2030-01-31",
        "2030-02-28",
        "2030-03-31",
    ]


def test_all_that_is_wrong_is_said_by_its_line_and_nothing_is_scheduled(
    server: Server, deployed: Project, tmp_path: Path
) -> None:
    file = tmp_path / "fechas.txt"
    file.write_text("2030-01-31 20:00\n\n31/02/2030 20:00\n2020-01-01 08:00\n", "utf-8")
    result = deployed.deploy("--schedule", str(file), "mañana", "9999-12-31 23:59")
    assert result.code == 1 and "Traceback" not in result.output
    day, past, word, far, last = result.lines
    assert day.startswith(f"{file}, línea 3: «31/02/2030 20:00» no es una fecha que exista; ")
    assert past.startswith(f"{file}, línea 4: «2020-01-01 08:00» ya pasó: en America/Argentina/")
    assert word.startswith("«mañana» no es un archivo ni una fecha AAAA-MM-DD HH:MM")
    assert far.startswith("«9999-12-31 23:59» no es una fecha que exista; "), (
        "on the other side of UTC it is no date"
    )
    assert all("por ejemplo «2030-12-24 08:00»" in line for line in (day, past, word, far))
    assert last == "No se programó nada."
    assert scheduled(server, deployed) == []


EXCEL = {
    "one column": "31/01/2030 20:00\r\n28/02/2030 8:00\r\n",
    "two columns": "31/01/2030;20:00\r\n28/02/2030;8:00\r\n",
    "seconds, quotes and empty rows": '31/01/2030 20:00:00;\r\n"28/02/2030 8:00:00";\r\n;\r\n',
}


@pytest.mark.parametrize("case", EXCEL)
def test_dates_come_from_what_excel_saves(
    server: Server, deployed: Project, tmp_path: Path, case: str
) -> None:
    file = tmp_path / "fechas de cierre.csv"
    file.write_bytes(b"\xef\xbb\xbf" + EXCEL[case].encode())
    result = deployed.deploy("--schedule", str(file))
    assert result.code == 0, result.output
    assert times(scheduled(server, deployed)) == ["2030-01-31T23:00", "2030-02-28T11:00"]


def test_a_file_of_something_else_is_not_repeated_to_its_end(
    undeployed: Project, tmp_path: Path
) -> None:
    file = tmp_path / "clientes.csv"
    file.write_text("".join(f"cliente {number};\n" for number in range(500)), "utf-8")
    result = undeployed.deploy("--schedule", str(file))
    assert result.code == 1 and len(result.lines) == 22
    assert result.lines[0].startswith(f"{file}, línea 1: «cliente 0» no es un archivo ni una")
    assert result.lines[-2:] == ["Y 480 más.", "No se programó nada."]


FILES = {
    "not in UTF-8": ("2030-12-24 08:00 # mañana".encode("utf-16"), "no está en UTF-8"),
    "without a date": (b"# nada\n", "no tiene ninguna fecha; por ejemplo «2030-12-24 08:00»"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_used_is_named(
    undeployed: Project, tmp_path: Path, case: str
) -> None:
    content, reason = FILES[case]
    (tmp_path / "fechas.txt").write_bytes(content)
    result = undeployed.deploy("--schedule", str(tmp_path / "fechas.txt"))
    assert result.code == 1 and "Traceback" not in result.output
    assert result.lines[0].startswith(f"{tmp_path / 'fechas.txt'} {reason}")


# In Chile, the clocks jump from 0 to 1 in September, and back from 0 to 23 in April.
CLOCKS = {
    "is skipped": (
        "2030-09-08 00:30",
        "no existe en America/Santiago: ese día el reloj se adelanta",
        "2030-09-08 01:30",
    ),
    "comes twice": (
        "2030-04-06 23:30",
        "pasa dos veces en America/Santiago: ese día el reloj se atrasa",
        "2030-04-07 00:30",
    ),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_and_another_one_offered(
    server: Server, deployed: Project, case: str
) -> None:
    hour, reason, instead = CLOCKS[case]
    deployed.edit("deploy.py", "America/Argentina/Buenos_Aires", "America/Santiago")
    refused = deployed.deploy("--schedule", hour)
    assert refused.code == 1
    assert refused.lines[0].startswith(f"«{hour}» {reason}")
    assert f"por ejemplo «{instead}»" in refused.lines[0]
    assert deployed.deploy("--schedule", instead).code == 0


def test_a_deployment_that_is_not_there_is_said_with_the_command(
    undeployed: Project,
) -> None:
    result = undeployed.deploy("--schedule", "2030-12-24 08:00")
    slug = undeployed.path.name
    assert result.code == 1
    assert result.lines[-1].startswith(f"No se programó nada: {slug}-dev no está desplegado.")
    assert result.lines[-1].endswith("Se despliega con: uv run deploy.py --env dev")


SECOND = """        ),
        Deployment(
            name="cierre",
            description="El cierre",
            tags=["cierre"],
        ),
    ]
"""


def test_of_several_deployments_one_is_named(server: Server, undeployed: Project) -> None:
    undeployed.edit("deploy.py", "        ),\n    ]\n", SECOND)
    assert undeployed.deploy().code == 0
    slug = undeployed.path.name
    for wrong in ((), ("--deployment", "otro")):
        result = undeployed.deploy("--schedule", "2030-12-24 08:00", *wrong)
        assert result.code == 2
        assert result.lines[-1].endswith(f"elegí uno con --deployment ({slug}, cierre).")
    for name in ("cierre", "cierre-dev"):  # as in deploy.py, and as on the server
        result = undeployed.deploy("--schedule", "2030-12-24 08:00", "--deployment", name)
        assert result.code == 0, result.output
        assert f"Ejecuciones de {slug}/cierre-dev" in result.lines
    assert len(scheduled(server, undeployed, "cierre")) == 1
    assert scheduled(server, undeployed) == []


def test_a_deployment_of_another_project_with_the_same_name_is_not_taken(
    server: Server, undeployed: Project
) -> None:
    slug = undeployed.path.name
    flow = server.api("POST", "/flows/", {"name": "de-otro-proyecto"})["id"]
    body = {"name": f"{slug}-dev", "flow_id": flow, "entrypoint": "src/otro.py:otro"}
    server.api("POST", "/deployments/", body)
    assert undeployed.deploy("--schedule", "2030-12-24 08:00").code == 1
    assert undeployed.deploy().code == 0
    assert undeployed.deploy("--schedule", "2030-12-24 08:00").code == 0
    assert len(scheduled(server, undeployed)) == 1


def test_without_a_server_nothing_is_scheduled(project: Callable[..., Project]) -> None:
    result = project().deploy("--schedule", "2030-12-24 08:00")
    assert result.code == 1
    assert "No hay un servidor de Prefect configurado" in result.output
    assert result.lines[-1] == "No se programó nada."


@pytest.mark.parametrize(
    "arguments",
    [
        ["--schedule"],
        ["--schedule", "2030-12-24 08:00", "--run"],
        ["--deployment", "mi-flujo"],
    ],
)
def test_a_wrong_usage_shows_the_right_one(
    project: Callable[..., Project], arguments: list[str]
) -> None:
    result = project().deploy(*arguments)
    assert result.code == 2
    assert 'uv run deploy.py --schedule "2030-12-24 08:00"' in result.output


def test_a_scheduled_run_is_run_by_the_worker(
    project: Callable[..., Project], server: Server, installed: Project, tmp_path: Path
) -> None:
    """The next minute is near enough to wait for it."""
    project = project(project_slug="en-punto", pool_dev="pool-puntual")
    project.env = project.env | server.env
    with worker(installed, server, "pool-puntual", tmp_path):
        assert project.deploy().code == 0
        moment = datetime.now(UTC) + timedelta(seconds=80)  # of that minute, its beginning
        local = moment.astimezone(ZoneInfo("America/Argentina/Buenos_Aires"))
        assert project.deploy("--schedule", f"{local:%d/%m/%Y %H:%M}").code == 0
        (run,) = wait_until(
            lambda: [r for r in scheduled(server, project) if r["state_name"] == "Completed"],
            "the run of the next minute",
            150,
        )
    began = datetime.fromisoformat(run["start_time"])
    late = began - moment.replace(second=0, microsecond=0)
    assert -timedelta(seconds=15) < late < timedelta(seconds=60), "workers begin ten seconds early"
