"""`deploy.py` of a generated project, against a real Prefect server and a real worker.

The first project is deployed once, step by step, and each test looks at a step; what is deployed again
and again is in test_redeploy.py.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from end_to_end.on_server import all_deployments, deployment_of, logged, runs_of
from harness import (
    BUENOS_AIRES,
    Project,
    Result,
    git,
    hours_away,
    local_and_utc,
    wait_until,
)

if TYPE_CHECKING:
    from harness import Generated, Server

pytestmark = pytest.mark.real

SLUG = "saludador"
SECRET, VALUE = "token-de-saludador", "valor-reconocible-4711"
POOL = "pool-con-worker"
CRON = hours_away()  # so that no run falls due while the tests look at the next ones


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
    installed: Project,
    server: Server,
    worker_log: Path,
    idle_pool: str,
) -> Project:
    """A project with a secret, whose dev pool has a worker and whose prod pool has none."""
    answers = {"pool_dev": POOL, "pool_prod": idle_pool, "secrets": SECRET, "project_slug": SLUG}
    folder = tmp_path_factory.mktemp(SLUG)
    generated = generate(folder, server_check="skip", cron=CRON, **answers)
    assert generated.code == 0, generated.output
    server.make_secret(SECRET, VALUE)
    return Project(generated.path, installed.python, installed.env | server.env)


@pytest.fixture(scope="module")
def checked(project: Project) -> Result:
    return project.deploy("--check", "--env", "prod")


@pytest.fixture(scope="module")
def not_run(checked: Result, project: Project, server: Server) -> Result:
    """`--run` where no worker would take it; until then, the server was not touched."""
    result = project.deploy("--env", "prod", "--run")
    assert all_deployments(server, SLUG, f"{SLUG}-prod") == []
    return result


@pytest.fixture(scope="module")
def ran(not_run: Result, project: Project) -> Result:
    project.edit("deploy.py", '"nombre": "mundo"', '"nombre": "Úrsula"')
    return project.deploy("--run")


@pytest.fixture(scope="module")
def prod(ran: Result, project: Project) -> Result:
    return project.deploy("--env", "prod")


def errors(result: Result) -> list[str]:
    return [line for line in result.lines if line.startswith("  error")]


# --- Before it is deployed --------------------------------------------------------------------------


def test_a_check_says_that_runs_would_wait(checked: Result) -> None:
    assert checked.code == 0, checked.output
    assert checked.lines[-1] == "Todo listo para desplegar."
    (warning,) = (line for line in checked.lines if line.startswith("  aviso"))
    assert "no tiene un worker en línea" in warning and "(Late)" in warning
    assert "prefect worker start --pool pool-sin-worker" in warning
    assert f"  bien   Flujo «{SLUG}»: src/{SLUG}.py:{SLUG} se importa." in checked.lines
    assert f"  bien   Bloque Secret «{SECRET}»: existe." in checked.lines


def test_a_run_is_not_waited_for_where_no_worker_would_run_it(not_run: Result) -> None:
    assert not_run.code == 1
    (error,) = errors(not_run)
    assert "no tiene un worker en línea: no puede ejecutar nada ahora" in error
    assert not_run.lines[-1] == "No se desplegó nada: hay 1 error."


@pytest.mark.parametrize("arguments", [["--enviar"], ["prod"]])
def test_a_wrong_usage_shows_the_right_one_and_ends_with_2(
    project: Project, arguments: list[str]
) -> None:
    result = project.deploy(*arguments)
    assert result.code == 2
    assert result.lines[0] == f"No entiendo «{' '.join(arguments)}». Así se usa:"
    assert "uv run deploy.py --env prod    despliega en prod" in result.lines


# --- Deployed, and run --------------------------------------------------------------------------------


def test_a_worker_runs_it_and_each_line_is_once_in_log_file_and_terminal(
    server: Server, project: Project, ran: Result, worker_log: Path
) -> None:
    """Also: the run uses the project's own environment, wherever the worker is installed."""
    assert ran.code == 0, ran.output
    assert "    Terminó bien (Completed)" in ran.lines
    deployment = deployment_of(server, SLUG, f"{SLUG}-dev")
    assert deployment["job_variables"]["command"] == f'"{project.python}" -m prefect.engine'
    (run,) = runs_of(server, deployment, "COMPLETED")
    messages = logged(server, run["id"], last="Finished in state Completed()")
    with_what = re.search(
        r"^Comienza el flujo con Python 3\S+ \((.+)\), commit (\S+), con cambios"
        r", worker «.+» en \S+$",
        "\n".join(messages),
        re.MULTILINE,
    )
    assert with_what and with_what[1] == str(project.python)
    commit = git("rev-parse", "HEAD", cwd=project.path, env=project.env).output
    assert commit.startswith(with_what[2])
    file = (project.path / "src" / "logs" / f"{SLUG}.log").read_text("utf-8")
    for text in (
        with_what[0],
        "Preparando el saludo para Úrsula",
        "¡Hola, Úrsula!",
        "El saludo tiene 14 caracteres",
        f"Secretos cargados: {SECRET}",
    ):
        assert messages.count(text) == 1, messages
        assert file.count(text) == 1, file
    terminal = worker_log.read_text("utf-8")  # with the lines of the other tests' runs
    assert terminal.count("Preparando el saludo para Úrsula") == 1
    assert f"Flow '{SLUG}' - {with_what[0]}" in file
    assert "Task 'preparar_saludo' - Preparando el saludo para Úrsula" in file


