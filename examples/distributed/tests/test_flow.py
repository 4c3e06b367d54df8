"""El flujo y sus tareas: la lógica, sin servidor ni Dask, y una ejecución entera en dos procesos."""

from unittest.mock import Mock

import pytest
from electra_flow.distributed import DaskTaskRunner

import mi_flujo as flujo


def test_hay_tantos_lotes_como_se_piden(sin_prefect):
    assert flujo.buscar_lotes.fn(3) == [1, 2, 3]


def test_de_un_lote_se_suman_los_cuadrados(sin_prefect):
    assert flujo.procesar_lote.fn(1) == 332_833_500


def test_el_flujo_reparte_los_lotes_y_suma_sus_totales(sin_prefect, monkeypatch):
    procesar_lote = Mock()
    procesar_lote.map.return_value.result.return_value = [10, 20]
    monkeypatch.setattr(flujo, "buscar_lotes", flujo.buscar_lotes.fn)
    monkeypatch.setattr(flujo, "procesar_lote", procesar_lote)
    assert flujo.mi_flujo.fn(2) == 30
    procesar_lote.map.assert_called_once_with([1, 2])


@pytest.mark.integration
def test_el_flujo_termina_bien_en_dos_procesos(servidor):
    dos = DaskTaskRunner(cluster_kwargs={"n_workers": 2})
    repartido = flujo.mi_flujo.with_options(task_runner=dos)
    estado = repartido(2, return_state=True)
    assert estado.is_completed()
    assert estado.result() == 332_833_500 + 2_664_667_000
