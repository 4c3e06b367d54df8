"""What the tests share: a user's environment, generating, one installed project, one server."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from harness import (
    ROOT,
    SYSTEM_PATH,
    TOOLS,
    UV,
    Generated,
    Project,
    Server,
    installed_for,
    prefect_server,
    run,
    user_environment,
    wait_until,
    worker,
)
from private_library import make_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


# A shell ignores Ctrl-C for what it starts in the background, and that is inherited: by `dev`, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is slow, and no example is too slow because of that; with `run.py tests`, there are
# many more of them.
settings.register_profile(
    "busy",
    max_examples=int(os.environ.get("ANSWERS", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("busy")


# A tenth of what importing Prefect takes is looking for garbage, of which there is none.
RARELY = (50_000, 20, 20)
gc.set_threshold(*RARELY)


# Fixtures that generate a project, install one, start a server, import flows with another Python, or
# make a repository, which takes Git a dozen times.
REAL = {
    "generate",
    "installed",
    "installed_distributed",
    "server",
    "host",
    "imported",
    "old_deploy",
    "clone",
}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Test in two processes, but what is named in this one: it begins two seconds earlier."""
    return 0 if config.invocation_params.args and config.args_source.name == "ARGS" else 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what has one of those fixtures as `real`."""
    for item in items:
        if not REAL.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("real")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return user_environment(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def generate(environment: dict[str, str]) -> Callable[..., Generated]:
    """Return a function that runs `cookiecutter` as a user does, without uv unless asked."""

    def generate(
        folder: Path,
        *,
        template: Path = ROOT,
        uv: bool = False,
        env: dict[str, str] | None = None,
        **answers: str,
    ) -> Generated:
        variables = environment | (env or {})
        if uv:
            variables["PATH"] = f"{TOOLS}{os.pathsep}{variables['PATH']}"
        command = [TOOLS / "cookiecutter", "--no-input", template, "--output-dir", folder]
        arguments = [f"{question}={answer}" for question, answer in answers.items()]
        result = run(*command, *arguments, cwd=folder, env=variables)
        slug = answers.get("project_slug", "mi-flujo")
        return Generated(result.code, result.output, folder / slug)

    return generate


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy found in Prefect, for all who ask it: most of its processor time."""
    above = tmp_path_factory.getbasetemp()
    return (above.parent if "PYTEST_XDIST_WORKER" in os.environ else above) / "mypy"


@pytest.fixture(scope="session")
def installed(install: Callable[..., Project]) -> Project:
    """The default project, installed with uv; its environment serves the other projects."""
    return install()


@pytest.fixture(scope="session")
def installed_monitoring(install: Callable[..., Project]) -> Project:
    """The same for `flow_kind=monitoring`, which has a dependency more."""
    return install(flow_kind="monitoring")


@pytest.fixture(scope="session")
def installed_distributed(install: Callable[..., Project]) -> Project:
    """The same for `flow_kind=distributed`, which has Dask."""
    return install(flow_kind="distributed")


@pytest.fixture(scope="session")
def install(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
    environment: dict[str, str],
) -> Callable[..., Project]:
    """Return a function that generates a project and installs what its lock says.

    Of pytest-xdist's processes, the first one does, and the others wait for it: a new environment
    costs ten seconds of processor time, most of them for compiling what is imported.
    """

    def install(**answers: str) -> Project:
        above = tmp_path_factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            above = above.parent
        folder = above / "-".join(["installed", *answers.values()])
        path, done = folder / "mi-flujo", folder / "done"
        env = environment | {"PATH": f"{TOOLS}{os.pathsep}{SYSTEM_PATH}"}
        try:
            folder.mkdir()
        except FileExistsError:
            wait_until(done.exists, f"{folder} is installed", 600)
        else:
            generated = generate(folder, uv=True, **answers)
            assert generated.code == 0, generated.output
            synced = run(UV, "sync", "--frozen", "--quiet", cwd=path, env=env)
            assert synced.code == 0, synced.output
            (packages,) = (path / ".venv" / "lib").glob("python*/site-packages")
            (packages / "rarely.pth").write_text(
                f"import gc; gc.set_threshold(*{RARELY})\n", "utf-8"
            )
            done.touch()
        binaries = path / ".venv" / "bin"
        env = environment | {"PATH": f"{binaries}{os.pathsep}{env['PATH']}"}
        return Project(path, binaries / "python", env)

    return install


@pytest.fixture
def project(
    tmp_path: Path, generate: Callable[..., Generated], request: pytest.FixtureRequest
) -> Callable[..., Project]:
    """Return a function that generates a project for one test."""

    def project(**answers: str) -> Project:
        generated = generate(tmp_path, server_check="skip", **answers)
        assert generated.code == 0, generated.output
        installed = request.getfixturevalue(installed_for(answers.get("flow_kind", "basic")))
        return Project(generated.path, installed.python, installed.env)

    return project


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, installed: Project) -> Iterator[Server]:
    """One Prefect server for all tests; each uses names of its own on it."""
    with prefect_server(installed, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def worker_log(
    server: Server, installed: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """What a worker shows in its terminal; its pool is `pool-con-worker`, its folder its own."""
    folder = tmp_path_factory.mktemp("worker")
    with worker(installed, server, "pool-con-worker", folder):
        yield folder / "worker.log"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> str:
    """The address of a Git repository with the played private library."""
    return make_library(tmp_path_factory.mktemp("biblioteca"), environment)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many arbitrary answers were tried (answers/test_arbitrary.py)."""
    for name, module in list(sys.modules.items()):
        counts = getattr(module, "COUNTS", {}) if name.endswith("test_arbitrary") else {}
        if not any(counts.values()):
            continue
        terminalreporter.write_line(
            f"arbitrary answers: {sum(counts.values())} "
            f"({counts['generated']} generated, {counts['refused']} refused)"
        )
