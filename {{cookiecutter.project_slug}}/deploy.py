"""Despliega el flujo en Prefect: qué corre, dónde y cuándo.

uv run deploy.py               despliega en dev
uv run deploy.py --env prod    despliega en prod
uv run deploy.py --run         despliega en dev, ejecuta y espera el resultado
uv run deploy.py --check       solo revisa, sin cambiar nada en el servidor
uv run deploy.py --schedule "2030-12-24 08:00" fechas.txt
                               programa ejecuciones en esas fechas, de lo ya desplegado

--env (dev o prod) va solo o con uno de los otros tres. Con --schedule, y si hay más de un
despliegue, --deployment dice cuál.
"""

import sys
from datetime import timedelta
{%- if cookiecutter.source == "local" %}
from pathlib import Path
{%- endif %}

from prefect.schedules import Cron

from deployment.cli import main
{%- if cookiecutter.source == "github" %}
from deployment.git_source import GitSource
{%- else %}
from deployment.local_folder import LocalFolder
{%- endif %}
from deployment.model import Deployment, Project, Watchdog

TIMEZONE = {{ cookiecutter.timezone | python }}
{%- if cookiecutter.flow_kind == "monitoring" %}
RECIPIENTS = ["equipo@example.com"]  # a quiénes les llega el informe
MAIL_BLOCK = "correo-monitoreo"  # el bloque con el servidor de correo y la cuenta que manda
{%- endif %}

PROJECT = Project(
{%- if cookiecutter.source == "github" %}
    source=GitSource(
        url={{ cookiecutter.github_repository | python }},
        branch="main",
        credentials_block="{{ cookiecutter.github_secret }}",
    ),
{%- else %}
    source=LocalFolder(Path(__file__).resolve().parent),
{%- endif %}
    entrypoint="src/{{ cookiecutter.__module }}.py:{{ cookiecutter.__module }}",
    timezone=TIMEZONE,
    pools={
        "dev": {{ cookiecutter.pool_dev | python }},
        "prod": {{ cookiecutter.pool_prod | python }},
    },
    secrets=[
{%- for name in cookiecutter.secrets | names %}
        "{{ name }}",
{%- if loop.last %}
    {% endif %}
{%- endfor %}],
    variables=[],
{%- if cookiecutter.flow_kind == "monitoring" %}
    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],
{%- endif %}
{%- if cookiecutter.source == "github" %}
{%- if cookiecutter.prefect_logger == "consulterscommons" %}
    env={
        "PYTHONUTF8": "1",
        "GIT_TERMINAL_PROMPT": "0",  # al instalar consulterscommons, Git no pregunta nada
        "GCM_INTERACTIVE": "never",
    },
{%- else %}
    env={"PYTHONUTF8": "1", "FLOW_LOG_DIR": "~/.prefect/logs/{{ cookiecutter.project_slug }}"},
{%- endif %}
{%- else %}
    env={"PYTHONUTF8": "1"},
{%- endif %}
    watchdog=Watchdog(
        running=timedelta(hours=2),  # lo que corre más se cancela
        late=timedelta(hours=4),  # lo que se atrasa y en este tiempo no empieza se cancela
        lost=timedelta(minutes=10),  # lo que no da señales de vida queda como Crashed
    ),
{%- if cookiecutter.prefect_logger == "consulterscommons" %}
{%- if cookiecutter.source == "github" %}
    private_libraries={
        "consulterscommons": "borrá exclude-dependencies de pyproject.toml y ejecutá: "
        'uv add --raw "consulterscommons @ git+https://github.com/Technological-Consulters/'
        'consulterscommons.git"',
    },
{%- else %}
    private_libraries={
        "consulterscommons": "borrá exclude-dependencies de pyproject.toml y ejecutá: uv sync",
    },
{%- endif %}
{%- endif %}
)


def deployments() -> list[Deployment]:
    """Los despliegues del proyecto; cada programación lleva siempre su huso horario."""
{%- if cookiecutter.flow_kind == "monitoring" %}
    mail = {
        "destinatarios": RECIPIENTS,
        "bloque_correo": MAIL_BLOCK,
        "huso_horario": TIMEZONE,
    }
    return [
        Deployment(
            name="{{ cookiecutter.project_slug }}-diario",
            description={{ cookiecutter.description | python }},
            schedules=[Cron("55 23 * * *", timezone=TIMEZONE)],
            parameters={"periodo": "diario", **mail},
            tags=["{{ cookiecutter.project_slug }}"],
        ),
        Deployment(
            name="{{ cookiecutter.project_slug }}-semanal",
            description={{ cookiecutter.description | python }},
            schedules=[Cron("55 23 * * 0", timezone=TIMEZONE)],  # los domingos
            parameters={"periodo": "semanal", **mail},
            tags=["{{ cookiecutter.project_slug }}"],
        ),
    ]
{%- else %}
    return [
        Deployment(
            name="{{ cookiecutter.project_slug }}",
            description={{ cookiecutter.description | python }},
{%- if cookiecutter.cron | length <= 48 %}
            schedules=[Cron({{ cookiecutter.cron | python }}, timezone=TIMEZONE)],
{%- else %}
            schedules=[
                Cron(
                    {{ cookiecutter.cron | python }},
                    timezone=TIMEZONE,
                )
            ],
{%- endif %}
{%- if cookiecutter.flow_kind == "subflows" %}
            parameters={"saldo_inicial": 0},
{%- else %}
            parameters={"nombre": "mundo"},
{%- endif %}
            tags=["{{ cookiecutter.project_slug }}"],
        ),
    ]
{%- endif %}


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, usage=__doc__))
