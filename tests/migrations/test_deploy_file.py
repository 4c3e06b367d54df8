"""deploy.py of 0.1.0 becomes that of the library: text to text, with what its author wrote in it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from edited_project import edited_deploy
from migrations.deploy_file import Generated, thin_deploy
from migrations.problem import CannotThinError
from migrations.tidy import tidy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = '''"""La ayuda nueva."""


def deployments() -> list[Deployment]:
    """Los despliegues."""


def publish(prepared: Prepared) -> None:
    """El despliegue."""
    flow.from_source(prepared.source, prepared.entrypoint).deploy(**prepared.options)
'''


def thinned(text: str, before: str | None = None, folder: str = "mi-flujo") -> str:
    return thin_deploy(text, Generated(before or text, NOW, f"~/.prefect/logs/{folder}"))


@pytest.mark.parametrize("logger", ["bundled", "consulterscommons"])
@pytest.mark.parametrize("source", ["local", "github"])
@pytest.mark.parametrize("kind", ["basic", "monitoring", "subflows"])
def test_every_generated_one(
    kind: str, source: str, logger: str, old_deploy: Callable[..., str], tmp_path: Path
) -> None:
    before = old_deploy(flow_kind=kind, source=source, prefect_logger=logger, secrets="clave, otra")
    path = tmp_path / "deploy.py"
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n", "utf-8")
    after = tidy(before, thinned(before), path)
    tree = ast.parse(after)
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert [node.module for node in imported if node.module != "datetime"] == ["electra_flow"]
    assert tidy(after, after, path) == after
    assert ast.get_docstring(tree) == "La ayuda nueva."
    assert after.count("entrypoint=") == before.count("Deployment(\n")
    assert "main(PROJECT, deployments, publish, usage=__doc__)" in after
    assert 'Environment(pool="pool-dev", source=' in after
    for gone in ("PYTHONUTF8", "FLOW_LOG_DIR", "pools=", "timezone=TIMEZONE)", "Path("):
        assert gone not in after
    assert after.count("GitSource(") == (source == "github")
    assert ("GCM_INTERACTIVE" in after) == (source == "github" and logger == "consulterscommons")


def test_what_the_author_wrote_stays_as_written(old_deploy: Callable[..., str]) -> None:
    before = old_deploy(project_slug="ventas")
    text = edited_deploy(before)
    after = thinned(text, before)
    for kept in (
        "# Los depósitos que se informan, por sucursal.\nSUCURSALES = {",
        'variables=["ventas_desde"],  # desde qué fecha',
        '    env={\n        "MODO": "completo",  # lo lee ventas_api\n    },',
        "running=timedelta(hours=6),  # lo que corre más se cancela",
        "        # El de cada media hora, para el tablero.\n        Deployment(\n",
        "Interval(timedelta(minutes=30)),\n",
        'Cron("0 0 * * *", timezone="America/Montevideo"),  # el de la otra oficina',
        "watchdog=Watchdog(running=timedelta(minutes=20)),  # se cuelga seguido",
        'entrypoint="src/ventas.py:ventas",\n                name=f"ventas-{sucursal}",',
    ):
        assert kept in after
    assert after.count("entrypoint=") == 3
    assert "    Interval,\n" in after


def test_a_docstring_and_a_log_folder_of_the_author_s_own_stay(
    old_deploy: Callable[..., str],
) -> None:
    before = old_deploy(source="github")
    text = before.replace("Despliega el flujo en Prefect", "Despliega lo nuestro", 1)
    after = thinned(text, before, folder="otra-carpeta")
    assert after.startswith('"""Despliega lo nuestro: qué corre')
    assert 'env={"FLOW_LOG_DIR": "~/.prefect/logs/mi-flujo"},' in after


def test_what_was_not_tidy_is_not_tidied(old_deploy: Callable[..., str], tmp_path: Path) -> None:
    text = old_deploy().replace("TIMEZONE = ", "TIMEZONE   =   ")
    after = tidy(text, thinned(text), tmp_path / "deploy.py")
    assert "TIMEZONE   =   " in after


