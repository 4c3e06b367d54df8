"""`prefect_logger=consulterscommons`: without access to the private library, and with it.

The library is played: a package in a Git repository of this machine, with the interface that
flows rely on and a file of its own. Without access is an address at which nobody listens. A run from
a repository, which installs it, is in test_every_combination.py.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.command.docs import PAGES
from harness import Project, wait_until, worker
from private_library import give_access, private_project, uv

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated, Server

NOWHERE = "https://localhost:1/x.git"


@pytest.fixture
def author(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> Callable[..., Project]:
    """Return a function that generates a project whose library is at an address."""

    def author(address: str, **answers: str) -> Project:
        answers |= {"prefect_logger": "consulterscommons"}
        generated = generate(tmp_path, server_check="skip", **answers)
        assert generated.code == 0, generated.output
        return private_project(generated.path, address, environment)

    return author


def test_the_flow_s_file_differs_in_its_import_alone(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    flows = []
    for answer in ("bundled", "consulterscommons"):
        folder = tmp_path / answer
        folder.mkdir()
        generated = generate(folder, prefect_logger=answer, server_check="skip")
        flows.append((generated.path / "src" / "mi_flujo.py").read_text("utf-8").splitlines())
    only = [set(flows[0]) - set(flows[1]), set(flows[1]) - set(flows[0])]
    assert only == [
        {"from electra_flow import PrefectLogger, run_info"},
        {
            "from consulterscommons.log_tools import PrefectLogger",
            "from electra_flow import run_info",
        },
    ]


@pytest.mark.real
def test_without_access_all_but_the_flow_works(
    author: Callable[..., Project], server: Server
) -> None:
    """What stands in for it in the tests has some in test_generated_project.py."""
    server.make_pool("sin-acceso")
    project = author(NOWHERE, source="github", pool_dev="sin-acceso")
    for command in (("lock",), ("lock", "--check"), ("sync", "--locked")):
        result = uv(project, *command)
        assert result.code == 0, result.output
    tested = uv(project, "run", "pytest", "-q")
    assert tested.code == 0 and re.search(r"\d\d passed", tested.output), tested.output
    checked = uv(project, "run", "deploy.py", "--check", PREFECT_API_URL=server.url)
    assert checked.code == 1 and "Traceback" not in checked.output
    (line,) = (line for line in checked.lines if "consulterscommons" in line)
    assert line.startswith("  error  Falta la biblioteca consulterscommons, que src/mi_flujo.py")
    assert line.endswith("Se arregla con: uv run electra-flow docs logs")
    assert "work pool «sin-acceso»" in checked.output, "the rest is checked all the same"


@pytest.mark.real
def test_with_access_it_is_locked_to_a_commit_and_a_deployed_run_logs_through_it(
    author: Callable[..., Project],
    library: str,
    server: Server,
    installed: Project,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = author(library, pool_dev="con-acceso")
    give_access(project, library)
    assert re.search(
        rf"git = .*{re.escape(library)}.*#[0-9a-f]{{40}}|{re.escape(library)}#[0-9a-f]{{40}}",
        (project.path / "uv.lock").read_text("utf-8"),
    )
    assert "site-packages" in project.run("-c", "import consulterscommons as c; print(c)").output
    tested = uv(project, "run", "pytest", "-q")
    assert tested.code == 0, tested.output
    flow = "src/mi_flujo.py"
    project.edit(
        flow,
        "    largo = ",
        '    logger.info("esto es ruido")\n'
        '    logging.getLogger("mi_libreria.ventas").info("de una biblioteca")\n    largo = ',
    )
    project.edit(flow, "from consulters", "import logging\n\nfrom consulters")
    project.edit(
        "logging.yml",
        "loggers:\n  prefect:",
        "loggers:\n  mi_libreria: {level: INFO, handlers: [api]}\n  prefect:",
    )
    project.env = project.env | server.env | {"PATH": project.env["PATH"]}
    by_hand = uv(project, "run", flow)
    assert by_hand.code == 0 and "¡Hola, mundo!" in by_hand.output, by_hand.output
    assert "ruido" not in by_hand.output and by_hand.output.count("de una biblioteca") == 1

    folder = tmp_path_factory.mktemp("worker")
    with worker(installed, server, "con-acceso", folder):
        result = uv(project, "run", "deploy.py", "--run")
        assert result.code == 0 and "Terminó bien" in result.output, result.output
        file = (project.path / "src" / "logs" / "mi_flujo.log").read_text("utf-8")
        assert file.count("¡Hola, mundo!") == 2, "by hand and by the worker"
        assert file.count("ruido") == 2, "the filters stand before the UI and the terminal"
        runs = server.api(
            "POST", "/flow_runs/filter", {"work_pools": {"name": {"any_": ["con-acceso"]}}}
        )
        run_id = next(run["id"] for run in runs if run["state_type"] == "COMPLETED")
        query = {"logs": {"flow_run_id": {"any_": [run_id]}}}

        def messages() -> list[str]:  # the run sends its last lines after it has completed
            found = [log["message"] for log in server.api("POST", "/logs/filter", query)]
            return found if any("El saludo tiene" in message for message in found) else []

        found = wait_until(messages, "the log of the run")
    assert found.count("¡Hola, mundo!") == found.count("de una biblioteca") == 1
    assert "esto es ruido" not in found
    assert "ruido" not in (folder / "worker.log").read_text("utf-8")


@pytest.mark.real
@pytest.mark.parametrize("source", ["local", "github"])
def test_who_has_no_access_can_still_work_in_a_project_that_has_the_library(
    author: Callable[..., Project], library: str, tmp_path: Path, source: str
) -> None:
    """As the page says: one variable, or one command and a variable."""
    project = author(library, source=source)
    give_access(project, library)
    page = (PAGES / "logs.md").read_text("utf-8")
    own = {"local": "UV_NO_GROUP=consulterscommons", "github": "UV_NO_SYNC=1"}[source]
    command = "uv sync --no-install-package consulterscommons"
    assert f"`{own}`" in page and f"`{command}`" in page
    once = ("sync",) if source == "local" else command.split()[1:]
    variable = dict([own.split("=")])

    gone = Path(library.removeprefix("file://"))
    hidden = gone.rename(gone.with_name("sin-acceso"))
    try:
        cache = {"UV_CACHE_DIR": str(copy_of_cache_without(project, tmp_path))}
        shutil.rmtree(project.path / ".venv")
        assert uv(project, "sync", **cache).code != 0, "it is needed by default"
        synced = uv(project, *once, **cache, **(variable if source == "local" else {}))
        assert synced.code == 0, synced.output
        tested = uv(project, "run", "pytest", "-q", "tests/test_flow.py", **cache, **variable)
        assert tested.code == 0, tested.output
    finally:
        hidden.rename(gone)


def copy_of_cache_without(project: Project, folder: Path) -> Path:
    """Return a cache of uv as of somebody who never had the library."""
    cache = Path(project.env["UV_CACHE_DIR"])
    copy = folder / "cache"
    copy.mkdir()
    for place in cache.iterdir():
        if not place.name.startswith("git-") and not place.name.startswith("sdists-"):
            (copy / place.name).symlink_to(place)
    return copy
