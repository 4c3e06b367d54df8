"""The tests that hold for every project: a right one passes, and each mistake is told by its test.

They run as a project's author runs them, in a pytest of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.real  # each of them imports Prefect, in a pytest of its own

PYPROJECT = """
[project]
name = "mi-flujo"
dependencies = ["prefect", "electra-flow"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = [".", "src"]
addopts = "--import-mode=importlib --strict-markers -m 'not integration'"
"""
DEPLOY = """
import sys

from electra_flow import Cron, Deployment, Environment, LocalFolder, Prepared, Project, main

PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={
        "dev": Environment(pool="pool-dev", source=LocalFolder(__file__)),
        "prod": Environment(pool="pool-prod", source=LocalFolder(__file__)),
    },
    secrets=["clave-sql"],
    variables=["sucursal"],
)


def deployments() -> list[Deployment]:
    return [
        Deployment(
            entrypoint="src/ventas.py:ventas",
            name="ventas",
            description="Las ventas",
            schedules=[Cron("0 8 * * *")],
            parameters={"dia": "lunes"},
            tags=["ventas"],
        ),
        Deployment(
            entrypoint="compras/flujo.py:compras",
            name="compras",
            description="Las compras",
            schedules=[],
            tags=["compras"],
        ),
    ]


def publish(prepared: Prepared) -> None:
    from prefect import flow

    flow.from_source(prepared.source, prepared.entrypoint).deploy(**prepared.options)


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
"""
FLOW = """
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.variables import Variable

logger_global = PrefectLogger(__file__)


@task
def leer(dia: str) -> str:
    logger = logger_global.obtener_logger_prefect()
    logger.info("Leyendo %s", dia)
    return Secret.load("clave-sql").get()


@task
async def leer_a_la_vez() -> list[str]:
    una = await Secret.load("clave-sql")
    return [una.get(), (await Secret.aload("clave-sql")).get()]


@task
def sin_declarar() -> str:
    nombre = "otra-clave"
    return Secret.load(nombre).get()


@flow
def ventas(dia: str) -> str:
    sucursal = Variable[str].get("sucursal") if dia == "nunca" else ""
    return leer(dia) + sucursal
"""
OTHER_FLOW = """
import ayuda
from prefect import flow


@flow
def compras() -> int:
    return ayuda.UNO
"""
TESTS = """
import asyncio

import pytest
import ventas


def test_los_secretos_tienen_un_valor(sin_prefect):
    assert ventas.leer.fn("lunes") == "valor de clave-sql"
    assert asyncio.run(ventas.leer_a_la_vez.fn()) == ["valor de clave-sql"] * 2
    with pytest.raises(ValueError, match="«otra-clave» no está en secrets de PROJECT"):
        ventas.sin_declarar.fn()


@pytest.mark.integration
def test_con_servidor(servidor):
    assert ventas.ventas("lunes") == "valor de clave-sql"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "pyproject.toml": PYPROJECT,
        "deploy.py": DEPLOY,
        "src/ventas.py": FLOW,
        "compras/flujo.py": OTHER_FLOW,
        "compras/ayuda.py": "UNO = 1\n",
        "tests/test_ventas.py": TESTS,
        "tests/test_project.py": "from electra_flow.testing.project import *\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def run_tests(project: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=project,
        env={
            **os.environ,
            "PREFECT_HOME": str(project / ".prefect"),
            "PREFECT_API_URL": "http://127.0.0.1:9/api",  # no temporary server
        },
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_right_project_passes_two_flows_in_two_folders_too(project: Path) -> None:
    code, output = run_tests(project, "-W", "error::pytest.PytestUnknownMarkWarning")
    assert code == 0 and re.search(r"[78] passed, [12] deselected", output), output


def test_each_mistake_is_told_by_the_test_of_its_rule(project: Path) -> None:
    deploy = (project / "deploy.py").read_text("utf-8")
    for old, new in (
        ('"America/Argentina/Buenos_Aires"', '"America/Buenos_Aires"'),
        ('pool="pool-prod"', 'pool="pool-dev"'),
        ('tags=["compras"]', "tags=[]"),
        ('secrets=["clave-sql"]', "secrets=[]"),
        ('variables=["sucursal"]', "variables=[]"),
    ):
        assert old in deploy
        deploy = deploy.replace(old, new, 1)
    (project / "deploy.py").write_text(deploy, "utf-8")
    (project / "compras" / "ayuda.py").write_text(
        "from prefect.variables import Variable\n\ntry:\n    UNO = Variable.get('uno')\n"
        "except Exception:\n    UNO = 1\n",
        "utf-8",
    )
    flow = f"import httpx\n{FLOW}\nprint('hola')\n"
    (project / "src" / "ventas.py").write_text(flow, "utf-8")
    code, output = run_tests(project)
    assert code == 1
    for expected in (
        "«America/Buenos_Aires»",
        "dev y prod usan el mismo work pool, «pool-dev»",
        "compras: le faltan etiquetas (tags)",
        "assert {'clave-sql'} == set()",
        "faltan en variables, en deploy.py",
        "compras/flujo.py carga algo al importarse, aunque el error no se vio",
        "src/ventas.py:1: «httpx» no está en las dependencias",
        ": T201 logger  print no llega al log",
    ):
        assert expected in output, output


@pytest.mark.skipif(find_spec("consulterscommons") is not None, reason="it is installed")
def test_what_stands_in_for_consulterscommons_is_found(project: Path) -> None:
    flow = (project / "src" / "ventas.py").read_text("utf-8")
    flow = flow.replace("from electra_flow import", "from consulterscommons.log_tools import")
    (project / "src" / "ventas.py").write_text(flow, "utf-8")
    (project / "tests" / "consulterscommons.py").write_text(
        "import sys\nlog_tools = sys.modules['consulterscommons.log_tools'] = sys.modules[__name__]\n"
        "class PrefectLogger:\n    def __init__(self, path):\n        pass\n"
        "    def obtener_logger_prefect(self):\n        raise ValueError('fuera de una ejecución')\n",
        "utf-8",
    )
    code, output = run_tests(project)
    assert code == 0, output


def test_a_folder_without_deploy_py_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(request):\n    import sys\n"
    "    assert 'prefect' not in sys.modules and 'deploy' not in sys.modules\n"
    "    assert not any('integration' in line for line in request.config.getini('markers'))\n",
    "utf-8")  # fmt: skip
    code, output = run_tests(tmp_path)
    assert code == 0, output


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            'from prefect.blocks.system import Secret\n\nUNO = Secret.load("uno")\n',
            "compras/ayuda.py:3: Un secreto, un bloque o una variable se carga al importar",
        ),
        ('UNO = open("uno.txt")\n', "compras/ayuda.py:1: [Errno 2]"),
        ("UNO = 1 / 0\n", "compras/ayuda.py:1: ZeroDivisionError: division by zero"),
    ],
)
def test_what_happens_at_import_is_told_in_a_line(project: Path, code: str, told: str) -> None:
    (project / "compras" / "ayuda.py").write_text(code, "utf-8")
    (project / "uno.txt").touch()  # here it would be found
    name = "tests/test_project.py::test_al_importar_no_se_carga_nada_de_prefect"
    failed, output = run_tests(project, name)
    assert failed == 1
    assert any(line.startswith(told) for line in output.splitlines()), output
