"""El cierre del mes: baja un archivo por SFTP, lo valida y lo carga en la base."""

from __future__ import annotations

import hashlib
import io
import json
from calendar import monthrange
from collections import Counter
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

import paramiko
import sqlalchemy as sa
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.variables import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable

logger_global = PrefectLogger(__file__)

MOVIMIENTOS = sa.Table(
    "movimientos",
    sa.MetaData(),
    sa.Column("clave", sa.String(20), primary_key=True),
    sa.Column("usuario", sa.String(40)),
    sa.Column("importe", sa.Numeric(12, 2)),
)


class Estado(Enum):
    """El estado de una fila."""

    BIEN = "bien"
    SIN_CLAVE = "sin clave"
    SIN_IMPORTE = "sin importe"


class Sftp:
    """Una conexión SFTP, que se abre dentro de una tarea."""

    def __init__(self, servidor: str, usuario: str, clave: str, puerto: int = 22) -> None:
        self._cliente = paramiko.SSHClient()
        self._cliente.load_system_host_keys()
        self._cliente.connect(servidor, port=puerto, username=usuario, password=clave)

    def leer(self, ruta: str) -> bytes:
        """Lee un archivo entero."""
        contenido = io.BytesIO()
        with self._cliente.open_sftp() as sftp:
            sftp.getfo(ruta, contenido)
        return contenido.getvalue()

    @classmethod
    def de_prefect(cls) -> Sftp:
        """Arma la conexión con lo que está guardado en Prefect."""
        clave = Secret.load("clave-sftp").get()
        return cls(Variable.get("servidor_sftp"), Variable.get("usuario_sftp"), clave)


@task(retries=3, retry_delay_seconds=[10, 60, 300])
def bajar(mes: date) -> list[dict[str, Any]]:
    """Baja el archivo del mes."""
    logger = logger_global.obtener_logger_prefect()
    _, ultimo = monthrange(mes.year, mes.month)
    contenido = Sftp.de_prefect().leer(f"/salida/cierre-{mes:%Y%m}{ultimo}.json")
    logger.info("SHA-256: %s", hashlib.sha256(contenido).hexdigest())
    return json.loads(contenido)


def estado(fila: dict[str, Any]) -> Estado:
    """Dice qué tiene de malo una fila."""
    if not fila.get("clave"):
        return Estado.SIN_CLAVE
    return Estado.BIEN if fila.get("importe") is not None else Estado.SIN_IMPORTE


@task
def validar(filas: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Se queda con las filas buenas y cuenta las otras."""
    logger = logger_global.obtener_logger_prefect()
    filas = list(filas)
    cuenta = Counter(estado(fila) for fila in filas)
    for nombre, cantidad in cuenta.items():
        logger.info("%s: %d", nombre.value, cantidad)
    return [fila for fila in filas if estado(fila) is Estado.BIEN]


@task
def cargar(filas: list[dict[str, Any]]) -> int:
    """Carga las filas en la base."""
    url = sa.make_url(Secret.load("url-base-cierre").get())
    with sa.create_engine(url).begin() as conexion:
        return conexion.execute(MOVIMIENTOS.insert(), filas).rowcount if filas else 0


@flow(name="cierre-mensual")
def cierre_mensual(anio: int, mes: int) -> int:
    """Hace el cierre de un mes."""
    return cargar(validar(bajar(date(anio, mes, 1))))
