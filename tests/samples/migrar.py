"""Un script: pasa las contraseñas de un archivo a bloques de Prefect. uv run src/migrar.py archivo.csv"""

from __future__ import annotations

import argparse
import csv
import getpass
import sys
from pathlib import Path

from prefect.blocks.system import Secret


def main() -> int:
    """Lee el archivo y guarda cada clave en su bloque."""
    analizador = argparse.ArgumentParser(description=__doc__)
    analizador.add_argument("archivo", type=Path)
    analizador.add_argument("--usuario", default="todos", help="solo las de un usuario")
    analizador.add_argument("--clave", help="la clave maestra; si falta, se pregunta")
    opciones = analizador.parse_args()
    clave = opciones.clave or getpass.getpass("Clave maestra: ")
    if len(clave) < 8:
        sys.exit("La clave es corta")
    with opciones.archivo.open(encoding="utf-8", newline="") as archivo:
        for fila in csv.DictReader(archivo, delimiter=";"):
            usuario, contrasena = fila["usuario"], fila["contraseña"]
            if opciones.usuario not in ("todos", usuario):
                continue
            nombre = f"clave-{fila['sistema'].lower()}"
            Secret(value=contrasena).save(nombre, overwrite=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
