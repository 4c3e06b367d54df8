"""El flujo y sus tareas: la lógica, sin servidor, y una ejecución entera."""

import pytest

import mi_flujo as flujo


def test_el_saludo_lleva_el_nombre(sin_prefect):
    assert flujo.preparar_saludo.fn("Ana") == "¡Hola, Ana!"


def test_la_entrega_cuenta_los_caracteres(sin_prefect):
    assert flujo.entregar_saludo.fn("¡Hola, Ana!") == 11


def test_el_flujo_encadena_las_tareas(sin_prefect, monkeypatch):
    for tarea in (flujo.preparar_saludo, flujo.entregar_saludo):
        monkeypatch.setattr(flujo, tarea.fn.__name__, tarea.fn)
    assert flujo.mi_flujo.fn("Ana") == 11


@pytest.mark.integration
def test_el_flujo_termina_bien_en_un_servidor(servidor):
    estado = flujo.mi_flujo("Ana", return_state=True)
    assert estado.is_completed()
    assert estado.result() == 11
