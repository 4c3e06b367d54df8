"""A project of two flows in two folders: deployed and run as its deploy.py is written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from end_to_end.on_server import deployment_of, runs_of
from harness import Project, hours_away

if TYPE_CHECKING:
    from harness import Server

pytestmark = pytest.mark.real

POOL = "pool-con-worker"
TWO_FLOWS = '''\
"""Dos flujos."""

import sys

from electra_flow import Cron, Deployment, Environment, LocalFolder, Prepared, Project, main

PROJECT = Project(
    timezone="America/Montevideo",
    environments={
        "casa": Environment(
            pool="pool-con-worker", source=LocalFolder(__file__), env={"AMBIENTE": "casa"}
        ),
    },
    env={"PAIS": "Uruguay"},
)


def deployments() -> list[Deployment]:
    return [
        Deployment(
            entrypoint="src/ventas/main.py:sumar_ventas",
            name="ventas #1",
            description="Suma las ventas",
            schedules=[Cron("CRON")],
            parameters={"sucursales": ["centro", "norte"]},
            tags=["ventas"],
            version="2026.1",
            concurrency_limit=2,
            work_queue_name="urgente",
            job_variables={"env": {"SUCURSAL": "norte"}},
        ),
        Deployment(
            entrypoint="src/cierre/main.py:cerrar",
            name="cierre",
            description="Cierra el mes",
            schedules=[
                Cron("CRON", timezone="America/Sao_Paulo", parameters={"mes": "julio"}),
            ],
            tags=["cierre"],
            watchdog=None,
        ),
    ]


def publish(prepared: Prepared) -> None:
    from prefect import flow

    flow.from_source(prepared.source, prepared.entrypoint).deploy(**prepared.options)


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
'''
ONE_OF_TWO = """\
import os

from ayuda import DE_QUE, MES
from electra_flow import PrefectLogger
from prefect import flow

logger = PrefectLogger(__file__)


@flow(name="{name}")
def {function}({parameters}) -> None:
    values = [os.environ.get(name) for name in ("PAIS", "AMBIENTE", "SUCURSAL")]
    logger.obtener_logger_prefect().info("%s: %s, %s", DE_QUE, {shown}, values)
"""


@pytest.fixture
def two_flows(installed: Project, server: Server, worker_log: Path, tmp_path: Path) -> Project:
    """Two flows that have a module of the same name beside them."""
    server.api("POST", f"/work_pools/{POOL}/queues", {"name": "urgente"})
    flows = {
        "ventas": ("Sumar ventas", "sumar_ventas", "sucursales: list[str]", "sucursales"),
        "cierre": ("cerrar", "cerrar", "mes: str = MES", "mes"),
    }
    for folder, (name, function, parameters, shown) in flows.items():
        (tmp_path / "dos" / "src" / folder).mkdir(parents=True)
        text = ONE_OF_TWO.format(name=name, function=function, parameters=parameters, shown=shown)
        (tmp_path / "dos" / "src" / folder / "main.py").write_text(text, "utf-8")
        help_of_it = f'DE_QUE = "{folder}"\nMES = "mes de {folder}"\n'
        (tmp_path / "dos" / "src" / folder / "ayuda.py").write_text(help_of_it, "utf-8")
    shutil.copy(installed.path / "pyproject.toml", tmp_path / "dos")
    shutil.copytree(installed.path / "vendor", tmp_path / "dos" / "vendor")
    text = TWO_FLOWS.replace("CRON", hours_away())  # both zones have the hours of Buenos Aires
    (tmp_path / "dos" / "deploy.py").write_text(text, "utf-8")
    return Project(tmp_path / "dos", installed.python, installed.env | server.env)


def test_a_project_of_two_flows_is_deployed_and_run_as_it_is_written(
    server: Server, two_flows: Project
) -> None:
    result = two_flows.deploy("--run")
    assert result.code == 0, result.output
    sales = deployment_of(server, "Sumar ventas", "ventas #1-casa")
    assert sales["entrypoint"] == "src/ventas/main.py:sumar_ventas"
    assert sales["parameters"] == {"sucursales": ["centro", "norte"]}
    assert set(sales["tags"]) == {"casa", "ventas"} and sales["version"] == "2026.1"
    assert sales["global_concurrency_limit"]["limit"] == 2
    assert (sales["work_pool_name"], sales["work_queue_name"]) == (POOL, "urgente")
    assert [item["schedule"]["timezone"] for item in sales["schedules"]] == ["America/Montevideo"]
    closing = deployment_of(server, "cerrar", "cierre-casa")
    assert closing["global_concurrency_limit"] is None and closing["work_queue_name"] == "default"
    (schedule,) = closing["schedules"]
    assert schedule["schedule"]["timezone"] == "America/Sao_Paulo" and schedule["active"]
    assert schedule["parameters"] == {"mes": "julio"}
    (parameter,) = closing["parameter_openapi_schema"]["properties"].values()
    assert parameter["default"] == "mes de cierre", "not of the other flow's module"
    assert "Próxima: " in result.output and "SUCURSAL" not in closing["job_variables"]["env"]
    for folder, line in (
        ("ventas", "ventas: ['centro', 'norte'], ['Uruguay', 'casa', 'norte']"),
        ("cierre", "cierre: mes de cierre, ['Uruguay', 'casa', None]"),
    ):
        file = two_flows.path / "src" / folder / "logs" / "main.log"
        assert line in file.read_text("utf-8")
    assert result.output.count("Automatización: ") == 3, "one of the two is watched"
    (run,) = runs_of(server, sales, "COMPLETED")
    assert run["work_queue_name"] == "urgente"
