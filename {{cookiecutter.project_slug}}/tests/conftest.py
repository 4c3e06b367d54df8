"""Lo que comparten las pruebas: sin servidor, salvo las marcadas `integration`."""

{% if cookiecutter.prefect_logger == "consulterscommons" -%}
import importlib.util
import logging
import sys
from pathlib import Path

{% endif -%}
import pytest
{%- if cookiecutter.secrets | names %}
from prefect.blocks.system import Secret
{%- endif %}
from prefect.logging import disable_run_logger

{% if cookiecutter.secrets | names or cookiecutter.prefect_logger == "consulterscommons" -%}
import deploy

{% endif -%}
{% if cookiecutter.prefect_logger == "consulterscommons" -%}
CARPETA = Path(__file__).resolve().parent
SIN_CONSULTERSCOMMONS = importlib.util.find_spec("consulterscommons") is None


def pytest_configure():
    """Si consulterscommons no está instalada, las pruebas usan la de esta carpeta."""
    if SIN_CONSULTERSCOMMONS:
        sys.path.append(str(CARPETA))


@pytest.fixture(autouse=True)
def con_un_consulterscommons(monkeypatch):
    """Lo mismo, para el intérprete en que deploy.py importa el flujo."""
    if SIN_CONSULTERSCOMMONS:
        monkeypatch.setitem(deploy.PROJECT.env, "PYTHONPATH", str(CARPETA))

{% endif %}
@pytest.fixture
def sin_prefect({% if cookiecutter.secrets | names or cookiecutter.prefect_logger == "consulterscommons" %}monkeypatch{% endif %}):
    """Permite llamar a las tareas y al flujo con `.fn()`, como funciones comunes."""
{%- if cookiecutter.secrets | names %}
{%- if cookiecutter.flow_kind == "subflows" %}

    async def aload(name):
        return Secret(value=f"valor de {name}")

    monkeypatch.setattr(Secret, "aload", aload)
{%- else %}
    monkeypatch.setattr(Secret, "load", lambda name: Secret(value=f"valor de {name}"))
{%- endif %}
{%- endif %}
{%- if cookiecutter.prefect_logger == "consulterscommons" %}
    obtener_logger = "consulterscommons.log_tools.PrefectLogger.obtener_logger_prefect"
    logger = logging.getLogger("pruebas")  # noqa: TID251 - hace del logger de una ejecución
    monkeypatch.setattr(obtener_logger, lambda self: logger)
{%- endif %}
    with disable_run_logger():
        yield


@pytest.fixture(scope="session")
def servidor():
    """Un servidor de Prefect temporal{% if cookiecutter.secrets | names %}, con los secretos del proyecto{% endif %}."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=None):  # el de prefect.toml
{%- if cookiecutter.secrets | names %}
        for name in deploy.PROJECT.secrets:
            Secret(value=f"valor de {name}").save(name)
{%- endif %}
        yield
