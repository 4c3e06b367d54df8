"""Every combination of kind, source and logger: deployed, run by a real worker, and watched.

All are deployed first, each with four runs: a healthy one, one that is stuck, one that nobody
takes, and one whose process is gone. How they end is looked at afterwards, since the last of them
takes almost two minutes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from harness import git, git_host, wait_until, worker
from private_library import give_access, private_project, uv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, GitHost, Project, Server

pytestmark = pytest.mark.real

TOKEN = "github_pat_de_todas"
POOL = "todas-las-combinaciones"
QUIET = "sin-nadie"  # a work queue of that pool that is paused: nobody takes its runs
COMBINATIONS = list(
    product(
        ("basic", "subflows", "monitoring"), ("local", "github"), ("bundled", "consulterscommons")
    )
)
IDS = ["-".join(combination) for combination in COMBINATIONS]
# The healthy runs need time to begin, and the lost ones are to be found before they run too long.
LIMITS = {
    "running=timedelta(hours=2)": "running=timedelta(seconds=100)",
    "late=timedelta(hours=4)": "late=timedelta(seconds=60)",
    "lost=timedelta(minutes=10)": "lost=timedelta(seconds=90)",
}
# A run with this variable does not end; of the subflows, it is one that does not.
STUCK = '600 if "ATASCADA" in __import__("os").environ else'
STARTED: dict[str, tuple[Project, dict[str, str]]] = {}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def git_server(
    server: Server, host: GitHost, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server of all tests, with a worker of our pool that trusts the Git host."""
    server.make_secret("token-de-todas", TOKEN)
    server.api("POST", "/variables/", {"name": "filas_de_todas", "value": 500})
    server = replace(server, env=server.env | host.env())
    with worker(installed, server, POOL, tmp_path_factory.mktemp("worker")):
        server.api("POST", f"/work_pools/{POOL}/queues", {"name": QUIET, "is_paused": True})
        yield server


def edit(project: Project, kind: str) -> None:
    """Make the limits short, and a run get stuck when it is told to."""
    for limit, short in LIMITS.items():
        project.edit("deploy.py", limit, short)
    project.edit("deploy.py", "variables=[]", 'variables=["filas_de_todas"]')
    if kind == "monitoring":  # the mail has tests of its own
        project.edit("deploy.py", 'RECIPIENTS = ["equipo@example.com"]', "RECIPIENTS = None")
        project.edit("deploy.py", '    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],\n', "")
    module = f"src/{project.path.name.replace('-', '_')}.py"
    if kind == "subflows":
        project.edit(module, "asyncio.sleep(3)", f"asyncio.sleep({STUCK} 3)")
    else:
        line = '    logger.info("Comienza el flujo con %s", run_info())\n'
        project.edit(module, line, f'{line}    __import__("time").sleep({STUCK} 0)\n')


def push(project: Project, address: str) -> None:
    for command in (
        ("add", "--all"),
        ("commit", "--quiet", "--allow-empty", "--message", "Listo"),
        ("push", "--quiet", address, "HEAD:main"),
    ):
        done = git(*command, cwd=project.path, env=project.env)
        assert done.code == 0, done.output


@pytest.mark.parametrize(("kind", "source", "logger"), COMBINATIONS, ids=IDS)
def test_it_is_deployed_with_all_that_goes_with_it(
    tmp_path: Path,
    generate: Callable[..., Generated],
    library: str,
    git_server: Server,
    host: GitHost,
    kind: str,
    source: str,
    logger: str,
) -> None:
    slug = f"{kind}-{source}-{logger[:7]}"
    url = host.make_repository(f"electra/{slug}.git", git_server.env)
    generated = generate(
        tmp_path,
        uv=True,
        server_check="skip",
        project_slug=slug,
        flow_kind=kind,
        source=source,
        prefect_logger=logger,
        pool_dev=POOL,
        github_repository=url,
        github_secret="token-de-todas",
    )
    assert generated.code == 0, generated.output
    project = private_project(generated.path, library, git_server.env)
    if logger == "consulterscommons":
        give_access(project)
    edit(project, kind)
    if source == "github":
        push(project, host.with_token(url))
    result = uv(project, "run", "--frozen", "deploy.py")
    assert result.code == 0, result.output
    assert "  bien   Variable «filas_de_todas»: existe." in result.lines
    names = [f"{slug}-diario", f"{slug}-semanal"] if kind == "monitoring" else [slug]
    assert result.output.count("    Automatización: ") == 3 * len(names)
    STARTED["-".join((kind, source, logger))] = project, start(git_server, slug, names[-1])