def test_the_value_of_a_secret_is_nowhere(server: Server, project: Project, ran: Result) -> None:
    logs = json.dumps(server.api("POST", "/logs/filter", {}))
    deployments = json.dumps(server.api("POST", "/deployments/filter", {}))
    files = [path.read_bytes() for path in (project.path / "src" / "logs").iterdir()]
    assert VALUE not in ran.output + logs + deployments
    assert not any(VALUE.encode() in content for content in files)


def test_dev_has_no_hours_of_its_own_and_says_how_they_are_switched_on(
    server: Server, ran: Result
) -> None:
    (schedule,) = deployment_of(server, SLUG, f"{SLUG}-dev")["schedules"]
    assert schedule["active"] is False
    assert schedule["schedule"]["timezone"] == BUENOS_AIRES
    assert f"    Programación: nueva, en pausa: «{CRON}» en {BUENOS_AIRES}" in ran.lines
    (hint,) = (line for line in ran.lines if "Hay programaciones en pausa" in line)
    assert hint.endswith("se activan con: uv run deploy.py --env dev --activate")


def test_dev_and_prod_live_side_by_side(server: Server, prod: Result, idle_pool: str) -> None:
    assert prod.code == 0, prod.output
    dev, production = (deployment_of(server, SLUG, f"{SLUG}-{env}") for env in ("dev", "prod"))
    assert (dev["work_pool_name"], production["work_pool_name"]) == (POOL, idle_pool)
    assert set(dev["tags"]) == {"dev", SLUG} and set(production["tags"]) == {"prod", SLUG}
    assert production["description"] == "Automatización de Electra que corre en Prefect"
    assert production["parameters"] == {"nombre": "Úrsula"}


def test_prod_runs_at_the_local_hours(server: Server, prod: Result) -> None:
    runs = runs_of(server, deployment_of(server, SLUG, f"{SLUG}-prod"), "SCHEDULED")
    times = {datetime.fromisoformat(run["expected_start_time"]) for run in runs}
    assert {f"{time.astimezone(UTC):%H:%M}" for time in times} == {
        in_utc for _, in_utc in local_and_utc(CRON)
    }


def test_it_says_what_is_deployed_and_the_next_runs_in_local_time_and_in_utc(
    server: Server, project: Project, prod: Result
) -> None:
    assert f"  Código: la carpeta {project.path}, como esté en cada ejecución" in prod.lines
    assert f"  {SLUG}/{SLUG}-prod en el work pool «pool-sin-worker»" in prod.lines
    assert f"{server.url.removesuffix('/api')}/deployments/deployment/" in prod.output
    next_runs = re.findall(
        rf"Próxima: \w{{3}} [\d/]{{10}} (\d\d:30) de {BUENOS_AIRES} \(\w{{3}} (\d\d:30) UTC\)",
        prod.output,
    )
    assert sorted(next_runs) == local_and_utc(CRON)


