"""Every combination of kind, source and logger: deployed to prod, scheduled, and run by a real worker.

(`distributed`, whose environment is another, in test_distributed.py.)

All are deployed first, by the interpreter of the one project that has every dependency, while the worker
runs what is there; each test then looks at one. What limits do to runs is in test_watchdog.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import (
    Project,
    copy_template,
    git,
    git_host,
    hours_away,
    local_and_utc,
    wait_until,
    worker,
)
from private_library import give_access, private_project

if TYPE_CHECKING:
    from harness import Generated, GitHost, Result, Server

pytestmark = pytest.mark.real

TOKEN = "github_pat_de_todas"
POOL = "todas-las-combinaciones"
SECRET, VALUE = "clave-de-todas", "valor-de-todas-4711"
COMBINATIONS = list(
    product(
        ("monitoring", "basic", "subflows"), ("local", "github"), ("consulterscommons", "bundled")
    )
)
IDS = ["-".join(combination) for combination in COMBINATIONS]
STUCK = "subflows-github-bundled"
# Neither of two subflows goes on before both are here; with a variable, they stay.
MEET = """\
    if "ATASCADA" in os.environ:
        Path.home().joinpath("atascada.pid").write_text(str(os.getpid()))
        await asyncio.sleep(600)
    here = [Path(__file__).with_name(f"{name}.here") for name in ("ventas", "compras")]
    Path(__file__).with_name(f"{origen}.here").touch()
    async with asyncio.timeout(120):
        while not all(file.exists() for file in here):
            await asyncio.sleep(0.1)\