def start(server: Server, flow: str, deployment: str) -> dict[str, str]:
    """Start the four runs, and return their ids."""
    deployment_id = server.api("GET", f"/deployments/name/{flow}/{deployment}-dev")["id"]
    scheduled = {"state": {"type": "SCHEDULED"}}
    runs = {
        "healthy": scheduled,
        "stuck": scheduled | {"job_variables": {"env": {"ATASCADA": "1"}}},
        "late": scheduled | {"work_queue_name": QUIET},
        "lost": {"state": {"type": "PENDING"}, "work_queue_name": QUIET},
    }
    path = f"/deployments/{deployment_id}/create_flow_run"
    ids = {name: server.api("POST", path, body)["id"] for name, body in runs.items()}
    # The lost one has begun, has given one sign of life, and has no process.
    server.api("POST", f"/flow_runs/{ids['lost']}/set_state", {"state": {"type": "RUNNING"}})
    sign = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{ids['lost']}"},
        "related": [related_deployment(deployment_id)],
    }
    server.api("POST", "/events", [sign])
    return ids | {"deployment": deployment_id}


def related_deployment(deployment_id: str) -> dict[str, str]:
    return {
        "prefect.resource.id": f"prefect.deployment.{deployment_id}",
        "prefect.resource.role": "deployment",
    }


@pytest.mark.parametrize("combination", IDS)
def test_its_runs_end_as_they_should_and_dates_can_be_given(
    git_server: Server, combination: str
) -> None:
    if combination not in STARTED:
        pytest.skip("it was not deployed")
    project, runs = STARTED[combination]
    one = ("--deployment", f"{project.path.name}-diario") if "monitoring" in combination else ()
    scheduled = uv(project, "run", "--frozen", "deploy.py", "--schedule", "2030-12-24 08:00", *one)
    assert scheduled.code == 0 and "24/12/2030 08:00" in scheduled.output, scheduled.output

    def ended(name: str) -> dict[str, Any] | None:
        run = git_server.api("GET", f"/flow_runs/{runs[name]}")
        final = run["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        return run["state"] if final else None

    states = {
        name: wait_until(lambda name=name: ended(name), f"{combination}: {name} ended", 150)
        for name in ("healthy", "stuck", "late", "lost")
    }
    assert {name: state["name"] for name, state in states.items()} == {
        "healthy": "Completed",
        "stuck": "Cancelled",
        "late": "Cancelled",
        "lost": "Crashed",
    }
    # A real run gives signs of life that the automation for lost ones takes for its own.
    of_it = {"event": {"name": ["prefect.flow-run.heartbeat"]}}
    of_it |= {"resource": {"id": [f"prefect.flow-run.{runs['stuck']}"]}}
    heartbeat = git_server.api("POST", "/events/filter", {"filter": of_it})["events"][0]
    expected = related_deployment(runs["deployment"]).items()
    assert any(expected <= related.items() for related in heartbeat["related"])
    # The server leaves no subflow of a cancelled run behind.
    of_it = {"flow_runs": {"parent_flow_run_id": {"any_": [runs["stuck"]]}}}
    wait_until(
        lambda: all(
            subflow["state_type"] in ("COMPLETED", "CANCELLED")
            for subflow in git_server.api("POST", "/flow_runs/filter", of_it)
        ),
        f"{combination}: its subflows ended",
    )
