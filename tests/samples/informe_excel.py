"""El informe mensual de stock, en Excel."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from electra_flow import PrefectLogger
from openpyxl import load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from prefect import flow, task

logger_global = PrefectLogger(__file__)

ARGENTINA = ZoneInfo("America/Argentina/Buenos_Aires")
SALIDA = Path(r"\\servidor\informes\stock")
PLANTILLA = Path(__file__).parent / "plantillas" / "stock.xlsx"
COLUMNAS = {"clave": "Clave", "usuario": "Usuario", "contraseña_vencida": "Contraseña vencida"}
FORMATOS = {"Clave": "@", "Importe": "#,##0.00", "Usuario": "@"}
CLAVES_DE_HOJA = ("codigo", "deposito")


def _encabezado(hoja: Worksheet) -> None:
    for celda in hoja[1]:
        celda.font = Font(bold=True, color="FFFFFF")
        celda.fill = PatternFill("solid", fgColor="1F4E78")


@task
def armar(stock: pd.DataFrame, ahora: datetime) -> Path:
    """Escribe el archivo y devuelve dónde quedó."""
    logger = logger_global.obtener_logger_prefect()
    archivo = SALIDA / f"stock-{ahora:%Y-%m}.xlsx"
    hoja = "Stock"
    with pd.ExcelWriter(archivo, engine="openpyxl") as libro:
        stock.rename(columns=COLUMNAS).to_excel(libro, sheet_name=hoja, index=False)
    libro = load_workbook(archivo)
    _encabezado(libro[hoja])
    clave = "codigo"
    libro[hoja].auto_filter.ref = f"A1:{'C'}{stock[clave].count() + 1}"
    libro.properties.creator = "Electra"
    libro.security.lockStructure = True
    libro.save(archivo)
    logger.info("Quedó en %s", archivo)
    return archivo


@flow
def informe_excel() -> Path:
    """Arma el informe con lo de hoy."""
    ahora = datetime.now(ARGENTINA)
    stock = pd.read_excel(PLANTILLA, dtype={"clave": str, "usuario": "string"})
    return armar(stock, ahora)
