"""Baja los extractos de los bancos por SFTP."""

from __future__ import annotations

import fnmatch
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.blocks.system import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

logger_global = PrefectLogger(__file__)


@dataclass(frozen=True)
class Banco:
    """Un banco, y cómo se entra."""

    nombre: str
    servidor: str
    usuario: str
    bloque_clave: str
    carpeta: str = "/salida"
    patron: str = "EXT*.txt"


BANCOS = [
    Banco("galicia", "sftp.galicia.example", usuario="electra", bloque_clave="clave-galicia"),
    Banco("nacion", "sftp.bna.example", usuario="electra01", bloque_clave="clave-nacion"),
]


@contextmanager
def conectar(banco: Banco, clave: str) -> Iterator[paramiko.SFTPClient]:
    """Abre la conexión y la cierra."""
    cliente = paramiko.SSHClient()
    cliente.load_system_host_keys()
    cliente.set_missing_host_key_policy(paramiko.RejectPolicy())
    cliente.connect(banco.servidor, 22, banco.usuario, clave, timeout=30)
    try:
        yield cliente.open_sftp()
    finally:
        cliente.close()


@task(task_run_name="bajar-{banco.nombre}", retries=2)
def bajar(banco: Banco, destino: Path) -> list[Path]:
    """Baja los archivos nuevos de un banco."""
    logger = logger_global.obtener_logger_prefect()
    clave = Secret.load(banco.bloque_clave).get()
    bajados = []
    with conectar(banco, clave) as sftp:
        for archivo in sftp.listdir_attr(banco.carpeta):
            if stat.S_ISREG(archivo.st_mode or 0) and fnmatch.fnmatch(
                archivo.filename, banco.patron
            ):
                local = destino / archivo.filename
                sftp.get(f"{banco.carpeta}/{archivo.filename}", str(local))
                bajados.append(local)
    logger.info("%s: %d archivos", banco.nombre, len(bajados))
    return bajados


@flow
def sftp_bancos() -> None:
    """Baja los extractos de todos los bancos."""
    with tempfile.TemporaryDirectory() as carpeta:
        tareas = [bajar.submit(banco, Path(carpeta)) for banco in BANCOS]
        for tarea in tareas:
            tarea.result()
