"""Every combination of kind, source and logger: deployed, run by a real worker, and watched.

All are deployed and run first, and each is left with three more runs: one that is stuck, one that
nobody takes, and one whose process is gone. How those end is looked at afterwards, since that takes
two minutes. Stuck runs are played, but for one of each kind: with a process for each, the runs kept
two cores so busy that healthy ones became late.
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
HEARTBEAT = "prefect.flow-run.heartbeat"
POOL = "todas-las-combinaciones"
QUIET = "sin-nadie"  # a work queue of that pool that is paused: nobody takes its runs
COMBINATIONS = list(
    product(
        ("basic", "subflows", "monitoring"), ("local", "github"), ("bundled", "consulterscommons")
    )
)
IDS = ["-".join(combination) for combination in COMBINATIONS]
REALLY_STUCK = {
    "basic-github-bundled", "subflows-local-consulterscommons", "monitoring-github-consulterscommons"
}  # fmt: skip
# The healthy runs need time to begin, and the lost ones are to be found before they run too long.
LIMITS = {
    "running=timedelta(hours=2)": "running=timedelta(seconds=130)",
    "late=timedelta(hours=4)": "late=timedelta(seconds=60)",
    "lost=timedelta(minutes=10)": "lost=timedelta(seconds=90)",
}
# A run with this variable does not end; of the subflows, it is one that does not.
STUCK = '600 if "ATASCADA" in __import__("os").environ else'
STARTED: dict[str, tuple[str, dict[str, str]]] = {}


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
def test_it_is_deployed_with_all_that_goes_with_it_and_its_run_completes(
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
    result = uv(project, "run", "--frozen", "deploy.py", "--run")
    assert result.code == 0, result.output
    assert "Terminó bien (Completed)" in result.output
    assert "  bien   Variable «filas_de_todas»: existe." in result.lines
    names = [f"{slug}-diario", f"{slug}-semanal"] if kind == "monitoring" else [slug]
    assert result.output.count("    Automatización: ") == 3 * len(names)
    one = ("--deployment", names[0]) if kind == "monitoring" else ()
    scheduled = uv(project, "run", "--frozen", "deploy.py", "--schedule", "2030-12-24 08:00", *one)
    assert scheduled.code == 0 and "24/12/2030 08:00" in scheduled.output, scheduled.output
    combination = "-".join((kind, source, logger))
    deployment = git_server.api("GET", f"/deployments/name/{slug}/{names[-1]}-dev")["id"]
    STARTED[combination] = deployment, start(git_server, deployment, combination in REALLY_STUCK)


def start(server: Server, deployment: str, really_stuck: bool) -> dict[str, str]:
    """Start runs that do not end by themselves, and return their ids."""

    def make(state: str, **more: Any) -> str:
        body = {"state": {"type": state}} | more
        return server.api("POST", f"/deployments/{deployment}/create_flow_run", body)["id"]

    def play(run: str) -> str:
        """Let a run have begun that has no process."""
        server.api("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "RUNNING"}})
        return run

    nobody = {"work_queue_name": QUIET}
    runs = {
        "stuck": make("SCHEDULED", job_variables={"env": {"ATASCADA": "1"}})
        if really_stuck
        else play(make("PENDING", **nobody)),
        "late": make("SCHEDULED", **nobody),
        "lost": play(make("PENDING", **nobody)),
    }
    sign_of_life = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": HEARTBEAT,
        "resource": {"prefect.resource.id": f"prefect.flow-run.{runs['lost']}"},
        "related": [related(deployment)],
    }
    server.api("POST", "/events", [sign_of_life])
    return runs


def related(deployment: str) -> dict[str, str]:
    return {
        "prefect.resource.id": f"prefect.deployment.{deployment}",
        "prefect.resource.role": "deployment",
    }


@pytest.mark.parametrize("combination", IDS)
def test_a_stuck_a_late_and_a_lost_run_end_as_they_should(
    git_server: Server, combination: str
) -> None:
    assert combination in STARTED, "it was not deployed"
    deployment, runs = STARTED[combination]
    really_stuck = combination in REALLY_STUCK
    expected = {
        "stuck": "Cancelled" if really_stuck else "Cancelling",  # there is no process to end
        "late": "Cancelled",
        "lost": "Crashed",
    }

    def ended(name: str) -> bool:
        run = git_server.api("GET", f"/flow_runs/{runs[name]}")
        return run["state_name"] == expected[name]

    for name, state in expected.items():
        wait_until(lambda name=name: ended(name), f"{combination}: {name} is {state}", 300)
    if really_stuck:
        # Its signs of life were such that the automation for lost runs takes them for its own.
        heartbeat = events(git_server, HEARTBEAT, runs["stuck"])[0]
        assert any(related(deployment).items() <= each.items() for each in heartbeat["related"])
        # The server leaves no subflow of a cancelled run behind.
        of_it = {"flow_runs": {"parent_flow_run_id": {"any_": [runs["stuck"]]}}}
        wait_until(
            lambda: all(
                subflow["state_type"] in ("COMPLETED", "CANCELLED")
                for subflow in git_server.api("POST", "/flow_runs/filter", of_it)
            ),
            f"{combination}: its subflows ended",
        )


def events(server: Server, name: str, run: str) -> list[dict[str, Any]]:
    wanted = {"event": {"name": [name]}, "resource": {"id": [f"prefect.flow-run.{run}"]}}
    return server.api("POST", "/events/filter", {"filter": wanted})["events"]
