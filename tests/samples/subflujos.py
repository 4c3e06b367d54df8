"""Corre varios subflujos a la vez, como en la sección 3.1 de la guía."""

import asyncio

from electra_flow import PrefectLogger
from prefect import flow, task

logger_global = PrefectLogger(__file__)


@task
async def anotar(mensaje: str) -> str:
    """Escribe el mensaje en el log."""
    logger_global.obtener_logger_prefect().info("%s", mensaje)
    return mensaje


@task
async def anotar_dos_veces(mensaje: str) -> list[str]:
    """Una tarea que llama a otra."""
    return [await anotar(mensaje), await anotar(mensaje.upper())]


@flow
async def subflujo_1() -> list[str]:
    """El primero."""
    await asyncio.sleep(1)
    return await anotar_dos_veces("empieza el subflujo 1")


@flow(name="subflujo-2", retries=1)
async def subflujo_2(veces: int = 2) -> list[str]:
    """El segundo."""
    return [await anotar(f"vuelta {numero}") for numero in range(veces)]


@flow(name="subflujos")
async def subflujos() -> int:
    """Corre los dos a la vez."""
    logger = logger_global.obtener_logger_prefect()
    resultados = await asyncio.gather(subflujo_1(), subflujo_2(3), return_exceptions=True)
    errores = [error for error in resultados if isinstance(error, BaseException)]
    for error in errores:
        logger.error("Un subflujo falló: %s", error)
    return len(resultados) - len(errores)


if __name__ == "__main__":
    asyncio.run(subflujos())
