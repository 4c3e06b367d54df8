"""Trae cotizaciones de una API, con reintentos y caché."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.cache_policies import INPUTS
from prefect.tasks import exponential_backoff

logger_global = PrefectLogger(__file__)

URL_BASE = "https://api.example.com/v1"
TOKEN_BLOQUE = "token-api-cotizaciones"
ESPERA = httpx.Timeout(10, connect=5)


def cliente() -> httpx.Client:
    """Arma el cliente HTTP; se llama dentro de las tareas."""
    token = Secret.load(TOKEN_BLOQUE).get()
    encabezados = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return httpx.Client(base_url=URL_BASE, headers=encabezados, timeout=ESPERA)


@task(
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    cache_policy=INPUTS,
    cache_expiration=timedelta(hours=1),
)
def leer_cotizacion(moneda: str) -> dict[str, Any]:
    """Lee la cotización de una moneda."""
    with cliente() as api:
        respuesta = api.get(f"/cotizaciones/{moneda}")
        respuesta.raise_for_status()
        return respuesta.json()


@task
def elegir(cotizaciones: list[dict[str, Any]], clave: str = "venta") -> dict[str, float]:
    """Se queda con un valor de cada una."""
    return {fila["moneda"]: fila[clave] for fila in cotizaciones if clave in fila}


@flow(name="api-con-reintentos", timeout_seconds=600)
def api_con_reintentos(monedas: list[str] | None = None) -> dict[str, float]:
    """Trae las cotizaciones de varias monedas a la vez."""
    logger = logger_global.obtener_logger_prefect()
    futuros = leer_cotizacion.map(monedas or ["USD", "EUR"])
    valores = elegir([futuro.result() for futuro in futuros], clave="compra")
    for clave, valor in valores.items():
        logger.info("%s: %.2f", clave, valor)
    return valores


if __name__ == "__main__":
    api_con_reintentos()
