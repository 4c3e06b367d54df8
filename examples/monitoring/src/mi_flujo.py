"""El informe periódico de las ejecuciones de Prefect: qué corrió, qué falló y por qué."""

from datetime import datetime

from electra_flow import PrefectLogger, report, run_info
from electra_flow.report import Addresses, Period, PeriodName, Report, Run
from prefect import flow, task
from prefect.client.schemas.objects import State

logger_global = PrefectLogger(__file__)


@task(retries=2, retry_delay_seconds=10)
def leer_ejecuciones(periodo: Period) -> list[Run]:
    """Lee del servidor las ejecuciones del período, menos la propia."""
    logger = logger_global.obtener_logger_prefect()
    ejecuciones = report.read(periodo)
    logger.info("%d ejecuciones %s", len(ejecuciones), periodo)
    return ejecuciones


@task
def publicar_informe(informe: Report) -> None:
    """Deja el informe en la interfaz de Prefect, en Artifacts."""
    report.publish(informe, "mi-flujo")


@task(retries=2, retry_delay_seconds=[60, 240], retry_condition_fn=report.may_pass)
def enviar_correo(
    informe: Report, destinatarios: list[str], bloque: str, remitente: str | None
) -> State:
    """Manda el informe por correo, con el servidor y las credenciales de un bloque."""
    logger = logger_global.obtener_logger_prefect()
    enviado = report.send(informe, destinatarios, bloque, remitente)
    if not enviado.is_completed():
        logger.warning("%s", enviado.message)
    return enviado


@flow(
    name="mi-flujo",
    description="Automatización de Electra que corre en Prefect",
)
def mi_flujo(
    periodo: PeriodName = "diario",
    destinatarios: Addresses | None = None,
    bloque_correo: str = "correo-monitoreo",
    remitente: str | None = None,
    huso_horario: str = "America/Argentina/Buenos_Aires",
    hasta: datetime | None = None,
) -> State:
    """Informa qué pasó con las ejecuciones de un período.

    Args:
        periodo: «diario» o «semanal».
        destinatarios: A quiénes se manda; sin ninguno, el informe queda solo en Artifacts.
        bloque_correo: El bloque Email Server Credentials con el servidor de correo.
        remitente: La dirección que manda; por defecto, el usuario del bloque.
        huso_horario: El de las horas del informe.
        hasta: Dónde termina el período; por defecto, en la hora prevista de esta ejecución.
    """
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    lapso = report.period_of_run(periodo, huso_horario, hasta)
    informe = report.build_report(lapso, leer_ejecuciones(lapso))
    logger.info("%s", informe.headline)
    publicar_informe(informe)
    enviado = None
    if destinatarios is not None:
        enviado = enviar_correo(informe, destinatarios, bloque_correo, remitente, return_state=True)
    return report.result(informe, enviado)


if __name__ == "__main__":
    mi_flujo()
