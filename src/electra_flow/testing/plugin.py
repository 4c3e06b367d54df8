"""The pytest plugin of the projects: their fixtures, and the settings that all of them share.

pytest loads it in each of its runs, so it imports nothing heavy, and does nothing where the root
folder has no deploy.py.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from prefect.blocks.system import Secret

    from electra_flow.checks.flow_import import FlowImport

pytest.register_assert_rewrite("electra_flow.testing.project")  # where it is no installed wheel

STAND_IN = pytest.StashKey[Path]()  # the folder with what stands in for consulterscommons
IMPORT = pytest.StashKey["FlowImport"]()


def pytest_configure(config: pytest.Config) -> None:
    """Register what a project's pyproject.toml would have to say, and find its stand-in."""
    if not (config.rootpath / "deploy.py").is_file():
        return
    config.addinivalue_line(
        "markers", "integration: arranca un servidor de Prefect (unos segundos más)"
    )
    # First, so that what a project says of its own comes after and wins.
    config.getini("filterwarnings").insert(0, "ignore::DeprecationWarning")
    tests = config.rootpath / "tests"
    if (tests / "consulterscommons.py").is_file() and not _installed("consulterscommons"):
        sys.path.append(str(tests))
        config.stash[STAND_IN] = tests


def pytest_collection(session: pytest.Session) -> None:
    """Begin to import the flows in a clean interpreter, which takes as long as all other tests.

    Only where the whole project is tested: who names a file or a test does not wait for it.
    """
    config = session.config
    whole = config.args_source is not pytest.Config.ArgsSource.ARGS
    chosen = config.option.keyword or config.option.markexpr not in ("", "not integration")
    tests = config.rootpath / "tests" / "test_project.py"
    if whole and not chosen and not config.option.collectonly and tests.is_file():
        with suppress(Exception):  # what is wrong with deploy.py is told by its tests
            begin_import(config, config.rootpath)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the interpreter of the flows, should a run end before it."""
    if IMPORT in config.stash:
        config.stash[IMPORT].close()


def begin_import(config: pytest.Config, folder: Path) -> FlowImport:
    """Return the import of a project's flows, which begins with the first call."""
    if IMPORT not in config.stash:
        from electra_flow.checks.flow_import import FlowImport

        project = importlib.import_module("deploy").PROJECT
        env = {**project.env, **next(iter(project.environments.values())).env}
        if STAND_IN in config.stash:
            env["PYTHONPATH"] = str(config.stash[STAND_IN])
        config.stash[IMPORT] = FlowImport(folder / "deploy.py", folder, env)
    return config.stash[IMPORT]


@pytest.fixture
def sin_prefect(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Permite llamar a las tareas y al flujo con `.fn()`, como funciones comunes.

    Cada secreto que declara deploy.py vale «valor de» y su nombre.
    """
    from prefect.blocks.system import Secret
    from prefect.logging import disable_run_logger

    async def aload(name: str, **_options: Any) -> Secret[Any]:
        return _secret(name)

    def load(name: str, **_options: Any) -> Any:
        # As in Prefect, what it gives in an async function has to be awaited.
        caller = sys._getframe(1).f_code
        return aload(name) if caller.co_flags & inspect.CO_COROUTINE else _secret(name)

    monkeypatch.setattr(Secret, "load", load)
    monkeypatch.setattr(Secret, "aload", aload)
    if "consulterscommons.log_tools" in sys.modules:  # it may know nothing of disabled loggers
        logger = logging.getLogger("pruebas")
        monkeypatch.setattr(
            "consulterscommons.log_tools.PrefectLogger.obtener_logger_prefect", lambda self: logger
        )
    with disable_run_logger():
        yield


@pytest.fixture(scope="session")
def servidor() -> Iterator[None]:
    """Un servidor de Prefect temporal, con los secretos del proyecto."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=None):  # that of prefect.toml
        for name in _declared_secrets():
            _secret(name).save(name)
        yield


def _secret(name: str) -> Secret[Any]:
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    if name not in _declared_secrets():
        raise ValueError(f"El secreto «{name}» no está en secrets de PROJECT, en deploy.py.")
    return Secret(value=SecretStr(f"valor de {name}"))


def _declared_secrets() -> list[str]:
    return list(importlib.import_module("deploy").PROJECT.secrets)


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
