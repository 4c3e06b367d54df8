"""Junta las planillas que dejan las sucursales en una sola."""

from pathlib import Path

import pandas as pd
from electra_flow import PrefectLogger
from prefect import flow, task, unmapped
from prefect.futures import wait

logger_global = PrefectLogger(__file__)

ENTRADA = Path(r"D:\sucursales\entrada")
SALIDA = Path(r"D:\sucursales\consolidado.xlsx")
COLUMNAS = {"Clave": "clave", "Usuario": "usuario", "Importe": "importe"}
TIPOS = {"clave": "string", "usuario": "string", "importe": "float64"}


class PlanillaInvalida(ValueError):  # noqa: N818 - así la llama el equipo
    """A una planilla le faltan columnas."""


@task(retries=1)
def leer(archivo: Path, hoja: str) -> pd.DataFrame:
    """Lee una planilla y revisa sus columnas."""
    tabla = pd.read_excel(archivo, sheet_name=hoja)
    if faltan := set(COLUMNAS) - set(tabla.columns):
        raise PlanillaInvalida(f"{archivo.name}: faltan {', '.join(sorted(faltan))}")
    tabla = tabla.rename(columns=COLUMNAS).astype(TIPOS)
    return tabla.assign(sucursal=archivo.stem)


@task
def consolidar(tablas: list[pd.DataFrame]) -> int:
    """Guarda todo junto y un resumen por sucursal."""
    logger = logger_global.obtener_logger_prefect()
    todo = pd.concat(tablas, ignore_index=True).sort_values(["sucursal", "clave"])
    with pd.ExcelWriter(SALIDA, engine="openpyxl") as libro:
        todo.to_excel(libro, sheet_name="Detalle", index=False)
        todo.groupby("sucursal")["importe"].sum().to_excel(libro, sheet_name="Resumen")
    logger.info("%d filas en %s", len(todo), SALIDA)
    return len(todo)


@flow(name="planillas")
def planillas(hoja: str = "Ventas") -> int:
    """Consolida las planillas; las que no sirven se avisan y se saltean."""
    logger = logger_global.obtener_logger_prefect()
    archivos = sorted(ENTRADA.glob("*.xlsx"))
    futuros = leer.map(archivos, unmapped(hoja))
    wait(futuros)
    fallaron = [futuro for futuro in futuros if futuro.state.is_failed()]
    for futuro in fallaron:
        logger.warning("Se saltea una planilla: %s", futuro.state.message)
    tablas = [futuro.result() for futuro in futuros if futuro not in fallaron]
    return consolidar(tablas) if tablas else 0


if __name__ == "__main__":
    planillas()
