"""`flow_kind=distributed`: as a script, from a folder and from Git; in its processes and on a cluster.

Its tasks use modules of the project in all the ways there are, and each line is in the UI once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from end_to_end.on_server import deployment_of
from harness import Project, free_port, git, git_host, hours_away, started, wait_until, worker

if TYPE_CHECKING:
    from harness import Generated, Server

pytestmark = pytest.mark.real

SLUG, TOKEN = "repartido", "github_pat_de_repartido"
FLOW = f"src/{SLUG}.py"
POOLS = {"dev": "pool-repartido", "prod": "pool-repartido-prod"}
LOTS = 6
MODULE = '''\
"""Una consulta del proyecto, con todo lo que viaja: funciones, clases, excepciones."""

from dataclasses import dataclass
from enum import Enum

from comunes.cuentas import doble


class Estado(Enum):
    LISTO = "listo"


@dataclass
class Fila:
    lote: int
    estado: Estado = Estado.LISTO


class FaltaElLoteError(Exception):
    pass


def consultar(lote: int) -> Fila:
    return Fila(doble(lote))
'''
TASKS = '''\
@task
def consultar_lote(lote: int) -> consultas.Fila:
    """Usa módulos del proyecto, y escribe dónde corrió."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Consulta %d en el proceso %d", lote, os.getpid())
    return ayuda(lote)


def ayuda(lote: int) -> consultas.Fila:
    return consultar(lote)


@task(retries=1)
def fallar() -> None:
    """Falla, dos veces."""
    logger_global.obtener_logger_prefect().info("Se intenta")
    raise consultas.FaltaElLoteError("falta")


def revisar() -> list[int]:
    """Lo que vuelve es de las clases de acá."""
    filas = consultar_lote.map(range(1, 7)).result()
    assert all(isinstance(fila, consultas.Fila) for fila in filas)
    assert all(fila.estado is consultas.Estado.LISTO for fila in filas)
    try:
        fallar.submit().result()
    except consultas.FaltaElLoteError:
        return [fila.lote for fila in filas]
    raise AssertionError


