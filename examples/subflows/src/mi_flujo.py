"""El flujo, sus dos subflujos y sus tareas: este es el archivo donde va tu trabajo."""

import asyncio

from electra_flow import PrefectLogger, run_info
from prefect import flow, task

logger_global = PrefectLogger(__file__)


async def consultar_importes(origen: str) -> list[int]:
    """Consulta los importes de un origen; acá va tu base de datos o tu servicio."""
    await asyncio.sleep(3)  # mientras uno espera, el otro avanza
    return {"ventas": [120, 80, 200], "compras": [90, 60]}[origen]


@task
async def leer_importes(origen: str) -> list[int]:
    """Lee los importes de «ventas» o de «compras»."""
    logger = logger_global.obtener_logger_prefect()
    importes = await consultar_importes(origen)
    logger.info("%d importes de %s", len(importes), origen)
    return importes


@task
def sumar_importes(importes: list[int]) -> int:
    """Suma los importes."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Sumando %d importes", len(importes))
    return sum(importes)


@flow(name="mi-flujo-ventas")
async def sumar_ventas() -> int:
    """Subflujo: suma las ventas."""
    logger = logger_global.obtener_logger_prefect()
    total = sumar_importes(await leer_importes("ventas"))
    logger.info("Ventas: %d", total)
    return total


@flow(name="mi-flujo-compras")
async def sumar_compras() -> int:
    """Subflujo: suma las compras."""
    logger = logger_global.obtener_logger_prefect()
    total = sumar_importes(await leer_importes("compras"))
    logger.info("Compras: %d", total)
    return total


@flow(
    name="mi-flujo",
    description="Automatización de Electra que corre en Prefect",
)
async def mi_flujo(saldo_inicial: int = 0) -> int:
    """Calcula el saldo, con las ventas y las compras a la vez."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    # Con return_state, uno que falla no interrumpe al otro: la falla se ve al pedir el resultado.
    estados = await asyncio.gather(
        sumar_ventas(return_state=True),
        sumar_compras(return_state=True),
    )
    ventas, compras = [await estado.aresult() for estado in estados]
    saldo = saldo_inicial + ventas - compras
    logger.info("Saldo: %d", saldo)
    return saldo


if __name__ == "__main__":
    asyncio.run(mi_flujo())
