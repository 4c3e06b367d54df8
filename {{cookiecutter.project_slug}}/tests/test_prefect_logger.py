"""El archivo de log: dónde queda, qué lleva y qué pasa si no se puede escribir."""

from uuid import uuid4

import pytest
from prefect import task
from prefect.client.schemas.objects import TaskRun
from prefect.context import TaskRunContext
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

from prefect_logger import PrefectLogger


@task
def tarea_de_prueba() -> None:
    """Una tarea que da nombre a las líneas."""


@pytest.fixture
def en_una_tarea():
    """Hace de cuenta que Prefect está ejecutando una tarea, sin servidor."""
    run = TaskRun(id=uuid4(), name="prueba-0", task_key="prueba", dynamic_key="0")
    with (
        temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}),
        TaskRunContext.model_construct(task=tarea_de_prueba, task_run=run),
    ):
        yield


def lineas(archivo):
    return [linea.split(" | ", 2)[2] for linea in archivo.read_text("utf-8").splitlines()]


def test_cada_linea_va_una_sola_vez_al_archivo(en_una_tarea, tmp_path):
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    for texto in ("año 1", "año 2"):
        logger_global.obtener_logger_prefect().info("%s", texto)
    assert lineas(tmp_path / "logs" / "ventas.log") == [
        "Task 'tarea_de_prueba' - año 1",
        "Task 'tarea_de_prueba' - año 2",
    ]


def test_flow_log_dir_cambia_la_carpeta(en_una_tarea, tmp_path, monkeypatch):
    monkeypatch.setenv("FLOW_LOG_DIR", str(tmp_path / "una" / "carpeta" / "nueva"))
    PrefectLogger("ventas.py").obtener_logger_prefect().info("hola")
    assert lineas(tmp_path / "una/carpeta/nueva/ventas.log") == ["Task 'tarea_de_prueba' - hola"]


def test_el_archivo_se_cambia_de_ahi_en_adelante(en_una_tarea, tmp_path):
    logger_global = PrefectLogger(tmp_path / "ventas.py")
    logger_global.obtener_logger_prefect().info("antes")
    logger_global.cambiar_rotfile_handler_params(tmp_path / "otro.log").info("después")
    assert lineas(tmp_path / "logs" / "ventas.log") == ["Task 'tarea_de_prueba' - antes"]
    assert lineas(tmp_path / "otro.log") == ["Task 'tarea_de_prueba' - después"]


def test_un_archivo_que_no_se_puede_escribir_es_solo_una_advertencia(
    en_una_tarea, tmp_path, caplog
):
    logger = PrefectLogger("ventas.py", log_path=tmp_path).obtener_logger_prefect()
    logger.info("el trabajo sigue")
    assert [registro.levelname for registro in caplog.records] == ["WARNING", "INFO"]


def test_fuera_de_un_flujo_o_una_tarea_no_hay_logger():
    with pytest.raises(ValueError, match="dentro de un flujo o de una tarea"):
        PrefectLogger("ventas.py").obtener_logger_prefect()


def test_una_rotacion_que_no_existe_se_rechaza():
    with pytest.raises(ValueError, match="when='Z'"):
        PrefectLogger("ventas.py", when="Z")
