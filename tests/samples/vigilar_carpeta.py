"""Mira una carpeta y procesa los archivos nuevos, moviéndolos a otra."""

import csv
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from electra_flow import PrefectLogger
from prefect import flow, task
from prefect.variables import Variable

logger_global = PrefectLogger(__file__, when="MIDNIGHT", backup_count=30)

EXTENSIONES = (".csv", ".txt")
QUIETO = 5  # segundos sin cambios para dar un archivo por terminado


@dataclass
class Resumen:
    """Lo que se hizo en una corrida."""

    procesados: list[str] = field(default_factory=list)
    filas: int = 0


def terminados(carpeta: Path) -> Iterator[Path]:
    """Da los archivos que nadie está escribiendo."""
    with os.scandir(carpeta) as entradas:
        for entrada in sorted(entradas, key=lambda entrada: entrada.name):
            quieto = time.time() - entrada.stat().st_mtime > QUIETO
            if entrada.is_file() and entrada.name.endswith(EXTENSIONES) and quieto:
                yield Path(entrada.path)


def contar(archivo: Path) -> int:
    """Cuenta las filas, sin el encabezado."""
    with archivo.open(encoding="utf-8-sig", newline="") as texto:
        return sum(1 for _ in csv.DictReader(texto, delimiter=";"))


@task(task_run_name="procesar-{archivo.name}")
def procesar(archivo: Path, hechos: Path) -> int:
    """Procesa un archivo y lo mueve."""
    logger = logger_global.cambiar_rotfile_handler_params(hechos / "procesados.log")
    filas = contar(archivo)
    shutil.move(archivo, hechos / archivo.name)
    logger.info("%s: %d filas", archivo.name, filas)
    return filas


@flow(name="vigilar-carpeta")
def vigilar_carpeta(carpeta: str = "") -> int:
    """Procesa lo que haya en la carpeta."""
    logger = logger_global.obtener_logger_prefect()
    entrada = Path(carpeta or Variable.get("carpeta_entrada"))
    hechos = entrada / "hechos"
    hechos.mkdir(parents=True, exist_ok=True)
    resumen = Resumen()
    for archivo in terminados(entrada):
        resumen.filas += procesar(archivo, hechos)
        resumen.procesados.append(archivo.name)
    logger.info("%d archivos, %d filas", len(resumen.procesados), resumen.filas)
    return resumen.filas


if __name__ == "__main__":
    vigilar_carpeta()
