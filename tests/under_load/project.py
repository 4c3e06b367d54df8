"""The projects of the load: one whose runs get stuck, late, lost or go well, and a monitoring project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness import Project, Server

SLUG = MODULE = "carga"
POOL = "pool-prod"  # the template's
QUEUE = "sin-nadie"  # nobody takes its runs
PAUSED = "quieta"  # the deployment that an operator paused


@dataclass(frozen=True)
class Limits:
    """The limits of each deployment, and how often there is a round; in seconds."""

    running: int = 240
    late: int = 150
    lost: int = 180
    period: int = 30

    @property
    def shortest(self) -> int:
        return min(self.running, self.late, self.lost)


FLOW = '''\
"""Trabaja, se cuelga, se pierde o falla, según se le pida; cada línea del log lleva su número."""

import os
import time
from pathlib import Path

from electra_flow import PrefectLogger
from prefect import flow
from prefect.runtime import flow_run

ROOT = Path(__file__).resolve().parents[1]
# Rota cada minuto, y no borra nada: las líneas se cuentan al final.
logger_global = PrefectLogger(__file__, when="M", interval=1, backup_count=0)


@flow
def hija() -> None:
    time.sleep(3600)


@flow
def carga(que: str, segundos: float, lineas: int) -> None:
    logger = logger_global.obtener_logger_prefect()
    (ROOT / f"{flow_run.id}.pid").write_text(str(os.getpid()))
    for numero in range(lineas):
        logger.info("<%s %d>", flow_run.id, numero)
        time.sleep(segundos / lineas)
    (ROOT / f"{flow_run.id}.written").write_text(str(lineas))
    if que == "fails":
        raise ValueError("Falta la planilla de precios")
    if que == "lost":
        hija()
    if que == "stuck":
        time.sleep(3600)
'''

DEPLOY = '''\
"""Despliega la carga."""

import sys
from datetime import timedelta

from electra_flow import (
    Alert,
    Cron,
    Deployment,
    Environment,
    LocalFolder,
    Prepared,
    Project,
    Watchdog,
    main,
)

NAMES = __NAMES__
PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={
        "prod": Environment(
            pool="pool-prod",
            source=LocalFolder(__file__),
            # As often as Prefect can, so that a round has not to listen for long.
            env={"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"},
        )
    },
    alerts=[Alert("custom-webhook/avisos", late=timedelta(seconds=60))] if __ALERTS__ else [],
    watchdog=Watchdog(
        running=timedelta(seconds=__RUNNING__),
        late=timedelta(seconds=__LATE__),
        lost=timedelta(seconds=__LOST__),
    ),
)


def deployments() -> list[Deployment]:
    return [
        Deployment(
            entrypoint="src/carga.py:carga",
            name=name,
            description="Una carga",
            schedules=[Cron("0 3 1 1 *"), Cron("0 4 1 1 *")],
            parameters={"que": "well", "segundos": 1, "lineas": 1},
        )
        for name in NAMES
    ]


def publish(prepared: Prepared) -> None:
    from prefect import flow

    flow.from_source(prepared.source, prepared.entrypoint).deploy(**prepared.options)


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
'''


def write_load(project: Project, deployments: int, limits: Limits, *, alerts: bool = True) -> None:
    """Make a generated project the one whose runs get stuck, late or lost."""
    names = [*(f"carga-{number}" for number in range(deployments)), PAUSED]
    text = DEPLOY.replace("__NAMES__", repr(names)).replace("__ALERTS__", repr(alerts))
    for name in ("running", "late", "lost"):
        text = text.replace(f"__{name.upper()}__", str(getattr(limits, name)))
    (project.path / "deploy.py").write_text(text, "utf-8")
    (project.path / "src" / f"{MODULE}.py").write_text(FLOW, "utf-8")


def write_monitoring(project: Project, period: int) -> None:
    """Shorten the periods of a generated monitoring project, which needs no mail server here."""
    often = f"Interval(timedelta(seconds={period}))"
    project.edit("deploy.py", 'Cron("*/15 * * * *")', often)
    project.edit("deploy.py", "    Deployment,\n", "    Deployment,\n    Interval,\n")
    project.edit("deploy.py", '    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],\n', "")


def deploy(project: Project, server: Server, tries: int = 5) -> int:
    """Deploy to prod, which has to be done; return how often a busy server refused before."""
    for refused in range(tries):
        result = project.deploy("--env", "prod", **server.env)
        assert result.code != 1 or "Traceback" not in result.output, result.output
        if result.code == 0:
            return refused
    pytest.fail(result.output)
