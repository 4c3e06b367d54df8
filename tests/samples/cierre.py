"""El cierre del día: subflujos por sucursal, con aviso si algo falla."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from electra_flow import PrefectLogger
from prefect import flow, get_client, task, unmapped
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.states import Completed, Failed, State
from prefect.task_runners import ThreadPoolTaskRunner

logger_global = PrefectLogger(__file__)
ZONA = ZoneInfo("America/Argentina/Buenos_Aires")
ESTADO = Path(__file__).resolve().parent / "estado.json"
SUCURSALES = ["centro", "norte", "producción"]


def avisar_error(flow: object, run: FlowRun, state: State) -> None:
    """Avisa cuando el flujo falla."""
    logger_global.obtener_logger_prefect().error("%s falló: %s", run.name, state.message)


def clave_de_cache(contexto: object, parametros: dict[str, object]) -> str:
    """La clave con la que Prefect recuerda un resultado."""
    return f"cierre-{parametros['sucursal']}-{parametros['dia']}"


@task(cache_key_fn=clave_de_cache, cache_expiration=timedelta(hours=12), tags=["softland"])
def cerrar_sucursal(sucursal: str, dia: date) -> dict[str, object]:
    """Cierra una sucursal."""
    programa = shutil.which("cierre-softland")
    if programa is None:
        return {"sucursal": sucursal, "estado": "sin programa"}
    hecho = subprocess.run(
        [programa, sucursal, f"{dia:%Y%m%d}"], capture_output=True, text=True, check=False
    )
    return {"sucursal": sucursal, "estado": "ok" if hecho.returncode == 0 else hecho.stderr[:80]}


@flow(name="cierre-de-zona")
def cerrar_zona(sucursales: list[str], dia: date) -> list[dict[str, object]]:
    """Cierra varias sucursales."""
    return cerrar_sucursal.map(sucursales, unmapped(dia)).result()


@flow(
    task_runner=ThreadPoolTaskRunner(max_workers=4), on_failure=[avisar_error], timeout_seconds=3600
)
def cierre(dia: date | None = None) -> State:
    """Cierra el día en todas las sucursales."""
    logger = logger_global.obtener_logger_prefect()
    dia = dia or (datetime.now(ZONA) - timedelta(hours=6)).date()
    filas = cerrar_zona(SUCURSALES, dia)
    create_table_artifact(key="cierre-del-dia", table=filas)
    ESTADO.write_text(json.dumps(filas, default=str), encoding="utf-8")
    malas = [fila for fila in filas if fila["estado"] != "ok"]
    if malas:
        return Failed(message=f"{len(malas)} sin cerrar")
    run_deployment("informe-de-ventas/informe-prod", timeout=0, parameters={"dia": dia.isoformat()})
    logger.info("Cerradas %d", len(filas))
    return Completed(message="Todo cerrado")


async def en_curso() -> list[FlowRun]:
    """Las ejecuciones de cierre en curso."""
    async with get_client() as cliente:
        filtro = FlowRunFilter(tags=FlowRunFilterTags(all_=["cierre"]))
        return await cliente.read_flow_runs(flow_run_filter=filtro)