@flow('''


@pytest.fixture(scope="module")
def worker_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker")


@dataclass
class Distributed:
    """The project, deployed from its folder to dev and from Git to prod, and its server."""

    project: Project
    server: Server

    def begin(self, env: str, **variables: str) -> str:
        """Run a deployment, and return the run's id."""
        found = deployment_of(self.server, SLUG, f"{SLUG}-{env}")
        variables = found["job_variables"].get("env", {}) | variables
        body = {"state": {"type": "SCHEDULED"}, "job_variables": {"env": variables}}
        path = f"/deployments/{found['id']}/create_flow_run"
        return str(self.server.api("POST", path, body)["id"])

    def script(self, *, quiet: bool = True) -> str:
        """Run the flow's file, and return the run's id; Dask says nothing of its own."""
        done = self.project.run(FLOW, **self.server.env)
        assert done.code == 0, done.output
        assert not quiet or "distributed." not in done.output, done.output
        (run,) = set(re.findall(r"View at \S+/flow-run/(\S+)", done.output))
        return str(run)

    def lines(self, run: str, ends: int = 2 * LOTS + 3) -> list[str]:
        """Return the log of a run that completed, once so many ends are in it: each task's, its own."""
        query = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"}

        def state() -> dict[str, Any]:
            return self.server.api("GET", f"/flow_runs/{run}")["state"]

        def messages() -> list[str]:
            found = [log["message"] for log in self.server.api("POST", "/logs/filter", query)]
            ended = sum("Finished in state" in message for message in found)
            return found if ended >= ends and "Finished in state" in found[-1] else []

        wait_until(lambda: state()["type"] in ("COMPLETED", "FAILED", "CRASHED"), "a run is over")
        assert state()["name"] == "Completed", state()
        return wait_until(messages, "the log of a run")


@pytest.fixture(scope="module")
def distributed(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
    installed_distributed: Project,
    server: Server,
    worker_home: Path,
) -> Iterator[Distributed]:
    with ExitStack() as stack:
        host = stack.enter_context(git_host(tmp_path_factory.mktemp("host"), TOKEN))
        url = host.make_repository("electra/repartido.git", server.env)
        server.make_secret("token-de-repartido", TOKEN)
        generated = generate(
            tmp_path_factory.mktemp("proyecto"),
            uv=True,
            server_check="skip",
            project_slug=SLUG,
            flow_kind="distributed",
            source="github",
            cron=hours_away(),
            pool_dev=POOLS["dev"],
            pool_prod=POOLS["prod"],
            github_repository=url,
            github_secret="token-de-repartido",
        )
        assert generated.code == 0, generated.output
        server = replace(server, env=server.env | host.env())
        project = Project(generated.path, installed_distributed.python, server.env)
        with_modules(project)
        at_home = replace(server, env=server.env | {"HOME": str(worker_home)})
        for pool in POOLS.values():
            folder = worker_home / pool
            folder.mkdir()
            stack.enter_context(worker(installed_distributed, at_home, pool, folder))
        for command in (
            ("add", "--all"),
            ("commit", "--quiet", "--message", "Listo"),
            ("push", "--quiet", host.with_token(url), "HEAD:main"),
        ):
            done = git(*command, cwd=project.path, env=project.env)
            assert done.code == 0, done.output
        for env in POOLS:
            result = project.deploy("--env", env)
            assert result.code == 0, result.output
        yield Distributed(project, server)


def with_modules(project: Project) -> None:
    """Give a project modules of its own, and tasks that use them."""
    source = project.path / "src"
    (source / "comunes").mkdir()
    (source / "comunes" / "__init__.py").touch()
    (source / "comunes" / "cuentas.py").write_text("def doble(n):\n    return 2 * n\n", "utf-8")
    (source / "consultas.py").write_text(MODULE, "utf-8")
    project.edit(FLOW, "from electra_flow import", "import os\n\nfrom electra_flow import")
    project.edit(
        FLOW,
        "\nlogger_global",
        "\nimport consultas\nfrom consultas import consultar\n\nlogger_global",
    )
    project.edit(FLOW, "@flow(", TASKS)
    project.edit(FLOW, "(cantidad: int = 8)", f"(cantidad: int = {LOTS})")
    project.edit("deploy.py", '{"cantidad": 8}', f'{{"cantidad": {LOTS}}}')
    project.edit(FLOW, "DaskTaskRunner()", 'DaskTaskRunner(cluster_kwargs={"n_workers": 2})')
    project.edit(FLOW, "    totales =", '    logger.info("Dobles: %s", revisar())\n    totales =')


def assert_each_line_once(lines: list[str], dobles: str = "[2, 4, 6, 8, 10, 12]") -> set[str]:
    """Return the processes that ran the tasks."""
    for lot in range(1, LOTS + 1):
        assert sum(line.startswith(f"Lote {lot}: ") for line in lines) == 1, lines
        assert sum(line.startswith(f"Consulta {lot} en ") for line in lines) == 1, lines
    assert lines.count(f"Hay {LOTS} lotes") == lines.count(f"Dobles: {dobles}") == 1, lines
    assert lines.count("Se intenta") == 2, lines
    return set(re.findall(r"^Consulta .* (\d+)$", "\n".join(lines), re.M))


def in_file(path: Path, processes: set[str]) -> None:
    """Check that the lines of a run's tasks are in a file, once."""
    text = path.read_text("utf-8")
    for lot in range(1, LOTS + 1):
        own = re.findall(
            rf"Task 'consultar_lote' - Consulta {lot} en el proceso (\d+)$", text, re.M
        )
        assert sum(process in processes for process in own) == 1, text


def test_in_two_processes_each_line_is_once_in_the_ui_and_in_the_file(
    distributed: Distributed, worker_home: Path
) -> None:
    """As a script, deployed from the folder, and from Git."""
    runs = [distributed.begin("prod"), distributed.begin("dev")]
    beside = distributed.project.path / "src" / "logs" / f"{SLUG}.log"
    for run, file in (
        (distributed.script(), beside),
        (runs[1], beside),
        (runs[0], worker_home / ".prefect" / "logs" / SLUG / f"{SLUG}.log"),
    ):
        processes = assert_each_line_once(distributed.lines(run))
        assert len(processes) == 2
        in_file(file, processes)
    assert not list(distributed.project.path.glob("*dask*")), "what Dask leaves is not here"


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, installed_distributed: Project
) -> Iterator[str]:
    """A scheduler and two workers that were there before the project: its address."""
    folder = tmp_path_factory.mktemp("cluster")
    dask = installed_distributed.python.with_name("dask")
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    here = ("--host", "127.0.0.1", "--no-dashboard")
    workers = ("--nworkers", "2", "--nthreads", "1", "--nanny")
    env = installed_distributed.env | {"HOME": str(folder)}
    with (
        started(dask, "scheduler", *here, "--port", port, env=env, log=folder / "scheduler.log"),
        started(dask, "worker", address, *here, *workers, env=env, log=folder / "worker.log"),
    ):
        wait_until(
            lambda: (folder / "worker.log").read_text("utf-8").count("Registered to:") == 2,
            "two workers",
        )
        yield address


def test_on_a_cluster_that_knows_nothing_of_the_project(
    distributed: Distributed, cluster: str
) -> None:
    """Its address in the environment, and in a variable; the code of the moment, and no other."""
    run = distributed.begin("dev", DASK_SCHEDULER_ADDRESS=cluster)
    processes = assert_each_line_once(distributed.lines(run))
    assert len(processes) == 2
    assert f"Dask en {cluster}, workers: 2 en 127.0.0.1" in distributed.lines(run)
    in_file(distributed.project.path / "src" / "logs" / f"{SLUG}.log", processes)

    distributed.project.edit("src/comunes/cuentas.py", "2 * n", "3 * n")
    variable = {"name": "dask_scheduler_address", "value": cluster}
    made = distributed.server.api("POST", "/variables/", variable)
    try:
        lines = distributed.lines(distributed.script())
    finally:
        distributed.server.api("DELETE", f"/variables/{made['id']}")
    assert assert_each_line_once(lines, "[3, 6, 9, 12, 15, 18]") == processes, "they lived on"


def test_a_process_that_dies_is_told_and_its_task_begins_again(distributed: Distributed) -> None:
    """What it had not sent yet is gone with it, but for its file."""
    text = (distributed.project.path / FLOW).read_text("utf-8")
    dying = """    if lote == 3 and not Path("murio").exists():
        Path("murio").touch()
        os.kill(os.getpid(), 9)
    return ayuda(lote)"""
    distributed.project.edit(FLOW, "    return ayuda(lote)", dying)
    distributed.project.edit(FLOW, "import os\n", "import os\nfrom pathlib import Path\n")
    try:
        lines = distributed.lines(distributed.script(quiet=False), ends=LOTS)
    finally:
        (distributed.project.path / FLOW).write_text(text, "utf-8")
    assert sum(line.startswith("Terminó de golpe un proceso de Dask") for line in lines) == 1
    assert any(line.startswith("Dobles: ") for line in lines), lines


def test_a_cancelled_run_leaves_no_process_of_dask(distributed: Distributed) -> None:
    here = distributed.project.path / "procesos"
    here.mkdir()
    stuck = """    (Path("procesos") / str(os.getpid())).touch()
    time.sleep(600)
    return ayuda(lote)"""
    distributed.project.edit(FLOW, "    return ayuda(lote)", stuck)
    imports = "import os\nimport time\nfrom pathlib import Path\n"
    distributed.project.edit(FLOW, "import os\n", imports)
    run = distributed.begin("dev")
    wait_until(lambda: len(list(here.iterdir())) == 2, "two processes that are stuck")
    state = {"state": {"type": "CANCELLING"}}
    distributed.server.api("POST", f"/flow_runs/{run}/set_state", state)

    def ended() -> bool:
        state = distributed.server.api("GET", f"/flow_runs/{run}")["state_type"]
        alive = [path.name for path in here.iterdir() if Path("/proc", path.name).exists()]
        return state == "CANCELLED" and not alive

    wait_until(ended, "the run is cancelled, and its processes are gone")
