"""Borra archivos viejos y avisa si algo no se pudo borrar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from electra_flow import PrefectLogger
from prefect import Flow, State, flow, task
from prefect.client.schemas.objects import FlowRun
from prefect_email import EmailServerCredentials, email_send_message
from pydantic import BaseModel, Field

logger_global = PrefectLogger(__file__)


class Carpeta(BaseModel):
    """Una carpeta y cuántos días se guarda lo que hay en ella."""

    ruta: str
    dias: int = Field(default=30, ge=1)
    patron: str = "*.log"


POR_DEFECTO = [
    Carpeta(ruta=r"C:\Python_Scripts\logs"),
    Carpeta(ruta=r"D:\reportes", dias=90, patron="*.xlsx"),
]


def avisar(flujo: Flow, corrida: FlowRun, estado: State) -> None:
    """Manda un correo cuando el flujo falla; Prefect la llama dentro de la ejecución."""
    credenciales = EmailServerCredentials.load("correo-tareas")
    email_send_message.fn(
        email_server_credentials=credenciales,
        subject=f"{flujo.name}: {estado.name}",
        msg=f"La corrida {corrida.name} terminó mal: {estado.message}",
        email_to="tareas@example.com",
    )


@task
def limpiar(carpeta: Carpeta) -> list[str]:
    """Borra lo viejo y devuelve lo que no se pudo borrar."""
    logger = logger_global.obtener_logger_prefect()
    limite = datetime.now(UTC) - timedelta(days=carpeta.dias)
    quedaron = []
    for archivo in Path(carpeta.ruta).rglob(carpeta.patron):
        modificado = datetime.fromtimestamp(archivo.stat().st_mtime, tz=UTC)
        if modificado >= limite:
            continue
        try:
            archivo.unlink()
        except OSError as error:
            logger.warning("No se pudo borrar %s: %s", archivo, error)
            quedaron.append(str(archivo))
    return quedaron


@flow(name="limpieza", on_failure=[avisar], on_crashed=[avisar])
def limpieza(carpetas: list[Carpeta] = POR_DEFECTO) -> None:
    """Limpia todas las carpetas, y falla si algo quedó."""
    logger = logger_global.obtener_logger_prefect()
    quedaron = [nombre for carpeta in carpetas for nombre in limpiar(carpeta)]
    if quedaron:
        raise RuntimeError(f"Quedaron {len(quedaron)} archivos sin borrar")
    logger.info("Limpieza completa")


if __name__ == "__main__":
    limpieza()
