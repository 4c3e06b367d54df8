"""A project of a private repository, run in containers: a real engine, Git host, server and worker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from docker_engine import IMAGE, Engine
from electra_flow.checks.work_pool import HOME
from end_to_end.on_server import all_deployments, deployment_of, logged
from end_to_end.private_repository import Monorepo, begin, content, ended, files_of
from harness import Project, git_host, hours_away, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from docker.models.containers import Container

    from harness import Generated, GitHost, Server

pytestmark = pytest.mark.real

TOKEN = f"github_pat_11ABCDEFG0{uuid4().hex}"
CLUSTER = """        "cluster": Environment(
            pool="{pool}",
            source=GitSource(__file__, url="{url}", credentials_block="token-docker"),
        ),
    }},
"""
WITHOUT = """        Deployment(
            entrypoint="src/boletas.py:boletas",
            name="sin-volumen",
            description="Nadie montó una carpeta para su log.",
            tags=["boletas"],
            job_variables={{"volumes": {volumes!r}}},
        ),
    ]
"""


@dataclass
class Boletas:
    """The project, deployed to the pool of the Docker worker, and its runs.

    Attributes:
        logs: The folder of this machine that is mounted where its log file goes.
        said: What deploy.py said.
        runs: The runs that have ended: two at once with that folder, one without.
    """

    project: Project
    clone: Monorepo
    server: Server
    logs: Path
    said: str
    runs: list[dict[str, Any]]

    def lines(self, run: dict[str, Any]) -> list[str]:
        """Return what of a run is in the UI, once all is."""
        return logged(self.server, run["id"], "Finished in state Completed()")

    def containers(self, engine: Engine) -> list[Container]:
        """Return those of its runs, whose variables they have."""
        ids = [f"PREFECT__FLOW_RUN_ID={run['id']}" for run in self.runs]
        found = [item for item in engine.containers() if {*ids} & {*item.attrs["Config"]["Env"]}]
        assert len(found) == len(ids)
        return found


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def boletas(
    docker_worker: str,
    host: GitHost,
    server: Server,
    installed: Project,
    generate: Callable[..., Generated],
    tmp_path_factory: pytest.TempPathFactory,
) -> Boletas:
    """As generated, but for what is mounted: the pool's name alone tells that it runs in containers."""
    server.make_secret("token-docker", TOKEN)
    server = replace(server, env=server.env | host.env())
    folder, logs = tmp_path_factory.mktemp("author"), tmp_path_factory.mktemp("logs")
    url = host.make_repository("electra/contenedores.git", server.env)
    clone = Monorepo(folder, url, host, server.env)
    clone.git("init", "--quiet", "--initial-branch=main")
    answers = {"source": "github", "github_repository": url, "github_secret": "token-docker"}
    answers |= {"project_slug": "boletas", "pool_prod": docker_worker, "cron": hours_away()}
    answers |= {"pool_dev": server.make_pool("contenedores-dev", "docker")}
    generated = generate(folder, uv=True, server_check="skip", **answers)
    assert generated.code == 0, generated.output
    project = Project(generated.path, installed.python, installed.env | server.env)
    # What a container needs here: the certificate of the Git host, and not to download Prefect again.
    volumes = [f"{host.authority}:/etc/ssl/equipo.pem:ro"]
    volumes += [f"{server.env['UV_CACHE_DIR']}:{HOME}/.cache/uv"]
    mounted = [*volumes, f"{logs}:{HOME}/.prefect/logs"]
    project.edit(
        "deploy.py", 'name="boletas",', f'name="boletas", job_variables={{"volumes": {mounted!r}}},'
    )
    project.edit("deploy.py", "    ]\n", WITHOUT.format(volumes=volumes))
    project.edit(
        "deploy.py",
        "    environments={",
        '    env={"GIT_SSL_CAINFO": "/etc/ssl/equipo.pem"},\n    environments={',
    )
    pool = server.make_pool("contenedores-cluster", "kubernetes")
    project.edit("deploy.py", "    },\n", CLUSTER.format(pool=pool, url=url))
    clone.commit()
    clone.push()
    result = project.deploy("--env", "prod")
    assert result.code == 0, result.output
    started = [begin(server, name) for name in ("boletas-prod", "boletas-prod", "sin-volumen-prod")]
    runs = [ended(server, run) for run in started]
    return Boletas(project, clone, server, logs, result.output, runs)


def test_a_run_is_complete_and_each_of_its_lines_is_in_the_ui_once(boletas: Boletas) -> None:
    commit = boletas.clone.git("rev-parse", "--short=12", "HEAD")
    environment = r"/tmp/prefect-flow-run-\w+/repositorio/boletas/\.venv/bin/python"
    for run in boletas.runs:
        lines = boletas.lines(run)
        assert run["state"]["type"] == "COMPLETED", lines
        begun = [line for line in lines if line.startswith("Comienza el flujo con ")]
        assert re.fullmatch(
            rf"Comienza el flujo con Python 3\.\S+ \({environment}\), commit {commit},.* imagen {IMAGE}(,.*)?",
            "\n".join(begun),
        )
        for text in ("¡Hola, mundo!", "El saludo tiene 13 caracteres"):
            assert lines.count(text) == 1


