"""La vigilancia: termina lo que se pasó de sus límites y las automatizaciones no vieron."""

from electra_flow import PrefectLogger, run_info, watchdog
from prefect import flow, task
from prefect.client.schemas.objects import State

logger_global = PrefectLogger(__file__)


@task(retries=2, retry_delay_seconds=10)
def terminar_lo_vencido() -> watchdog.Round:
    """Lee los límites y las ejecuciones que hay, y termina las que se pasaron."""
    logger = logger_global.obtener_logger_prefect()
    return watchdog.end_overdue(logger.info)


@flow(
    name="mi-flujo-vigilancia",
    description="Termina lo que se pasó de sus límites y las automatizaciones no vieron",
    timeout_seconds=14 * 60,  # antes de la ronda que sigue
)
def vigilar() -> State:
    """Hace una ronda; en la interfaz, el estado final dice qué terminó."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza la ronda con %s", run_info())
    ronda = terminar_lo_vencido()
    logger.info("%s", ronda.headline)
    return watchdog.result(ronda)


if __name__ == "__main__":
    vigilar()
