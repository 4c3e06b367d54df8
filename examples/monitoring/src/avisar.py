"""Los avisos: manda por correo, y vuelve a mandar lo que el servidor no pudo o no vio."""

from electra_flow import PrefectLogger, alerts, run_info
from electra_flow.alerts import Addresses, Announced
from prefect import flow, task
from prefect.client.schemas.objects import State

logger_global = PrefectLogger(__file__)


@task(retries=2, retry_delay_seconds=5)
def avisar_lo_pendiente(
    destinatarios: list[str], bloque: str, huso: str, remitente: str | None
) -> Announced:
    """Busca qué dejó de andar, o volvió a andar, sin que nadie lo avisara, y lo avisa."""
    logger = logger_global.obtener_logger_prefect()
    return alerts.announce(destinatarios, bloque, huso, logger.info, sender=remitente)


@flow(
    name="mi-flujo-avisos",
    description="Manda los avisos que no manda el servidor",
)
def avisar(
    destinatarios: Addresses | None = None,
    bloque_correo: str = "correo-monitoreo",
    remitente: str | None = None,
    huso_horario: str = "America/Argentina/Buenos_Aires",
) -> State:
    """Avisa lo pendiente; en la interfaz, el estado final dice qué se avisó.

    Args:
        destinatarios: A quiénes van los correos de `Alert(mail=True)`.
        bloque_correo: El bloque Email Server Credentials con el servidor de correo.
        remitente: La dirección que manda; por defecto, el usuario del bloque.
        huso_horario: El de las horas de los avisos.
    """
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    avisado = avisar_lo_pendiente(destinatarios or [], bloque_correo, huso_horario, remitente)
    logger.info("%s", avisado.headline)
    return alerts.result(avisado)


if __name__ == "__main__":
    avisar()
