"""Exporta tablas de Softland a CSV, con una conexión ODBC por tarea."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pyodbc
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.variables import Variable

logger_global = PrefectLogger(__file__)
tarea_de_base = partial(task, retries=2, retry_delay_seconds=120, tags=["softland"])

SECRETO_SOFTLAND = "clave-softland"
SALIDA = Path(__file__).resolve().parent / "salida"


class Tabla(NamedTuple):
    """Una tabla y las columnas que se exportan."""

    nombre: str
    columnas: tuple[str, ...]
    clave_primaria: str = "id"


TABLAS = (
    Tabla("clientes", ("id", "nombre", "usuario_alta")),
    Tabla("articulos", ("codigo", "descripcion"), clave_primaria="codigo"),
)


@cache
def cadena() -> str:
    """Arma la cadena de conexión; se guarda mientras dura la corrida."""
    usuario, servidor = Variable.get("usuario_softland"), Variable.get("servidor_softland")
    clave = Secret.load(SECRETO_SOFTLAND).get()
    partes = {"DRIVER": "{SQL Server}", "SERVER": servidor, "UID": usuario, "PWD": clave}
    return ";".join(f"{nombre}={valor}" for nombre, valor in partes.items())


@contextmanager
def conexion() -> Iterator[pyodbc.Connection]:
    """Abre una conexión y la cierra."""
    abierta = pyodbc.connect(cadena(), timeout=30, readonly=True)
    try:
        yield abierta
    finally:
        abierta.close()


@tarea_de_base(name="exportar-tabla")
def exportar(tabla: Tabla) -> int:
    """Exporta una tabla."""
    logger = logger_global.obtener_logger_prefect()
    columnas = ", ".join(tabla.columnas)
    # Los nombres son de TABLAS, no de afuera.
    consulta = f"SELECT {columnas} FROM {tabla.nombre} ORDER BY {tabla.clave_primaria}"  # noqa: S608 - constantes
    SALIDA.mkdir(exist_ok=True)
    archivo = SALIDA / f"{tabla.nombre}.csv"
    with conexion() as base, archivo.open("w", encoding="utf-8", newline="") as texto:
        filas = base.execute(consulta).fetchall()
        escritor = csv.writer(texto, delimiter=";")
        escritor.writerow(tabla.columnas)
        escritor.writerows(filas)
    logger.info("%s: %d filas", tabla.nombre, len(filas))
    return len(filas)


@flow(name="exportar-softland", description="Las tablas de Softland en CSV")
def exportar_softland(nombres: list[str] | None = None) -> int:
    """Exporta las tablas que se piden, o todas."""
    elegidas = [tabla for tabla in TABLAS if not nombres or tabla.nombre in nombres]
    futuros = [exportar.submit(tabla) for tabla in elegidas]
    return sum(futuro.result() for futuro in futuros)


if __name__ == "__main__":
    exportar_softland()
