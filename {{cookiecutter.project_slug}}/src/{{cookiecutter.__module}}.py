"""El flujo y sus tareas: este es el archivo donde va tu trabajo."""

{% if cookiecutter.prefect_logger == "consulterscommons" -%}
from consulterscommons.log_tools import PrefectLogger
{% endif -%}
from prefect import flow, task
{%- if cookiecutter.secrets | names %}
from prefect.blocks.system import Secret
{%- endif %}

{% if cookiecutter.prefect_logger == "bundled" -%}
from prefect_logger import PrefectLogger
{% endif -%}
from run_info import run_info

logger_global = PrefectLogger(__file__)


@task
def preparar_saludo(nombre: str) -> str:
    """Arma el saludo."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Preparando el saludo para %s", nombre)
    return f"¡Hola, {nombre}!"


@task
def entregar_saludo(saludo: str) -> int:
    """Entrega el saludo y devuelve cuántos caracteres tiene."""
    logger = logger_global.obtener_logger_prefect()
{%- if cookiecutter.secrets | names %}
    # Los secretos se cargan dentro de la ejecución, y nunca se escriben en el log.
    secretos = {
{%- for name in cookiecutter.secrets | names %}
{%- if name | length <= 33 %}
        "{{ name }}": Secret.load("{{ name }}").get(),
{%- else %}
        "{{ name }}": Secret.load(
            "{{ name }}"
        ).get(),
{%- endif %}
{%- endfor %}
    }
    logger.info("Secretos cargados: %s", ", ".join(secretos))
{%- endif %}
    logger.info("%s", saludo)
    return len(saludo)


@flow(
    name="{{ cookiecutter.project_slug }}",
    description={{ cookiecutter.description | python }},
)
def {{ cookiecutter.__module }}(nombre: str = "mundo") -> int:
    """Saluda a `nombre`, tarea por tarea."""
    logger = logger_global.obtener_logger_prefect()
    logger.info("Comienza el flujo con %s", run_info())
    largo = entregar_saludo(preparar_saludo(nombre))
    logger.info("El saludo tiene %d caracteres", largo)
    return largo


if __name__ == "__main__":
    {{ cookiecutter.__module }}()
