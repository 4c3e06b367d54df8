"""A generated project keeps the conventions, whatever was answered."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.checks.declared import check_declared
from electra_flow.conventions.check import check

if TYPE_CHECKING:
    from harness import Generated

pytestmark = pytest.mark.real

VARIANTS: dict[str, dict[str, str]] = {
    "default": {},
    "secrets": {"secrets": "token-api, clave-sql, a--b"},
    "title": {
        "project_name": "Costos de producción",
        "description": "Clave: «postgresql://ana:clave@base» no, {nada} de UTC",
    },
    "named prod": {"project_slug": "ventas-prod"},
    "named dev": {"project_slug": "dev"},
    "pools": {"pool_dev": "Pruebas", "pool_prod": "Electra producción"},
    "both words in a pool": {"pool_dev": "prod-dev", "pool_prod": "prod"},
    "zone": {"timezone": "America/Lima"},
    "cron": {
        "cron": "0,5,10,15,20,25,30,35,40,45,50,55 0,1,2,3,4,5,6,7 1,15 jan,feb,mar,apr mon-fri"
    },
} | {
    "-".join(answers): dict(zip(("flow_kind", "source", "prefect_logger"), answers, strict=True))
    | {"secrets": "token-api"}
    for answers in product(
        ("basic", "subflows", "distributed", "monitoring"), ("local", "github"), ("bundled", "consulterscommons")
    )
}


@pytest.mark.parametrize("answers", VARIANTS.values(), ids=VARIANTS)
def test_nothing_is_found_in_a_generated_project(
    answers: dict[str, str], tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    generated = generate(tmp_path, server_check="skip", **answers)
    assert generated.code == 0, generated.output
    (project,) = tmp_path.iterdir()
    assert check(project) == []
    declared = runpy.run_path(str(project / "deploy.py"))
    found = check_declared(declared["PROJECT"], declared["deployments"](), project)
    assert [str(item) for item in found if item.level != "bien"] == []
