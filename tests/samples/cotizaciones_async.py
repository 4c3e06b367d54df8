"""Cotizaciones de varios bancos a la vez."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from pydantic import BaseModel, Field

logger_global = PrefectLogger(__file__)

FUENTES = {
    "bna": "https://bna.example/api/cotizaciones",
    "bcra": "https://bcra.example/estadisticas/v2/principales",
}
CLAVES = {"bna": "venta", "bcra": "valor"}
HACE_UN_DIA = timedelta(days=1)


class Cotizacion(BaseModel):
    """Una cotización."""

    fuente: str
    valor: float = Field(gt=0)
    momento: datetime = Field(default_factory=lambda: datetime.now(UTC))


@task(retries=3, retry_delay_seconds=5)
async def cotizar(cliente: httpx.AsyncClient, fuente: str, token: str | None = None) -> Cotizacion:
    """Pide una cotización."""
    encabezados = {"Authorization": f"Bearer {token}"} if token else {}
    respuesta = await cliente.get(FUENTES[fuente], headers=encabezados)
    clave = CLAVES.get(fuente, "valor")
    return Cotizacion(fuente=fuente, valor=respuesta.json()[clave])


@task
async def guardar(cotizaciones: list[Cotizacion]) -> dict[str, Any]:
    """Devuelve lo que se guardó."""
    logger = logger_global.obtener_logger_prefect()
    await anyio.sleep(0)
    viejas = [c for c in cotizaciones if datetime.now(UTC) - c.momento > HACE_UN_DIA]
    logger.info("%d, de ellas %d viejas", len(cotizaciones), len(viejas))
    return {c.fuente: c.model_dump(mode="json") for c in cotizaciones}


@flow
async def cotizaciones_async() -> dict[str, Any]:
    """Pide todas a la vez."""
    bloque = await Secret.aload("token-bcra")
    tokens = {"bcra": bloque.get(), "bna": None}
    async with httpx.AsyncClient(timeout=20) as cliente:
        pedidos = [cotizar(cliente, fuente, tokens.get(fuente)) for fuente in FUENTES]
        resultados = await asyncio.gather(*pedidos, return_exceptions=True)
    return await guardar([r for r in resultados if isinstance(r, Cotizacion)])


if __name__ == "__main__":
    asyncio.run(cotizaciones_async())
