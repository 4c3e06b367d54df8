"""What is of one environment is not another's, and nothing secret is stored in clear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from electra_flow.checks.environment_names import environment_named
from electra_flow.checks.environments import check_environments
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Environment, Project
from electra_flow.sources.local_folder import LocalFolder

HERE = LocalFolder(str(Path(__file__)))


def project(dev: str = "pool-dev", prod: str = "pool-prod", **fields: Any) -> Project:
    pools = {"dev": Environment(pool=dev, source=HERE), "prod": Environment(pool=prod, source=HERE)}
    return Project(timezone="America/Lima", environments=pools, **fields)


def deployment(name: str = "ventas", **fields: Any) -> Deployment:
    given = {"entrypoint": "src/ventas.py:ventas", "description": "Las ventas", "tags": ["v"]}
    return Deployment(name=name, **given | fields)


def found(declared: Project, *deployments: Deployment) -> list[str]:
    return [str(finding) for finding in check_environments(declared, deployments)]


@pytest.mark.parametrize(
    ("dev", "prod"),
    [
        ("Pruebas", "Electra producción"),
        ("prod-dev", "prod"),
        ("uno", "dos"),
        ("desa", "productivo"),
    ],
)
def test_pools_that_keep_apart(dev: str, prod: str) -> None:
    assert found(project(dev, prod), deployment()) == []


def test_one_pool_for_both_and_the_pool_of_another() -> None:
    assert found(project("pool", "pool")) == [
        "error  dev y prod usan el mismo work pool, «pool»: cada entorno lleva el suyo, para que lo "
        "de uno no corra en la máquina del otro."
    ]
    assert found(project("pool-prod", "Electra desarrollo")) == [
        "error  El entorno «dev» usa el work pool «pool-prod», que es de prod.",
        "error  El entorno «prod» usa el work pool «Electra desarrollo», que es de dev.",
    ]


def test_a_deployment_names_no_environment_for_it_goes_to_all() -> None:
    lines = found(project(), deployment("ventas-prod", tags=["desa", "ventas"]))
    assert [line.split("  ")[1].split(",")[0] for line in lines] == [
        "ventas-prod: «ventas-prod» dice prod",
        "ventas-prod: «desa» dice dev",
    ]
    assert all(line.startswith("aviso") for line in lines)


def test_a_flow_whose_own_name_says_it_may() -> None:
    own = deployment(
        "ventas-prod", entrypoint="src/ventas_prod.py:ventas_prod", tags=["ventas-prod"]
    )
    assert found(project(), own) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("reporte de producción", ""),  # of what is produced
        ("Ventas PROD", "prod"),
        ("ventasDev", "dev"),
        ("dev y prod", ""),
        ("productos", ""),
    ],
)
def test_the_environment_that_a_text_names(text: str, named: str) -> None:
    assert environment_named(text) == named


def test_a_reference_to_a_block_would_be_stored_in_clear() -> None:
    reference = "{{ prefect.blocks.secret.clave-sql }}"
    declared = project(env={"CLAVE_SQL": reference, "HOST": "softland"})
    own = deployment(job_variables={"env": {"OTRA": reference}})
    lines = found(declared, own)
    assert [line.partition(" lleva")[0] for line in lines] == [
        "error  PROJECT: env: «CLAVE_SQL»",
        "error  ventas: env: «OTRA»",
    ]
