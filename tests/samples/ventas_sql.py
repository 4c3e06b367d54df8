"""Trae las ventas del día de SQL Server y las deja en una planilla de la red."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.variables import Variable
from sqlalchemy import URL, create_engine, text

logger_global = PrefectLogger(__file__)

ZONA = ZoneInfo("America/Argentina/Buenos_Aires")
CARPETA = Path(r"\\servidor\reportes\ventas")
CLAVE_COLUMNA = "id_cliente"
CONSULTA = text("SELECT id_cliente, clave, usuario, importe FROM ventas WHERE fecha = :fecha")


@task(retries=3, retry_delay_seconds=60)
def leer_ventas(fecha: date) -> pd.DataFrame:
    """Lee las ventas de una fecha."""
    logger = logger_global.obtener_logger_prefect()
    clave = Secret.load("clave-sql").get()
    url = URL.create(
        "mssql+pyodbc",
        username=Variable.get("usuario_sql"),
        password=clave,
        host=Variable.get("servidor_sql"),
        database="ventas",
        query={"driver": "ODBC Driver 17 for SQL Server"},
    )
    with create_engine(url).connect() as conexion:
        ventas = pd.read_sql(CONSULTA, conexion, params={"fecha": fecha})
    logger.info("%d ventas del %s", len(ventas), fecha)
    return ventas


@task
def guardar(ventas: pd.DataFrame, fecha: date) -> Path:
    """Guarda el resumen por cliente."""
    logger = logger_global.obtener_logger_prefect()
    resumen = ventas.rename(columns={"clave": "producto", "usuario": "vendedor"})
    resumen = resumen.groupby(CLAVE_COLUMNA, as_index=False)["importe"].sum()
    archivo = CARPETA / f"ventas-{fecha:%Y%m%d}.xlsx"
    resumen.to_excel(archivo, index=False, sheet_name="Ventas")
    logger.info("Guardado en %s", archivo)
    return archivo


@flow(name="ventas-sql", description="Ventas del día por cliente")
def ventas_sql(dias: int = 1) -> str:
    """Guarda las ventas de hace `dias` días."""
    fecha = datetime.now(ZONA).date() - timedelta(days=dias)
    return str(guardar(leer_ventas(fecha), fecha))


if __name__ == "__main__":
    ventas_sql()
