"""El flujo y sus tareas: este es el archivo donde va tu trabajo."""

from electra_flow import PrefectLogger, run_info
from prefect import flow, task

logger_global = PrefectLogger(__file__)


@task
def preparar_saludo(nombre: str) -> str:
    """Arma el saludo."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Preparando el saludo para %s", nombre)
    return f"¡Hola, {nombre}!"


@task
def entregar_saludo(saludo: str) -> int:
    """Entrega el saludo y devuelve cuántos caracteres tiene."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("%s", saludo)
    return len(saludo)


@flow(
    name="mi-flujo",
    description="Automatización de Electra que corre en Prefect",
)
def mi_flujo(nombre: str = "mundo") -> int:
    """Saluda a `nombre`, tarea por tarea."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    largo = entregar_saludo(preparar_saludo(nombre))
    logger.info("El saludo tiene %d caracteres", largo)
    return largo


if __name__ == "__main__":
    mi_flujo()
