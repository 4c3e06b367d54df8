"""Lo que comparten las pruebas: sin servidor, salvo las marcadas `integration`."""

import pytest
{%- if cookiecutter.secrets | names %}
from prefect.blocks.system import Secret
{%- endif %}
from prefect.logging import disable_run_logger

{% if cookiecutter.secrets | names -%}
import deploy

{% endif %}
@pytest.fixture
def sin_prefect({% if cookiecutter.secrets | names %}monkeypatch{% endif %}):
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
    with disable_run_logger():
        yield


@pytest.fixture(scope="session")
def servidor():
    """Un servidor de Prefect temporal{% if cookiecutter.secrets | names %}, con los secretos del proyecto{% endif %}."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness():
{%- if cookiecutter.secrets | names %}
        for name in deploy.PROJECT.secrets:
            Secret(value=f"valor de {name}").save(name)
{%- endif %}
        yield
