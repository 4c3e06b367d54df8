"""`deploy.py` of a generated project, against a real Prefect server and a real worker."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from harness import free_port, git, stand_in, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Project, Server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pool(worker_log: Path) -> str:
    return "pool-con-worker"


@pytest.fixture(scope="module")
def prod(server: Server) -> str:
    return server.make_pool("pool-sin-worker")


@pytest.fixture
def deployed(
    project: Callable[..., Project], server: Server, pool: str, prod: str, request: Any
) -> Project:
    """A project of the test's own, deployed to dev."""
    slug = re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))[:40].strip("-")
    project = project(project_slug=slug, pool_dev=pool, pool_prod=prod)
    project.env = project.env | server.env
    result = project.deploy()
    assert result.code == 0, result.output
    return project


def on_server(server: Server, project: Project, env: str = "dev") -> dict[str, Any]:
    slug = project.path.name
    return server.api("GET", f"/deployments/name/{slug}/{slug}-{env}")


def logged(server: Server, run_id: str, last: str) -> list[str]:
    """Return the lines of a run's log; Prefect sends them in batches, some seconds late."""
    query = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}

    def messages() -> list[str]:
        found = [log["message"] for log in server.api("POST", "/logs/filter", query)]
        return found if last in found[-1:] else []

    return wait_until(messages, "the log of a run")


def errors(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("  error")]


# --- What a deployment is ---------------------------------------------------------------------


def test_dev_and_prod_live_side_by_side(server: Server, deployed: Project, pool, prod) -> None:
    result = deployed.deploy("--env", "prod")
    assert result.code == 0, result.output
    dev, production = (on_server(server, deployed, env) for env in ("dev", "prod"))
    assert (dev["work_pool_name"], production["work_pool_name"]) == (pool, prod)
    assert "dev" in dev["tags"] and "prod" in production["tags"]
    assert dev["description"] == "Automatización de Electra que corre en Prefect"
    assert dev["parameters"] == {"nombre": "mundo"}