def test_two_runs_at_once_lose_no_line_in_a_file_of_the_worker_s_machine(boletas: Boletas) -> None:
    file = boletas.logs / "boletas" / "boletas.log"

    def lines() -> list[str]:
        text = file.read_text("utf-8")
        found = [line.partition(" | INFO    | ")[2] for line in text.splitlines()]
        # A run writes its last one after its state is Completed.
        return found if found.count("Flow 'boletas' - Finished in state Completed()") == 2 else []

    found = wait_until(lines, "the last lines of both")
    for line in (
        "Task 'preparar_saludo' - Preparando el saludo para mundo",
        "Task 'entregar_saludo' - ¡Hola, mundo!",
        "Flow 'boletas' - El saludo tiene 13 caracteres",
    ):
        assert found.count(line) == 2, found


def test_without_a_volume_there_is_no_file_and_deploying_and_the_run_say_so(
    boletas: Boletas, engine: Engine
) -> None:
    (told,) = (line for line in boletas.said.splitlines() if "nada montado" in line)
    assert told.startswith(
        "  aviso  Los contenedores del work pool «pool-de-contenedores» no tienen nada "
        "montado en ~/.prefect/logs/boletas: no va a haber archivo de log, solo las líneas de la interfaz. Se "
        f'arregla con: job_variables={{"volumes": ["/srv/prefect/logs:{HOME}/.prefect/logs"]}}'
    )
    no_file = (
        f"No se puede escribir en el archivo de log {HOME}/.prefect/logs/boletas/boletas.log: su carpeta "
        "es del contenedor, que se borra, y no un volumen montado. La ejecución sigue sin él."
    )
    assert [boletas.lines(run).count(no_file) for run in boletas.runs] == [0, 0, 1]
    for container in boletas.containers(engine):
        container.wait()  # its run has ended; a moment later, it removes the clone
        changed = [change["Path"] for change in container.diff() or ()]
        assert [path for path in changed if re.search("/repositorio|boletas.log", path)] == []


def test_the_token_is_nowhere_but_in_its_block(
    boletas: Boletas, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for container in boletas.containers(engine):
        assert TOKEN not in json.dumps(container.attrs)
        assert TOKEN not in container.logs().decode()
    assert TOKEN not in str(engine.client.api.history(IMAGE))
    for path in ("/deployments/filter", "/logs/filter", "/flow_runs/filter", "/events/filter"):
        assert TOKEN not in str(boletas.server.api("POST", path, {}))
    worker = next(tmp_path_factory.getbasetemp().glob("docker*/worker.log")).parent
    for path in (file for folder in (worker, boletas.logs) for file in files_of(folder)):
        assert TOKEN.encode() not in content(path), path


# --- Other pools ----------------------------------------------------------------------------------


def test_a_folder_of_this_machine_is_refused_with_what_would_work(boletas: Boletas) -> None:
    result = boletas.project.deploy()
    assert result.code == 1
    (error,) = (line for line in result.lines if " error  " in line)
    assert error.startswith(
        "  error  El work pool «contenedores-dev» es de tipo docker: sus contenedores no ven la carpeta "
        "de esta máquina (LocalFolder). En ese Environment, usá source=GitSource(…), image=… o un work "
        "pool de tipo process."
    )
    assert all_deployments(boletas.server, "boletas", "boletas-dev") == []


def test_dev_runs_processes_and_says_so_of_a_pool_for_containers(boletas: Boletas) -> None:
    command = ("-m", "electra_flow.command.main", "dev", "--server", "configured", "--once")
    result = boletas.project.run(*command)
    assert result.code == 1
    assert result.lines[-1].startswith(
        "El work pool «contenedores-dev» es de tipo docker, y dev corre los flujos en procesos de esta "
        "máquina: sin --server configured, tiene un servidor y un work pool propios;"
    )


def test_a_pool_of_kubernetes_takes_it_too(boletas: Boletas) -> None:
    """No cluster runs it: what is sent is what the job template of Prefect's own worker takes."""
    result = boletas.project.deploy("--env", "cluster")
    assert result.code == 0, result.output
    (dropped,) = (line for line in result.lines if "La plantilla del work pool" in line)
    assert "«contenedores-cluster» no tiene «volumes»" in dropped, "which that template has not"
    deployment = deployment_of(boletas.server, "boletas", "boletas-cluster")
    assert deployment["work_pool_name"] == "contenedores-cluster"
    assert deployment["job_variables"]["env"]["UV_FROZEN"] == "1"
    assert [next(iter(step)) for step in deployment["pull_steps"]] == [
        "timeit.timeit",
        "prefect.deployments.steps.set_working_directory",
    ]
