"""Sincroniza clientes con la API de un proveedor, con OAuth."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import httpx
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE

logger_global = PrefectLogger(__file__)

API = "https://api.proveedor.example/v2"
TOKEN_URL = f"{API}/oauth/token"
TOKEN_TYPE = "Bearer"
GRANT_TYPE = "client_credentials"
SCOPE = "clientes.leer clientes.escribir"
TOKEN_MARGIN = 30


class ConToken(httpx.Auth):
    """Pide un token cuando falta o venció."""

    requires_response_body = True

    def __init__(self, client_id: str, client_secret: str) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.token = ""
        self.token_expires = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Agrega el token a cada pedido."""
        if not self.token or time.monotonic() > self.token_expires:
            respuesta = yield httpx.Request(
                "POST",
                TOKEN_URL,
                data={
                    "grant_type": GRANT_TYPE,
                    "client_id": self.client_id,
                    "client_secret": self.client_secret,
                    "scope": SCOPE,
                },
            )
            datos = respuesta.json()
            if datos.get("token_type", "").lower() != "bearer":
                raise ValueError(f"token de otro tipo: {datos['token_type']}")
            self.token = datos["access_token"]
            self.token_expires = time.monotonic() + datos["expires_in"] - TOKEN_MARGIN
        request.headers["Authorization"] = f"{TOKEN_TYPE} {self.token}"
        yield request


@task(cache_policy=NO_CACHE)
def leer_clientes(cliente: httpx.Client) -> list[dict[str, Any]]:
    """Lee todas las páginas."""
    clientes: list[dict[str, Any]] = []
    page_token = "inicio"
    while page_token:
        datos = (
            cliente.get("/clientes", params={"page_token": page_token}).raise_for_status().json()
        )
        clientes += datos["items"]
        page_token = datos.get("next_page_token")
    return clientes


@flow
def api_oauth() -> int:
    """Lee los clientes."""
    logger = logger_global.obtener_logger_prefect()
    auth = ConToken(Secret.load("id-proveedor").get(), Secret.load("secreto-proveedor").get())
    with httpx.Client(base_url=API, auth=auth, timeout=30) as cliente:
        clientes = leer_clientes(cliente)
    logger.info("%d clientes", len(clientes))
    return len(clientes)