def test_the_server_schedules_the_runs_at_the_local_hours(
    server: Server, deployed: Project
) -> None:
    """30 1,13,17 in Buenos Aires, which is three hours behind UTC all year."""
    body = {
        "deployments": {"id": {"any_": [on_server(server, deployed)["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    runs = server.api("POST", "/flow_runs/filter", body)
    times = {datetime.fromisoformat(run["expected_start_time"]) for run in runs}
    assert {f"{time.astimezone(UTC):%H:%M}" for time in times} == {"04:30", "16:30", "20:30"}


def test_it_says_what_is_deployed_and_the_next_runs_in_local_time_and_in_utc(
    server: Server, deployed: Project, pool: str
) -> None:
    result = deployed.deploy()
    slug = deployed.path.name
    assert f"  {slug}/{slug}-dev en el work pool «{pool}»" in result.lines
    assert f"{server.url.removesuffix('/api')}/deployments/deployment/" in result.output
    next_runs = re.findall(
        r"Próxima: \w{3} [\d/]{10} (\d\d:30) de America/Argentina/Buenos_Aires "
        r"\(\w{3} (\d\d:30) UTC\)",
        result.output,
    )
    assert sorted(next_runs) == [("01:30", "04:30"), ("13:30", "16:30"), ("17:30", "20:30")]


def test_a_worker_runs_it_and_each_line_is_once_in_log_file_and_terminal(
    server: Server, deployed: Project, worker_log: Path
) -> None:
    """Also: the run uses the project's own environment, wherever the worker is installed."""
    deployed.edit("deploy.py", '"nombre": "mundo"', '"nombre": "Úrsula"')
    result = deployed.deploy("--run")
    assert result.code == 0, result.output
    assert "    Terminó bien (Completed)" in result.lines
    module = deployed.path.name.replace("-", "_")
    file = (deployed.path / "src" / "logs" / f"{module}.log").read_text("utf-8")
    deployment = on_server(server, deployed)
    run = server.api(
        "POST", "/flow_runs/filter", {"deployments": {"id": {"any_": [deployment["id"]]}}}
    )
    (run_id,) = (run["id"] for run in run if run["state_type"] == "COMPLETED")
    messages = logged(server, run_id, last="Finished in state Completed()")
    with_what = re.search(r"^Comienza el flujo con Python 3\S+ \((.+)\), commit (\S+), con cambios$",
                          "\n".join(messages), re.MULTILINE)  # fmt: skip
    assert with_what and with_what[1] == str(deployed.python)
    assert git("rev-parse", "HEAD", cwd=deployed.path, env=deployed.env).output.startswith(
        with_what[2]
    )
    for text in (
        with_what[0],
        "Preparando el saludo para Úrsula",
        "¡Hola, Úrsula!",
        "El saludo tiene 14 caracteres",
    ):
        assert messages.count(text) == 1, messages
        assert file.count(text) == 1, file
    terminal = worker_log.read_text("utf-8")  # with the lines of the other tests' runs
    assert terminal.count("Preparando el saludo para Úrsula") == 1
    assert f"Flow '{deployed.path.name}' - {with_what[0]}" in file
    assert "Task 'preparar_saludo' - Preparando el saludo para Úrsula" in file
    assert deployment["job_variables"]["command"] == f'"{deployed.python}" -m prefect.engine'


def test_a_secret_is_loaded_in_the_run_and_its_value_is_nowhere(
    server: Server, project: Callable[..., Project], pool: str, prod: str
) -> None:
    secret = server.make_secret("token-de-una-ejecucion", "valor-reconocible-4711")
    project = project(project_slug="con-secreto", pool_dev=pool, pool_prod=prod, secrets=secret)
    project.env = project.env | server.env
    result = project.deploy("--run")
    assert result.code == 0, result.output
    file = (project.path / "src" / "logs" / "con_secreto.log").read_text("utf-8")
    assert "Secretos cargados: token-de-una-ejecucion" in file
    logs = server.api("POST", "/logs/filter", {})
    assert "valor-reconocible-4711" not in file + result.output + json.dumps(logs)


def test_a_run_that_fails_is_said_and_ends_with_1(deployed: Project) -> None:
    module = deployed.path.name.replace("-", "_")
    deployed.edit(f"src/{module}.py", "    return len(saludo)", "    return len(saludo) / 0")
    result = deployed.deploy("--run")
    assert result.code == 1
    assert "Terminó mal (Failed)" in result.output and "ZeroDivisionError" in result.output
    assert "Traceback" not in result.output
    file = (deployed.path / "src" / "logs" / f"{module}.log").read_text("utf-8")
    assert "ZeroDivisionError" in file, "the file tells why a run failed"


def test_the_log_folder_of_the_runs_is_set_in_deploy_py(deployed: Project, tmp_path: Path) -> None:
    folder = tmp_path / "una" / "carpeta"
    deployed.edit(
        "deploy.py", '"PYTHONUTF8": "1"', f'"PYTHONUTF8": "1", "FLOW_LOG_DIR": "{folder}"'
    )
    assert deployed.deploy("--run").code == 0
    module = deployed.path.name.replace("-", "_")
    assert "Comienza el flujo" in (folder / f"{module}.log").read_text("utf-8")
    assert not (deployed.path / "src" / "logs").exists()


def test_a_second_deployment_is_a_few_lines_of_data(server: Server, deployed: Project) -> None:
    slug = deployed.path.name
    deployed.edit(
        "deploy.py",
        "        ),\n    ]\n",
        "        ),\n        Deployment(\n"
        '            name="cierre",\n            description="El cierre",\n'
        '            schedules=[Cron("55 23 * * *", timezone=TIMEZONE)],\n'
        "        ),\n    ]\n",
    )
    result = deployed.deploy()
    assert result.code == 0, result.output
    second = server.api("GET", f"/deployments/name/{slug}/cierre-dev")
    assert second["schedules"][0]["schedule"]["cron"] == "55 23 * * *"
    assert on_server(server, deployed)["schedules"][0]["schedule"]["cron"] == "30 1,13,17 * * *"


def test_the_server_of_a_project_schedules_runs_by_itself(server: Server) -> None:
    """With the locked dependencies; with others, it does not, and hardly says so."""
    flow = server.api("POST", "/flows/", {"name": "de-nadie"})["id"]
    cron = {"cron": "30 1 * * *", "timezone": "America/Argentina/Buenos_Aires"}
    body = {"name": "x", "flow_id": flow, "schedules": [{"schedule": cron, "active": True}]}
    query = {"deployments": {"id": {"any_": [server.api("POST", "/deployments/", body)["id"]]}}}
    runs = wait_until(lambda: server.api("POST", "/flow_runs/filter", query), "a scheduled run")
    assert runs[0]["expected_start_time"][11:16] == "04:30"


def test_a_sparse_schedule_shows_its_next_three_runs_too(deployed: Project) -> None:
    deployed.edit("deploy.py", "30 1,13,17 * * *", "0 0 1 7 *")
    result = deployed.deploy()
    next_runs = re.findall(r"Próxima: \w{3} 01/07/(\d{4})", result.output)
    today = datetime.now(UTC)
    first = today.year + (today.month >= 7)
    assert next_runs == [str(year) for year in range(first, first + 3)], result.output


# --- Deploying again --------------------------------------------------------------------------


def test_a_run_that_the_old_schedule_left_is_deleted_and_other_runs_stay(
    server: Server, deployed: Project
) -> None:
    """The server's scheduler reads and writes in two steps; a deployment can fall in between.

    It takes luck to meet that moment, so the run's creator is written into the database.
    """
    deployment = on_server(server, deployed)
    soon = (datetime.now(UTC) + timedelta(days=2)).replace(minute=17)
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": soon.isoformat()}}
    path = f"/deployments/{deployment['id']}/create_flow_run"
    left, asked_for = (server.api("POST", path, {"state": state})["id"] for _ in range(2))
    creator = json.dumps({"type": "SCHEDULE", "id": deployment["schedules"][0]["id"]})
    with sqlite3.connect(Path(server.env["PREFECT_HOME"]) / "prefect.db", timeout=30) as database:
        update = "UPDATE flow_run SET created_by = ? WHERE id = ?"
        assert database.execute(update, (creator, left)).rowcount == 1
    deployed.edit("deploy.py", "30 1,13,17 * * *", "0 0 1 7 *")
    shown = deployed.deploy().output
    assert shown.count("Próxima") == 3 and shown.count(f" {soon:%H:%M} UTC") == 1
    assert server.api("GET", f"/flow_runs/{asked_for}")["state_type"] == "SCHEDULED"
    with pytest.raises(HTTPError, match="404"):
        server.api("GET", f"/flow_runs/{left}")


def pause_schedule(server: Server, deployment: dict[str, Any]) -> None:
    """Switch a schedule off, as an operator does in the UI."""
    (schedule,) = deployment["schedules"]
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
    server.api("PATCH", path, {"active": False})


def test_a_schedule_that_an_operator_paused_stays_paused(server: Server, deployed: Project) -> None:
    pause_schedule(server, on_server(server, deployed))
    result = deployed.deploy()
    assert "Programación: sigue en pausa «30 1,13,17 * * *»" in result.output
    assert "Sin próximas ejecuciones: está en pausa." in result.output
    assert [schedule["active"] for schedule in on_server(server, deployed)["schedules"]] == [False]


def test_a_paused_schedule_stays_paused_when_its_hour_changes(
    server: Server, deployed: Project
) -> None:
    pause_schedule(server, on_server(server, deployed))
    deployed.edit("deploy.py", "30 1,13,17 * * *", "0 6 * * *")
    result = deployed.deploy()
    zone = "America/Argentina/Buenos_Aires"
    assert (
        f"    Programación: cambia «30 1,13,17 * * *» en {zone} por «0 6 * * *» en {zone}"
        " (sigue en pausa)" in result.lines
    )
    (schedule,) = on_server(server, deployed)["schedules"]
    assert (schedule["schedule"]["cron"], schedule["active"]) == ("0 6 * * *", False)


def test_a_paused_schedule_with_a_slug_stays_paused(server: Server, deployed: Project) -> None:
    deployed.edit("deploy.py", "timezone=TIMEZONE)]", 'timezone=TIMEZONE, slug="a")]')
    assert deployed.deploy().code == 0
    pause_schedule(server, on_server(server, deployed))
    deployed.edit(
        "deploy.py", 'slug="a")]', 'slug="a"), Cron("5 5 * * *", timezone=TIMEZONE, slug="b")]'
    )
    result = deployed.deploy()
    assert result.code == 0, result.output
    active = {
        schedule["slug"]: schedule["active"]
        for schedule in on_server(server, deployed)["schedules"]
    }
    assert active == {"a": False, "b": True}


SCHEDULES = {
    "an interval": (
        "Interval(timedelta(hours=6), timezone=TIMEZONE)",
        "Interval(timedelta(hours=7), timezone=TIMEZONE)",
    ),
    "a rule": (
        'RRule("FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0", timezone=TIMEZONE)',
        'RRule("FREQ=DAILY;BYHOUR=7;BYMINUTE=0;BYSECOND=0", timezone=TIMEZONE)',
    ),
}


@pytest.mark.parametrize("kind", SCHEDULES)
def test_a_schedule_of_any_kind_stays_paused_and_says_only_real_changes(
    server: Server, deployed: Project, kind: str
) -> None:
    first, second = SCHEDULES[kind]
    deployed.edit("deploy.py", "import Cron", "import Cron, Interval, RRule")
    deployed.edit("deploy.py", "import sys\n", "import sys\nfrom datetime import timedelta\n")
    deployed.edit("deploy.py", 'Cron("30 1,13,17 * * *", timezone=TIMEZONE)', first)
    assert deployed.deploy().code == 0
    before = on_server(server, deployed)
    pause_schedule(server, before)
    again = deployed.deploy()
    assert again.code == 0, again.output
    (change,) = (line for line in again.lines if "Programación:" in line)
    assert "sigue en pausa «" in change
    after = on_server(server, deployed)
    assert after["schedules"][0]["schedule"] == before["schedules"][0]["schedule"]
    assert not after["schedules"][0]["active"]
    deployed.edit("deploy.py", first, second)
    (change,) = (line for line in deployed.deploy().lines if "Programación:" in line)
    assert "cambia «" in change and change.endswith("(sigue en pausa)")


def test_a_schedule_that_disappears_is_said(server: Server, deployed: Project) -> None:
    text = (deployed.path / "deploy.py").read_text("utf-8")
    schedules = next(line for line in text.splitlines() if "schedules=[" in line)
    deployed.edit("deploy.py", schedules, "            schedules=[],")
    result = deployed.deploy()
    assert result.code == 0
    assert "Programación: desaparece «30 1,13,17 * * *»" in result.output
    assert "    Sin próximas ejecuciones." in result.lines
    assert on_server(server, deployed)["schedules"] == []


def test_a_deployment_that_an_operator_paused_stays_paused(
    server: Server, deployed: Project
) -> None:
    server.api("POST", f"/deployments/{on_server(server, deployed)['id']}/pause_deployment")
    result = deployed.deploy()
    assert "Sin próximas ejecuciones: está en pausa." in result.output
    assert on_server(server, deployed)["paused"] is True


# --- What is refused, before the server is touched ----------------------------------------------


@pytest.fixture
def undeployed(project: Callable[..., Project], server: Server, prod: str) -> Project:
    project = project(pool_dev=prod)
    project.env = project.env | server.env
    return project


def assert_untouched(server: Server) -> None:
    ours = {
        "name": {"any_": ["pool-con-worker", "pool-sin-worker"]}
    }  # others deploy a mi-flujo too
    query = {"flows": {"name": {"any_": ["mi-flujo"]}}, "work_pools": ours}
    assert server.api("POST", "/deployments/filter", query) == []


def test_a_check_changes_nothing(server: Server, undeployed: Project) -> None:
    result = undeployed.deploy("--check")
    assert result.code == 0, result.output
    assert result.lines[-1] == "Todo listo para desplegar."
    assert_untouched(server)


def test_a_pool_without_a_worker_is_a_warning_that_says_what_will_happen(
    undeployed: Project,
) -> None:
    result = undeployed.deploy("--check")
    (warning,) = (line for line in result.lines if line.startswith("  aviso"))
    assert "no tiene un worker en línea" in warning and "(Late)" in warning
    assert "prefect worker start --pool pool-sin-worker" in warning


def test_a_run_is_not_waited_for_where_no_worker_would_run_it(
    server: Server, undeployed: Project
) -> None:
    result = undeployed.deploy("--run")
    assert result.code == 1
    assert "no tiene un worker en línea" in errors(result.output)[0]
    assert_untouched(server)


def test_a_server_older_than_the_project_is_a_warning(project: Callable[..., Project]) -> None:
    """The server here is a stand-in: an old Prefect cannot be installed beside the new one."""
    with stand_in({"/api/health": True, "/api/admin/version": "3.0.0"}) as (url, _):
        result = project().deploy("--check", PREFECT_API_URL=url)
    (warning,) = (line for line in result.lines if "más viejo" in line)
    assert warning.startswith("  aviso  La API contesta: Prefect 3.0.0.") and "422" in warning
    assert 'uv add "prefect==3.0.0"' in warning


def test_a_busy_server_is_waited_for(project: Callable[..., Project]) -> None:
    """Longer than the template's hook does, which is two seconds."""
    answers = {"/api/health": True, "/api/admin/version": "3.9.1"}
    with stand_in(answers, delay=2.5) as (url, _):
        result = project().deploy("--check", PREFECT_API_URL=url)
    assert "  bien   La API contesta: Prefect 3.9.1." in result.lines


def test_without_a_server_it_fails_at_once_and_checks_the_rest(
    project: Callable[..., Project],
) -> None:
    result = project().deploy()
    assert result.code == 1
    assert "No hay un servidor de Prefect configurado" in errors(result.output)[0]
    assert "temporary server" not in result.output
    assert "se importa" in result.output


def test_a_server_that_is_down_is_named(project: Callable[..., Project]) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    result = project().deploy(PREFECT_API_URL=url)
    assert result.code == 1
    assert f"Servidor: {url}" in result.output
    assert errors(result.output) == [
        f"  error  El servidor {url} no contesta: nadie atiende en ese puerto."
    ]


def test_all_that_is_wrong_is_reported_at_once_each_with_its_remedy(
    server: Server, undeployed: Project
) -> None:
    undeployed.edit("deploy.py", "pool-sin-worker", "pool-que-falta")
    undeployed.edit("deploy.py", "secrets=[]", 'secrets=["secreto-que-falta"]')
    undeployed.edit("deploy.py", "America/Argentina/Buenos_Aires", "America/Buenos_Aires")
    undeployed.edit(
        "src/mi_flujo.py", "from prefect import", "import modulo_ausente\nfrom prefect import"
    )
    result = undeployed.deploy()
    assert result.code == 1
    pool, secret, zone, flow = errors(result.output)
    assert "prefect work-pool create pool-que-falta --type process" in pool
    assert ".save('secreto-que-falta')" in secret
    assert "usá America/Argentina/Buenos_Aires" in zone
    assert "No module named 'modulo_ausente' (src/mi_flujo.py, línea 3)" in flow
    assert "Traceback" not in result.output
    assert_untouched(server)


def test_a_pool_of_another_type_or_paused_is_an_error(server: Server, undeployed: Project) -> None:
    server.make_pool("pool-de-docker", "docker")
    server.make_pool("pool-en-pausa", paused=True)
    undeployed.edit("deploy.py", '"dev": "pool-sin-worker"', '"dev": "pool-de-docker"')
    undeployed.edit("deploy.py", '"prod": "pool-prod"', '"prod": "pool-en-pausa"')
    dev, production = undeployed.deploy(), undeployed.deploy("--env", "prod")
    assert (dev.code, production.code) == (1, 1)
    assert "es de tipo docker" in errors(dev.output)[0]
    assert "está en pausa" in errors(production.output)[0]


BROKEN_FLOWS = {
    "a package that is not beside it": (
        "from prefect import", "from paquete.ayuda import x\nfrom prefect import",
        "No module named 'paquete'",
    ),
    "the root of the project": (
        "from prefect import", "import src.prefect_logger\nfrom prefect import",
        None,
    ),
    "a syntax error": ("def mi_flujo(", "def mi_flujo((", "SyntaxError"),
    "another name": ("def mi_flujo(", "def otro_nombre(", "mi_flujo"),
    "an exit": ("logger_global =", "raise SystemExit(3)\nlogger_global =", "SystemExit: 3"),
    "a crash": ("logger_global =", "import os; os._exit(9)\nlogger_global =", "código 9"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN_FLOWS)
def test_a_flow_that_a_worker_could_not_import_is_refused(
    server: Server, undeployed: Project, case: str
) -> None:
    old, new, reason = BROKEN_FLOWS[case]
    undeployed.edit("src/mi_flujo.py", old, new)
    result = undeployed.deploy("--check")
    assert "Traceback" not in result.output
    if reason is None:  # a worker sees the root too, as its working directory
        assert result.code == 0, result.output
        return
    assert result.code == 1
    assert reason in errors(result.output)[0]


def test_a_parameter_that_the_flow_does_not_have_is_refused(undeployed: Project) -> None:
    undeployed.edit("deploy.py", '{"nombre": "mundo"}', '{"nombra": "mundo"}')
    result = undeployed.deploy()
    assert result.code == 1
    assert "no tiene el parámetro «nombra» (tiene: nombre)" in errors(result.output)[0]


def test_a_parameter_of_another_type_than_the_flow_s_is_refused(undeployed: Project) -> None:
    undeployed.edit("deploy.py", '{"nombre": "mundo"}', '{"nombre": ["mundo"]}')
    result = undeployed.deploy()
    assert result.code == 1
    assert errors(result.output) == [
        "  error  mi-flujo: nombre: ['mundo'] no es lo que declara el flujo "
        "(Input should be a valid string)."
    ]


def test_what_the_server_refuses_is_said_in_its_words(server: Server, undeployed: Project) -> None:
    """A text for a number: the flow would take it, the server does not."""
    undeployed.edit("deploy.py", '{"nombre": "mundo"}', '{"nombre": "1"}')
    undeployed.edit("src/mi_flujo.py", 'nombre: str = "mundo"', "nombre: int = 1")
    result = undeployed.deploy()
    assert result.code == 1
    assert result.lines[-1].startswith("El servidor no aceptó mi-flujo-dev: ")
    assert result.lines[-1].endswith("'1' is not of type 'integer'")


BROKEN_DATA = {
    "a cron expression": ("30 1,13,17 * * *", "30 25 * * *", 'Invalid cron string: "30 25 * * *"'),
    "no list": ("    return [", "    [", "NoneType"),
    "no parameters": ('{"nombre": "mundo"}', "None", "parameters tiene que ser un diccionario"),
    "tags that are no list": (
        'tags=["mi-flujo"]',
        'tags="mi-flujo"',
        "tags tiene que ser una lista",
    ),
    "a name that is no text": ('name="mi-flujo"', "name=7", "name tiene que ser un texto, y es 7"),
    "a misspelt field": ("tags=", "etiquetas=", "unexpected keyword argument 'etiquetas'"),
    "a misspelt field of the project": ("pools=", "pool=", "unexpected keyword argument 'pool'"),
    "a misspelt limit": ("running=", "corre=", "unexpected keyword argument 'corre'"),
    "a pool that is no text": ('"pool-sin-worker"', "None", "pools tiene que llevar textos"),
    "pools that are no dictionary": ("pools={", "pools=[] and {", "pools tiene que ser un dicc"),
    "an import": ("import Deployment,", "import Despliegue,", "cannot import name 'Despliegue'"),
}


@pytest.mark.parametrize("case", BROKEN_DATA)
def test_a_mistake_in_the_data_is_named_with_its_line(undeployed: Project, case: str) -> None:
    old, new, reason = BROKEN_DATA[case]
    undeployed.edit("deploy.py", old, new)
    result = undeployed.deploy()
    assert result.code == 1
    place = r"deployments\(\)" if case == "no list" else r"línea \d+"
    assert re.match(rf"deploy\.py, {place}: \w+Error: ", result.output), result.output
    assert reason in result.output
    assert "Traceback" not in result.output


def test_a_name_that_prefect_does_not_take_is_refused(undeployed: Project) -> None:
    undeployed.edit("deploy.py", 'name="mi-flujo"', 'name="a/b"')
    result = undeployed.deploy()
    assert result.code == 1
    assert "«a/b» no sirve como nombre" in errors(result.output)[0]


def test_a_parameter_that_is_no_data_is_refused_in_one_line(undeployed: Project) -> None:
    undeployed.edit("deploy.py", '{"nombre": "mundo"}', '{"nombre": object()}')
    result = undeployed.deploy()
    assert result.code == 1 and "Traceback" not in result.output
    assert result.lines[-1].startswith("El servidor no aceptó mi-flujo-dev: ")


@pytest.mark.parametrize(
    "arguments", [["--env", "qa"], ["--enviar"], ["prod"], ["--check", "--run"]]
)
def test_a_wrong_usage_shows_the_right_one_and_ends_with_2(
    undeployed: Project, arguments: list[str]
) -> None:
    result = undeployed.deploy(*arguments)
    assert result.code == 2
    assert result.lines[0] == f"No entiendo «{' '.join(arguments)}». Así se usa:"
    assert "uv run deploy.py --env prod" in result.output