"""


@dataclass
class Deployed:
    """A project on the server, and its run."""

    project: Project
    result: Result
    deployment: dict[str, Any]
    run: str


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def worker_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker")


@pytest.fixture(scope="module")
def git_server(
    server: Server, host: GitHost, installed: Project, worker_home: Path
) -> Iterator[Server]:
    """The server of all tests, with a worker of our pool that trusts the Git host."""
    server.make_secret("token-de-todas", TOKEN)
    server.make_secret(SECRET, VALUE)
    server = replace(server, env=server.env | host.env())
    at_home = replace(server, env=server.env | {"HOME": str(worker_home)})
    with worker(installed, at_home, POOL, worker_home):
        # With more at once, the server's SQLite was locked for a minute, and a subflow lost its result.
        server.api("PATCH", f"/work_pools/{POOL}", {"concurrency_limit": 1})
        yield server


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
    library: str,
    git_server: Server,
    host: GitHost,
) -> dict[str, Deployed]:
    """Every combination; the first one has all dependencies, and its environment serves the others."""
    everything: dict[str, Deployed] = {}
    python = None
    template = copy_template(tmp_path_factory.mktemp("plantilla"))  # who edits it meanwhile may
    for kind, source, logger in COMBINATIONS:
        slug = f"{kind}-{source}-{logger[:7]}"
        url = host.make_repository(f"electra/{slug}.git", git_server.env)
        generated = generate(
            tmp_path_factory.mktemp(slug),
            template=template,
            uv=source == "github" or python is None,
            server_check="skip",
            project_slug=slug,
            flow_kind=kind,
            source=source,
            prefect_logger=logger,
            secrets=SECRET,
            cron=hours_away(),
            pool_prod=POOL,
            github_repository=url,
            github_secret="token-de-todas",
        )
        assert generated.code == 0, generated.output
        author = private_project(generated.path, library, git_server.env)
        if logger == "consulterscommons" and (python is None or source == "github"):
            if python is not None:  # of the others, only the lock is needed
                author.env = author.env | {"UV_NO_SYNC": "1"}
            give_access(author, library)
        python = python or author.python
        project = Project(author.path, python, author.env)
        if kind == "monitoring":  # the mail has tests of its own
            project.edit("deploy.py", 'RECIPIENTS = ["equipo@example.com"]', "RECIPIENTS = None")
            project.edit(
                "deploy.py", '    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],\n', ""
            )
            for own in ("55 23 * * *", "55 23 * * 0", "*/15 * * * *"):
                project.edit("deploy.py", own, hours_away())
        if kind == "subflows":
            flow = f"src/{slug.replace('-', '_')}.py"
            imports = "import asyncio\nimport os\nfrom pathlib import Path\n"
            project.edit(flow, "import asyncio\n", imports)
            project.edit(flow, "    await asyncio.sleep(3)", MEET)
        if source == "github":
            push(project, host.with_token(url))
        result = project.deploy("--env", "prod")
        assert result.code == 0, result.output
        name = f"{slug}-semanal" if kind == "monitoring" else slug
        deployment = git_server.api("GET", f"/deployments/name/{slug}/{name}-prod")
        path = f"/deployments/{deployment['id']}/create_flow_run"
        run = git_server.api("POST", path, {"state": {"type": "SCHEDULED"}})["id"]
        everything["-".join((kind, source, logger))] = Deployed(project, result, deployment, run)
    return everything


def push(project: Project, address: str) -> None:
    for command in (
        ("add", "--all"),
        ("commit", "--quiet", "--allow-empty", "--message", "Listo"),
        ("push", "--quiet", address, "HEAD:main"),
    ):
        done = git(*command, cwd=project.path, env=project.env)
        assert done.code == 0, done.output


@pytest.mark.parametrize(("kind", "source", "logger"), COMBINATIONS, ids=IDS)
def test_it_is_deployed_scheduled_run_and_logged(
    deployed: dict[str, Deployed],
    git_server: Server,
    worker_home: Path,
    kind: str,
    source: str,
    logger: str,
) -> None:
    one = deployed["-".join((kind, source, logger))]
    # Both reports have the three limits; the rounds and the alerts, `silent` too.
    kept = 14 if kind == "monitoring" else 3
    assert one.result.output.count("    Automatización: ") == kept
    assert f"  bien   Bloque Secret «{SECRET}»: existe." in one.result.lines

    query = {
        "deployments": {"id": {"any_": [one.deployment["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": ["prod"]}},
    }
    times = {
        f"{datetime.fromisoformat(run['expected_start_time']).astimezone(UTC):%H:%M}"
        for run in git_server.api("POST", "/flow_runs/filter", query)
        if run["auto_scheduled"]
    }
    assert times == {in_utc for _, in_utc in local_and_utc(hours_away())}

    def ended() -> str:
        state = git_server.api("GET", f"/flow_runs/{one.run}")["state"]
        return state["name"] if state["type"] in ("COMPLETED", "FAILED", "CRASHED") else ""

    assert wait_until(ended, f"{one.project.path.name} is over", 300) == "Completed"
    messages = logged(git_server, one.run)
    (begun,) = re.findall(r"^Comienza el flujo con (.+), commit .+$", "\n".join(messages), re.M)
    own_python = f"({one.project.python})"
    assert (own_python in begun) == (source == "local"), begun
    assert messages.count(f"Secretos cargados: {SECRET}") == (2 if kind == "subflows" else 1)
    assert VALUE not in "\n".join(messages) + one.result.output
    if (source, logger) != ("github", "consulterscommons"):  # its file is gone with the clone
        file = log_file(one, source, worker_home).read_text("utf-8")
        assert file.count(f"Comienza el flujo con {begun}") == 1 and VALUE not in file


def log_file(one: Deployed, source: str, worker_home: Path) -> Path:
    """Return the file of a run's log: in the project, or of Git's in the worker's home."""
    slug = one.project.path.name
    folder = one.project.path / "src" / "logs"
    if source == "github":
        folder = worker_home / ".prefect" / "logs" / slug
    return folder / f"{slug.replace('-', '_')}.log"


