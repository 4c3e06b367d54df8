"""Las convenciones del proyecto, y lo que solo se ve al importar."""

import importlib
import sys
from pathlib import Path

import pytest
from prefect.client.orchestration import PrefectClient, SyncPrefectClient
from prefect.settings import PREFECT_API_URL, temporary_settings

import deploy
from conventions.check import check

RAIZ = Path(deploy.__file__).parent
ARCHIVO, _, _ = deploy.PROJECT.entrypoint.partition(":")  # src/archivo.py
MODULO = ".".join(Path(ARCHIVO).with_suffix("").parts[1:])


@pytest.fixture
def pedidos(monkeypatch):
    """Lo que se le pide al servidor de Prefect, que acá no contesta."""
    pedidos = []

    def no_contesta(cliente, *_args, **_opciones):
        pedidos.append(type(cliente).__name__)
        raise RuntimeError(
            "Un secreto, un bloque o una variable se carga al importar: llevalo adentro del "
            "flujo o de la tarea que lo usa."
        )

    for cliente in (PrefectClient, SyncPrefectClient):
        monkeypatch.setattr(cliente, "__init__", no_contesta)
    # Sin una dirección, Prefect arrancaría un servidor temporal antes de pedir nada.
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        yield pedidos


@pytest.fixture
def sin_importar(monkeypatch):
    """Hace de cuenta que ningún archivo del proyecto se importó todavía."""
    for nombre, modulo in list(sys.modules.items()):
        archivo = Path(getattr(modulo, "__file__", None) or sys.executable)
        if archivo.is_relative_to(RAIZ / "src") or archivo == RAIZ / "deploy.py":
            monkeypatch.delitem(sys.modules, nombre)


def test_el_codigo_cumple_las_convenciones():
    assert [str(hallazgo) for hallazgo in check(RAIZ)] == []


@pytest.mark.parametrize("modulo", [MODULO, "deploy"])
def test_al_importar_no_se_carga_nada_de_prefect(modulo, pedidos, sin_importar):
    importlib.import_module(modulo)
    assert pedidos == [], "se cargó algo al importar, aunque el error no se vio"
