"""What an author makes of a project of 0.1.0 in half a year."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

MODULE = '''"""Lo que se pide a la API de ventas."""

import os

from prefect import task
from text_unidecode import unidecode

from prefect_logger import PrefectLogger

logger_global = PrefectLogger(__file__)


@task
def pedir(sucursal: str) -> str:
    """Pide las ventas de una sucursal."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Modo %s", os.environ.get("MODO"))
    return unidecode(sucursal)
'''
SECOND_FLOW = '''"""El cierre del día."""

from prefect import flow

from prefect_logger import PrefectLogger
from run_info import run_info
from ventas_api import pedir

logger_global = PrefectLogger(__file__)


@flow(name="cierre-ventas", description="Cierra el día")
def cierre(sucursal: str = "córdoba") -> str:
    """Cierra el día de una sucursal."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza con %s", run_info())
    return pedir(sucursal)


if __name__ == "__main__":
    cierre()
'''
TEST = '''"""Lo que se pide a la API."""

import run_info
import ventas_api


def test_sin_acentos(sin_prefect):
    assert ventas_api.pedir.fn("córdoba") == "cordoba"


def test_dice_con_que_corre():
    assert run_info.run_info().startswith("Python")
'''
HOOK = """      - id: propio
        name: lo del equipo
        entry: "python -c 1"
        language: unsupported
        pass_filenames: false
"""
_HELPER = '''# Los depósitos que se informan, por sucursal.
SUCURSALES = {"centro": "0 7 * * *", "norte": "0 8 * * *"}


def etiquetas(sucursal: str) -> list[str]:
    """Las etiquetas de una sucursal."""
    return ["ventas", sucursal]


PROJECT = Project('''
_MORE_DEPLOYMENTS = """        ),
        # El de cada media hora, para el tablero.
        Deployment(
            name="tablero",
            description="Actualiza el tablero",
            schedules=[
                Interval(timedelta(minutes=30), timezone=TIMEZONE),
                Cron("0 0 * * *", timezone="America/Montevideo"),  # el de la otra oficina
            ],
            tags=etiquetas("todas"),
            watchdog=Watchdog(running=timedelta(minutes=20)),  # se cuelga seguido
        ),
        *(
            Deployment(
                name=f"ventas-{sucursal}",
                description=f"Ventas de {sucursal}",
                schedules=[Cron(cron, timezone=TIMEZONE)],
                tags=etiquetas(sucursal),
            )
            for sucursal, cron in SUCURSALES.items()
        ),
    ]


if __name__"""


def edited_deploy(text: str) -> str:
    """Edit a deploy.py: more deployments, an interval, a variable, limits, a helper."""
    for old, new in (
        ("from prefect.schedules import Cron", "from prefect.schedules import Cron, Interval"),
        ("PROJECT = Project(", _HELPER),
        ("variables=[],", 'variables=["ventas_desde"],  # desde qué fecha'),
        ("running=timedelta(hours=2)", "running=timedelta(hours=6)"),
        ("        ),\n    ]\n\n\nif __name__", _MORE_DEPLOYMENTS),
    ):
        assert old in text
        text = text.replace(old, new)
    lines = r'    env={\n        "PYTHONUTF8": "1"\1,\n        "MODO": "completo",  # lo lee ventas_api\n    },'
    edited, count = re.subn(r'    env=\{"PYTHONUTF8": "1"(.*)\},', lines, text)
    assert count == 1
    return edited


def edit(project: Path) -> None:
    """Edit a project of 0.1.0 all over, its machinery aside."""
    _change(project / "deploy.py", edited_deploy)
    _replace(
        project / "pyproject.toml",
        ('    "tzdata",', '    "text-unidecode>=1.3",  # los nombres\n    "tzdata",'),
        ('version = "0.1.0"', 'version = "1.4.0"'),
        ('"tests/*" = ["S101"]', '"src/cierre.py" = ["N802"]\n"tests/*" = ["S101"]'),
    )
    _replace(
        project / "README.md",
        ("## Variables", "## A quién preguntar\n\nA Ana, de Ventas (interno 12).\n\n## Variables"),
        ("## Logs\n", "## Logs\n\nLos «ORA-12541» son de Softland: avisar a Sistemas.\n"),
    )
    _change(project / ".pre-commit-config.yaml", lambda text: text + HOOK)
    test = project / "tests/test_report_deployments.py"
    if test.exists():  # of the first two
        _replace(test, ("in deploy.deployments()", "in deploy.deployments()[:2]"))
        _replace(test, ("in deploy.deployments():", "in deploy.deployments()[:2]:"))
    (project / "src/ventas_api.py").write_text(MODULE, "utf-8")
    (project / "src/cierre.py").write_text(SECOND_FLOW, "utf-8")
    (project / "tests/test_ventas_api.py").write_text(TEST, "utf-8")


def edit_machinery(project: Path) -> None:
    """Edit the files that go: the logger, deploying, their tests, the fixtures, a page."""
    logger = ("backup_count: int = 12", "backup_count: int = 24")
    _replace(project / "src/prefect_logger.py", logger)
    _replace(project / "deployment/publish.py", ("from __future__", "# mío\nfrom __future__"))
    own_test = ("import pytest\n", "import pytest\n\n\ndef test_mio():\n    assert True\n")
    _replace(project / "tests/test_deploy.py", own_test)
    fixture = "@pytest.fixture\ndef carpeta_mia(tmp_path):\n    return tmp_path\n\n\n"
    _change(
        project / "tests/conftest.py",
        lambda text: text.replace("@pytest.fixture\n", f"{fixture}@pytest.fixture\n", 1),
    )
    _change(project / "MAQUINA.md", lambda text: f"{text}\nLa máquina es SRV-01.\n")


def _replace(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


def _change(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def texts(folder: Path) -> dict[str, bytes]:
    """Return the files of a project, those aside that tools make."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".git", ".venv", "__pycache__"} & set(path.parts)
    }
