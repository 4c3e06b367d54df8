"""Manda por correo un reporte con las corridas que fallaron en el período."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from smtplib import SMTP
from zoneinfo import ZoneInfo

from electra_flow import PrefectLogger
from prefect import flow, get_client, task
from prefect.blocks.system import Secret
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.variables import Variable

logger_global = PrefectLogger(__file__)

ZONA = ZoneInfo("America/Argentina/Buenos_Aires")
FALLAS = [StateType.FAILED, StateType.CRASHED]


@task(retries=2)
async def leer_fallas(desde: datetime, hasta: datetime) -> list[dict[str, str]]:
    """Pide a la API de Prefect las corridas que fallaron."""
    filtro = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=FALLAS)),
        start_time=FlowRunFilterStartTime(after_=desde, before_=hasta),
    )
    async with get_client() as cliente:
        corridas = await cliente.read_flow_runs(flow_run_filter=filtro, sort="START_TIME_DESC")
    return [{"nombre": corrida.name, "estado": corrida.state_name or ""} for corrida in corridas]


def armar_correo(fallas: list[dict[str, str]], remitente: str, destino: str) -> EmailMessage:
    """Arma el mensaje."""
    mensaje = EmailMessage()
    mensaje["Subject"] = f"Prefect: {len(fallas)} fallas"
    mensaje["From"], mensaje["To"] = remitente, destino
    mensaje.set_content("\n".join(f"{falla['nombre']}: {falla['estado']}" for falla in fallas))
    return mensaje


@task(name="enviar-correo", retries=2, retry_delay_seconds=30)
async def enviar_correo(fallas: list[dict[str, str]]) -> None:
    """Manda el mensaje por el servidor de correo."""
    logger = logger_global.obtener_logger_prefect()
    usuario = await Variable.aget("usuario_correo")
    clave = (await Secret.aload("clave-correo")).get()
    destino = await Variable.aget("destino_reportes", default="tareas@example.com")
    with SMTP(await Variable.aget("servidor_correo"), 587, timeout=30) as servidor:
        servidor.starttls()
        servidor.login(usuario, clave)
        servidor.send_message(armar_correo(fallas, usuario, destino))
    logger.info("Correo enviado a %s", destino)


@flow(name="reporte-por-correo", log_prints=False)
async def reporte_por_correo(dias: int = 1) -> int:
    """Manda las fallas de los últimos `dias` días, si las hubo."""
    logger = logger_global.obtener_logger_prefect()
    hasta = datetime.now(ZONA)
    fallas = await leer_fallas(hasta - timedelta(days=dias), hasta)
    if not fallas:
        logger.info("Sin fallas")
        return 0
    await enviar_correo(fallas)
    return len(fallas)