LINE = "Deployment(name=name, description='x', schedules=[Cron('0 7 * * *', timezone=ZONA)])"
SMALL = f"""import sys
from pathlib import Path
from prefect.schedules import Cron, Interval, RRule
from deployment.cli import main as run
from deployment.local_folder import LocalFolder
from deployment.model import Deployment, Project

AQUI = Path(__file__).parent
FLUJO = "src/a.py:a"
ZONA = "America/Montevideo"
POOLS = dict(dev="uno", prod="dos")
PROJECT: Project = Project(source=LocalFolder(AQUI), entrypoint=FLUJO, timezone=ZONA, pools=POOLS, secrets="clave")
def uno(name: str) -> Deployment:
    return {LINE}
if __name__ == "__main__":
    sys.exit(run(PROJECT, lambda: [uno("a")], __doc__))
"""


def test_another_way_to_write_the_same() -> None:
    after = thinned(SMALL, NOW)
    for written in (
        "from electra_flow import Cron, Deployment, Environment, Interval, LocalFolder, Prepared, Project, RRule, main as run",
        "PROJECT: Project = Project(timezone=ZONA, environments={",
        "name: Environment(pool=pool, source=LocalFolder(__file__))",
        "for name, pool in POOLS.items()",
        'secrets=["clave"])',
        "return Deployment(entrypoint=FLUJO, name=name,",
        "[Cron('0 7 * * *')]",
        'run(PROJECT, lambda: [uno("a")], publish, usage=__doc__)',
    ):
        assert (
            written in after.replace("(\n    ", "").replace(",\n    ", ", ") or written in after
        ), written


@pytest.mark.parametrize(
    ("schedule", "becomes"),
    [
        ("Interval(3600, timezone=ZONA)", "Interval(3600, timezone=ZONA)"),
        ("Interval(timedelta(1), timezone=ZONA)", "Interval(timedelta(1))"),
        ("Cron('0 7 * * *', ZONA)", "Cron('0 7 * * *', ZONA)"),
        ("RRule('FREQ=DAILY', timezone=ZONA, slug='a')", "RRule('FREQ=DAILY', slug='a')"),
        ("Cron('0 7 * * *', timezone=ZONA, **otros)", "Cron('0 7 * * *', timezone=ZONA, **otros)"),
    ],
)
def test_a_schedule_that_is_not_plain_stays_prefect_s(schedule: str, becomes: str) -> None:
    after = thinned(SMALL.replace("Cron('0 7 * * *', timezone=ZONA)", schedule), NOW)
    assert f"schedules=[{becomes}]" in after
    kind = schedule.partition("(")[0]
    stays = schedule == becomes
    assert (f"from prefect.schedules import {kind}\n" in after) == stays


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("import sys", "import sys, deployment.publish", "1: importa deployment.publish"),
        (
            "import Deployment, Project",
            "import Deployment, Project, SourceError",
            "6: importa SourceError",
        ),
        (
            "AQUI = Path(__file__).parent",
            "AQUI = Path('D:/flujos')",
            "12: LocalFolder(…) tiene que ser",
        ),
        ("entrypoint=FLUJO", "entrypoint=flujo()", "12: entrypoint= tiene que ser un texto"),
        ("entrypoint=FLUJO, ", "", "12: a Project(…) le falta entrypoint="),
        ("pools=POOLS", "pools=POOLS, retries=1", "12: Project(…) lleva retries="),
        ("pools=POOLS", "**lo_demas", "12: Project(…) lleva **"),
        (", timezone=ZONA)]", ")]", "14: Cron(…) no dice su huso horario"),
        (", timezone=ZONA)]", ", **otros)]", "14: Cron(…) no dice su huso horario"),
        ("description='x'", "description='x', cola='y'", "14: Deployment(…) no lleva cola="),
        (LINE, "armar(Deployment, name)", "14: «Deployment» está sin llamar"),
        ("def uno", "def publish(): ...\ndef uno", "13: «publish» va a ser de la biblioteca"),
        ("if __name__", "print(PROJECT.pools)\nif __name__", "15: usa PROJECT.pools"),
        ("sys.exit(run(", "sys.exit(correr(", "1: tiene que haber un main(PROJECT, …), y hay 0"),
        ("def uno", "def uno:", "13: no es Python válido"),
    ],
)
def test_what_is_not_certain_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    assert old in SMALL
    with pytest.raises(CannotThinError) as problem:
        thinned(SMALL.replace(old, new, 1), NOW)
    assert f"deploy.py:{said}" in str(problem.value)
    assert "\n" not in str(problem.value)
