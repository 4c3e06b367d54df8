"""Despliega el flujo en Prefect: qué corre, dónde y cuándo.

uv run deploy.py               despliega en dev
uv run deploy.py --env prod    despliega en prod
uv run deploy.py --run         despliega en dev, ejecuta y espera el resultado
uv run deploy.py --check       solo revisa, sin cambiar nada en el servidor

--env (dev o prod) va solo o con uno de los otros dos.
"""

import sys
from pathlib import Path

from prefect.schedules import Cron

from deployment.cli import main
from deployment.model import Deployment, Project

TIMEZONE = {{ cookiecutter.timezone | python }}

PROJECT = Project(
    source=Path(__file__).resolve().parent,
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
    env={"PYTHONUTF8": "1"},
)


def deployments() -> list[Deployment]:
    """Los despliegues del proyecto; cada programación lleva siempre su huso horario."""
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
            parameters={"nombre": "mundo"},
            tags=["{{ cookiecutter.project_slug }}"],
        ),
    ]


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, usage=__doc__))
