"""ETL de ventas: Softland a la base de informes."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.variables import Variable
from sqlalchemy import URL, create_engine, text
from sqlalchemy.engine import Engine

logger_global = PrefectLogger(__file__)

CONSULTA = text(
    "SELECT fecha, sucursal, clave_articulo, usuario, importe FROM ventas WHERE fecha >= :desde"
)
RENOMBRAR = {"clave_articulo": "articulo", "usuario": "vendedor"}
CLAVE_UNICA = ["fecha", "sucursal", "articulo"]
BLOQUE_CLAVE = "clave-softland"
USUARIO_SQL_BLOQUE = "usuario-softland"


def _motor(servidor: str, usuario: str, clave: str) -> Engine:
    url = URL.create(
        "mssql+pyodbc",
        username=usuario,
        password=clave,
        host=servidor,
        database="ventas",
        query={"driver": "ODBC Driver 18 for SQL Server", "TrustServerCertificate": "yes"},
    )
    return create_engine(url, fast_executemany=True)


@task(retries=3, retry_delay_seconds=[10, 60, 300])
def extraer(desde: date) -> pd.DataFrame:
    """Lee las ventas desde una fecha."""
    motor = _motor(
        Variable.get("servidor_softland"),
        Secret.load(USUARIO_SQL_BLOQUE).get(),
        Secret.load(BLOQUE_CLAVE).get(),
    )
    with motor.connect() as conexion:
        return pd.read_sql(CONSULTA, conexion, params={"desde": desde})


@task
def transformar(ventas: pd.DataFrame) -> pd.DataFrame:
    """Limpia y agrupa."""
    logger = logger_global.obtener_logger_prefect()
    ventas = ventas.rename(columns=RENOMBRAR).drop_duplicates(CLAVE_UNICA)
    ventas["fecha"] = pd.to_datetime(ventas["fecha"]).dt.tz_localize(
        "America/Argentina/Buenos_Aires"
    )
    ventas["clave"] = ventas["sucursal"].str.cat(ventas["articulo"], sep="-")
    por_clave = ventas.groupby("clave", as_index=False)["importe"].sum()
    for clave, importe in por_clave.itertuples(index=False):
        logger.debug("%s: %s", clave, importe)
    sin_usuario = ventas["vendedor"].isna().sum()
    if sin_usuario:
        logger.warning("%d ventas sin usuario", sin_usuario)
    return por_clave


@flow
def etl_ventas(dias: int = 1) -> int:
    """Copia las ventas de los últimos días."""
    ventas = transformar(extraer(date.fromisoformat("2026-01-01") - timedelta(days=dias)))
    return len(ventas)


if __name__ == "__main__":
    etl_ventas()
