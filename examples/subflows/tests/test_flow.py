"""El flujo, sus subflujos y sus tareas: la lógica, sin servidor, y una ejecución entera."""

import asyncio

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.states import Completed

import mi_flujo as flujo

IMPORTES = {"ventas": [10, 20], "compras": [5]}


@pytest.fixture
def sin_espera(monkeypatch):
    """Contesta al instante lo que la consulta tarda en traer."""

    async def consultar_importes(origen):
        return IMPORTES[origen]

    monkeypatch.setattr(flujo, "consultar_importes", consultar_importes)


@pytest.fixture
def de_a_dos(monkeypatch):
    """Contesta recién cuando preguntaron los dos subflujos; si van de a uno, falla."""
    juntos = asyncio.Barrier(2)

    async def consultar_importes(origen):
        await asyncio.wait_for(juntos.wait(), timeout=30)
        return IMPORTES[origen]

    monkeypatch.setattr(flujo, "consultar_importes", consultar_importes)


def test_los_importes_se_suman(sin_prefect):
    assert flujo.sumar_importes.fn([1, 2, 3]) == 6


def test_se_leen_los_importes_de_cada_origen(sin_prefect, sin_espera):
    assert asyncio.run(flujo.leer_importes.fn("ventas")) == [10, 20]
    assert asyncio.run(flujo.leer_importes.fn("compras")) == [5]


def test_cada_subflujo_suma_lo_suyo(sin_prefect, sin_espera, monkeypatch):
    for tarea in (flujo.leer_importes, flujo.sumar_importes):
        monkeypatch.setattr(flujo, tarea.fn.__name__, tarea.fn)
    assert asyncio.run(flujo.sumar_ventas.fn()) == 30
    assert asyncio.run(flujo.sumar_compras.fn()) == 5


def test_el_flujo_empieza_los_dos_subflujos_antes_de_que_termine_ninguno(
    sin_prefect, de_a_dos, monkeypatch
):
    for tarea in (flujo.leer_importes, flujo.sumar_importes):
        monkeypatch.setattr(flujo, tarea.fn.__name__, tarea.fn)
    for subflujo in (flujo.sumar_ventas, flujo.sumar_compras):
        monkeypatch.setattr(flujo, subflujo.fn.__name__, como_estado(subflujo.fn))
    assert asyncio.run(flujo.mi_flujo.fn(100)) == 125


def como_estado(funcion):
    async def correr(return_state):
        return Completed(data=await funcion())

    return correr


@pytest.mark.integration
def test_los_subflujos_corren_a_la_vez_en_un_servidor(servidor, de_a_dos):
    estado = asyncio.run(flujo.mi_flujo(return_state=True))
    assert estado.is_completed()
    assert estado.result() == 25
    with get_client(sync_client=True) as cliente:
        principal = cliente.read_flow_run(estado.state_details.flow_run_id)
        subflujos = cliente.read_flow_runs(
            flow_run_filter=FlowRunFilter(parent_flow_run_id={"any_": [principal.id]})
        )
    assert [subflujo.state_name for subflujo in subflujos] == ["Completed", "Completed"]
    comienzos = [principal.start_time, *(subflujo.start_time for subflujo in subflujos)]
    finales = [principal.end_time, *(subflujo.end_time for subflujo in subflujos)]
    assert max(comienzos) < min(finales)