def test_the_server_of_a_project_schedules_runs_by_itself(server: Server) -> None:
    """With the locked dependencies; with others, it does not, and hardly says so."""
    flow = server.api("POST", "/flows/", {"name": "de-nadie"})["id"]
    cron = {"cron": "30 1 * * *", "timezone": BUENOS_AIRES}
    body = {"name": "x", "flow_id": flow, "schedules": [{"schedule": cron, "active": True}]}
    deployment = server.api("POST", "/deployments/", body)
    runs = wait_until(lambda: runs_of(server, deployment, "SCHEDULED"), "a scheduled run")
    assert runs[0]["expected_start_time"][11:16] == "04:30"


def test_a_run_that_fails_is_said_and_its_log_folder_is_set_in_deploy_py(
    project: Project, prod: Result, tmp_path: Path
) -> None:
    broken = copy_of(project, tmp_path)
    folder = tmp_path / "una" / "carpeta"
    env = f'env={{"FLOW_LOG_DIR": "{folder}"}},\n    secrets=['
    broken.edit("deploy.py", "secrets=[", env)
    broken.edit(f"src/{SLUG}.py", "    return len(saludo)", "    return len(saludo) / 0")
    result = broken.deploy("--run")
    assert result.code == 1
    assert f"  Logs: {folder}, donde corre cada ejecución" in result.lines
    assert "Terminó mal (Failed)" in result.output and "ZeroDivisionError" in result.output
    assert "Traceback" not in result.output
    file = (folder / f"{SLUG}.log").read_text("utf-8")
    assert "Comienza el flujo" in file
    assert "ZeroDivisionError" in file, "the file tells why a run failed"
    assert not (broken.path / "src" / "logs").exists()


def copy_of(project: Project, folder: Path) -> Project:
    """Return the project in another folder, without what its runs left there."""
    ignored = shutil.ignore_patterns("logs", ".git", "__pycache__")
    shutil.copytree(project.path, folder / SLUG, ignore=ignored)
    return Project(folder / SLUG, project.python, project.env)


def test_all_that_is_wrong_is_said_before_anything_is_touched_each_with_its_remedy(
    server: Server, project: Project, tmp_path: Path
) -> None:
    wrong = copy_of(project, tmp_path)
    wrong.edit("deploy.py", f'pool="{POOL}"', 'pool="pool-que-falta"')
    wrong.edit("deploy.py", f'"{SECRET}"', '"secreto-que-falta"')
    wrong.edit("deploy.py", BUENOS_AIRES, "America/Buenos_Aires")
    wrong.edit(
        "deploy.py",
        f'name="{SLUG}"',
        'name="mal", work_queue_name="cola-que-falta", deploy_options={"buid": False}',
    )
    wrong.edit(
        "deploy.py",
        "        ),\n    ]\n",
        "        ),\n        Deployment(\n            entrypoint="
        '"src/otro.py:otro", name="otro", description="x", parameters={"b": 1},\n'
        "        ),\n    ]\n",
    )
    (wrong.path / "src" / "otro.py").write_text("import modulo_ausente\n", "utf-8")
    result = wrong.deploy()
    assert result.code == 1 and "Traceback" not in result.output
    pool, queue, secret, zone, keyword, flow = errors(result)
    assert "prefect work-pool create pool-que-falta --type process" in pool
    assert "Falta la cola «cola-que-falta» en el work pool «pool-que-falta»" in queue
    assert ".save('secreto-que-falta')" in secret
    assert f"usá {BUENOS_AIRES}" in zone
    assert "mal: deploy_options: Flow.deploy no tiene «buid»; ¿es «build»?" in keyword
    assert "No module named 'modulo_ausente' (src/otro.py, línea 1)" in flow
    assert result.lines[-1] == "No se desplegó nada: hay 6 errores."
    assert all_deployments(server, SLUG, "mal-dev") == []