def logged(server: Server, run: str) -> list[str]:
    """Return the lines of a run and of its subflows; they arrive some seconds after its end."""

    def messages() -> list[str]:
        parents = {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}}
        children = [found["id"] for found in server.api("POST", "/flow_runs/filter", parents)]
        query = {"logs": {"flow_run_id": {"any_": [run, *children]}}, "sort": "TIMESTAMP_ASC"}
        lines = [log["message"] for log in server.api("POST", "/logs/filter", query)]
        return lines if "Finished in state Completed" in (lines or [""])[-1] else []

    return wait_until(messages, "the log of a run")


@pytest.mark.parametrize("source", ["local", "github"])
def test_the_subflows_of_a_run_overlap_and_log_each_line_once(
    deployed: dict[str, Deployed], git_server: Server, worker_home: Path, source: str
) -> None:
    """Or else they would not have met; the server's times say the same."""
    one = deployed[f"subflows-{source}-bundled"]
    slug = one.project.path.name

    def run_of(flow: str) -> dict[str, Any]:
        query = {"flows": {"name": {"any_": [flow]}}}
        (run,) = (
            found
            for found in git_server.api("POST", "/flow_runs/filter", query)
            if found["state_type"] == "COMPLETED"
        )
        return run

    runs = [run_of(name) for name in (slug, f"{slug}-ventas", f"{slug}-compras")]
    assert max(run["start_time"] for run in runs) < min(run["end_time"] for run in runs)
    file = log_file(one, source, worker_home).read_text("utf-8")
    lines = re.findall(r"\| ((?:Flow|Task) '.*)", file)
    for line in (
        "Task 'leer_importes' - 3 importes de ventas",
        "Task 'leer_importes' - 2 importes de compras",
        "Task 'sumar_importes' - Sumando 3 importes",
        "Task 'sumar_importes' - Sumando 2 importes",
        f"Flow '{slug}-ventas' - Ventas: 400",
        f"Flow '{slug}-compras' - Compras: 150",
        f"Flow '{slug}' - Saldo: 250",
    ):
        assert lines.count(line) == 1, file
    assert lines.count(f"Task 'leer_importes' - Secretos cargados: {SECRET}") == 2


def test_a_stuck_run_from_git_is_cancelled_with_its_process_and_its_subflows(
    deployed: dict[str, Deployed], git_server: Server, worker_home: Path
) -> None:
    """Between its worker and its process stands `uv run`. What cancels it is in test_watchdog.py."""
    deployment = deployed[STUCK].deployment["id"]
    body = {"state": {"type": "SCHEDULED"}, "job_variables": {"env": {"ATASCADA": "1"}}}
    run = git_server.api("POST", f"/deployments/{deployment}/create_flow_run", body)["id"]
    process = int(wait_until((worker_home / "atascada.pid").read_text, "a stuck run"))
    # By this, the automation for lost runs takes its signs of life for its own.
    related = {
        "prefect.resource.id": f"prefect.deployment.{deployment}",
        "prefect.resource.role": "deployment",
    }
    heartbeat = {
        "event": {"name": ["prefect.flow-run.heartbeat"]},
        "resource": {"id": [f"prefect.flow-run.{run}"]},
    }
    (event, *_) = wait_until(
        lambda: git_server.api("POST", "/events/filter", {"filter": heartbeat})["events"],
        "a sign of life",
    )
    assert any(related.items() <= each.items() for each in event["related"])
    state = {"state": {"type": "CANCELLING"}}
    git_server.api("POST", f"/flow_runs/{run}/set_state", state)
    wait_until(
        lambda: git_server.api("GET", f"/flow_runs/{run}")["state_type"] == "CANCELLED",
        "the stuck run is cancelled",
    )
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    subflows = {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}}
    wait_until(
        lambda: all(
            subflow["state_type"] in ("COMPLETED", "CANCELLED")
            for subflow in git_server.api("POST", "/flow_runs/filter", subflows)
        ),
        "its subflows ended",
    )
