"""What `deploy.py` may declare: a wrong value is refused with its name and the rule."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import Any

import pytest

import electra_flow
from electra_flow import Cron, Deployment, Environment, LocalFolder, Project
from electra_flow.model.unset import UNSET

VALID: dict[str, Any] = {"entrypoint": "src/a.py:a", "name": "a", "description": "Hace algo"}
SOURCE = LocalFolder(__file__)
FILTERS = {"RemoveSpecificLogs", "RemoveUnicodeErrorLogs"}  # they take what logging gives them


def project(**fields: Any) -> Project:
    environments = {"dev": Environment(pool="pool-dev", source=SOURCE)}
    return Project(**{"timezone": "America/Montevideo", "environments": environments} | fields)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", 7, "name tiene que ser un texto, y es 7"),
        ("name", " ", "name está en blanco"),
        ("entrypoint", "src/a.py", "como «src/archivo.py:funcion», y es «src/a.py»"),
        ("entrypoint", "src.a:a", "como «src/archivo.py:funcion», y es «src.a:a»"),
        ("schedules", Cron("0 8 * * *"), "schedules tiene que ser una lista"),
        ("parameters", None, "parameters tiene que ser un diccionario, y es None"),
        ("parameters", {1: 2}, "parameters tiene que llevar textos como claves, y lleva 1"),
        ("tags", "ventas", "tags tiene que ser una lista, y es 'ventas'"),
        ("tags", [1], "tags tiene que llevar textos, y lleva 1"),
        ("concurrency_limit", 0, "concurrency_limit tiene que ser 1 o más, y es 0"),
        ("concurrency_limit", True, "concurrency_limit tiene que ser un número entero o None"),
        ("paused", "no", "paused tiene que ser True o False, y es 'no'"),
        ("deploy_options", {"cron": "0 8 * * *"}, r"schedules=\[Cron"),
        ("deploy_options", {"work_pool_name": "x"}, r"Environment\(pool=…\)"),
        ("deploy_options", {"tags": []}, r"va en Deployment\(tags=…\)"),
    ],
)
def test_a_deployment_refuses_what_cannot_be(field: str, value: Any, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        Deployment(**VALID | {field: value})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"timezone": None}, "timezone tiene que ser un texto, y es None"),
        ({"environments": {}}, "environments no tiene ningún entorno"),
        ({"environments": []}, r"environments tiene que ser un diccionario, y es \[\]"),
        ({"environments": {"dev": "pool-dev"}}, r"«dev» tiene que ser Environment\(…\)"),
        ({"secrets": "clave-sql"}, "secrets tiene que ser una lista, y es 'clave-sql'"),
        ({"env": "x"}, "env tiene que ser un diccionario"),
    ],
)
def test_a_project_refuses_what_cannot_be(fields: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        project(**fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pool": None}, "pool tiene que ser un texto, y es None"),
        ({"source": "."}, r"LocalFolder\(__file__\) o GitSource\(__file__, …\), y es '.'"),
        ({"schedules_active": 1}, "schedules_active tiene que ser True o False"),
    ],
)
def test_an_environment_refuses_what_cannot_be(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Environment(**{"pool": "pool-dev", "source": SOURCE} | fields)


def test_an_environment_has_a_pool_and_a_source() -> None:
    with pytest.raises(TypeError, match="pool"):
        Environment(source=SOURCE)  # type: ignore[call-arg]


def test_what_is_not_declared_is_not_none() -> None:
    deployment = Deployment(**VALID)
    assert deployment.concurrency_limit is UNSET and not UNSET
    assert Deployment(**VALID, concurrency_limit=None).concurrency_limit is None


def test_a_method_of_a_class_can_be_a_flow() -> None:
    assert Deployment(**VALID | {"entrypoint": "src/a.py:Ventas.cierre"})


def test_the_names_of_deploy_py_come_without_prefect() -> None:
    program = (
        "import sys\n"
        "from electra_flow import Cron, Deployment, Environment, GitSource, Interval, LocalFolder\n"
        "from electra_flow import Prepared, Project, RRule, Watchdog, main\n"
        "assert 'prefect' not in sys.modules, 'deploy.py waits for Prefect before it has begun'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.real
def test_what_a_flow_imports_brings_nothing_that_deploys() -> None:
    program = (
        "import sys\n"
        "from electra_flow import PrefectLogger, run_info\n"
        "ours = [name for name in sys.modules if name.startswith('electra_flow.')]\n"
        "rooms = {name.split('.')[1] for name in ours}\n"
        "assert rooms == {'logger'}, rooms\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", sorted(set(electra_flow.__all__) - FILTERS))
def test_an_editor_shows_what_each_field_is(name: str) -> None:
    """While a call is written: the line of its class, or of its `__init__`, that begins with the name.

    pyright shows the first line alone beside a field, so it says something by itself.
    """
    public = getattr(electra_flow, name)
    own = (public.__doc__, public.__init__.__doc__ if isinstance(public, type) else "")
    lines = [line.strip() for doc in own if doc for line in doc.splitlines()]
    for field in inspect.signature(public).parameters:
        (said,) = (line for line in lines if line.startswith(f"{field}: "))
        assert re.search(r"[.,;:]$", said), said
