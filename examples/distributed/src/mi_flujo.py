"""El flujo, que reparte una tarea entre varios procesos: este es el archivo donde va tu trabajo."""

from electra_flow import PrefectLogger, run_info
from electra_flow.distributed import DaskTaskRunner
from prefect import flow, task

logger_global = PrefectLogger(__file__)


@task
def buscar_lotes(cantidad: int) -> list[int]:
    """Busca los lotes por procesar; acá va tu base de datos o tu servicio."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Hay %d lotes", cantidad)
    return list(range(1, cantidad + 1))


@task
def procesar_lote(lote: int) -> int:
    """Procesa un lote, en el proceso que esté libre; acá va tu cálculo."""
    logger = logger_global.obtener_logger_prefect()
    total = sum(numero * numero for numero in range(lote * 1000))
    logger.info("Lote %d: %d", lote, total)
    return total


@flow(
    name="mi-flujo",
    description="Automatización de Electra que corre en Prefect",
    task_runner=DaskTaskRunner(),
)
def mi_flujo(cantidad: int = 8) -> int:
    """Procesa los lotes a la vez y suma sus totales."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    totales = procesar_lote.map(buscar_lotes(cantidad)).result()
    logger.info("Total: %d", sum(totales))
    return sum(totales)


if __name__ == "__main__":  # imprescindible: los procesos de Dask también importan este archivo
    mi_flujo()
