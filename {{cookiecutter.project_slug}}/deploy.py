"""Despliega en Prefect: qué corre, dónde y cuándo.

uv run deploy.py               despliega en dev
uv run deploy.py --env prod    despliega en prod
uv run deploy.py --check       solo revisa, sin cambiar nada en el servidor
uv run deploy.py --run         despliega, ejecuta y espera el resultado
uv run deploy.py --activate    despliega y enciende las programaciones apagadas
uv run deploy.py --prune       despliega y saca del servidor lo que acá ya no se declara
uv run deploy.py --schedule "2030-12-24 08:00" fechas.txt
                               programa ejecuciones en esas fechas, de lo ya desplegado

--env va con cualquiera. Con --schedule, si hay más de un despliegue, --deployment dice cuál.
"""

import sys
{%- if cookiecutter.flow_kind == "monitoring" %}
from datetime import timedelta
{%- endif %}

{% if cookiecutter.source == "github" -%}
from electra_flow import (
    Cron,
    Deployment,
    Environment,
    GitSource,
    LocalFolder,
    Prepared,
    Project,
{%- if cookiecutter.flow_kind == "monitoring" %}
    Watchdog,
{%- endif %}
    main,
)
{%- else -%}
{%- if cookiecutter.flow_kind == "monitoring" -%}
from electra_flow import (
    Cron,
    Deployment,
    Environment,
    LocalFolder,
    Prepared,
    Project,
    Watchdog,
    main,
)
{%- else -%}
from electra_flow import Cron, Deployment, Environment, LocalFolder, Prepared, Project, main
{%- endif %}
{%- endif %}
{%- if cookiecutter.flow_kind == "monitoring" %}

RECIPIENTS = ["equipo@example.com"]  # a quiénes les llega el informe
MAIL_BLOCK = "correo-monitoreo"  # el bloque con el servidor de correo y la cuenta que manda
PERIODS = {"diario": "55 23 * * *", "semanal": "55 23 * * 0"}  # el semanal, los domingos
{%- endif %}

PROJECT = Project(
    timezone={{ cookiecutter.timezone | python }},
    environments={
        "dev": Environment(
            pool={{ cookiecutter.pool_dev | python }},
            source=LocalFolder(__file__),
            schedules_active=False,  # en dev no corre solo: --activate lo enciende
        ),
        "prod": Environment(
            pool={{ cookiecutter.pool_prod | python }},
{%- if cookiecutter.source == "github" %}
            source=GitSource(
                __file__,
                url={{ cookiecutter.github_repository | python }},
                credentials_block="{{ cookiecutter.github_secret }}",
            ),
{%- if cookiecutter.prefect_logger == "consulterscommons" %}
            env={  # al instalar consulterscommons, Git no pregunta nada
                "GIT_TERMINAL_PROMPT": "0",
                "GCM_INTERACTIVE": "never",
            },
{%- endif %}
{%- else %}
            source=LocalFolder(__file__),
{%- endif %}
        ),
    },
    secrets=[
{%- for name in cookiecutter.secrets | names %}
        "{{ name }}",
{%- if loop.last %}
    {% endif %}
{%- endfor %}],
{%- if cookiecutter.flow_kind == "monitoring" %}
    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],
{%- endif %}
{%- if cookiecutter.prefect_logger == "consulterscommons" %}
    private_libraries={"consulterscommons": "uv run electra-flow docs logs"},
{%- endif %}
)


def deployments() -> list[Deployment]:
    """Los despliegues; cada programación, en el huso horario del proyecto."""
{%- if cookiecutter.flow_kind == "monitoring" %}
    mail = {
        "destinatarios": RECIPIENTS,
        "bloque_correo": MAIL_BLOCK,
        "huso_horario": PROJECT.timezone,
    }
    reports = [
        Deployment(
            entrypoint="src/{{ cookiecutter.__module }}.py:{{ cookiecutter.__module }}",
            name=f"{{ cookiecutter.project_slug }}-{period}",
            description={{ cookiecutter.description | python }},
            schedules=[Cron(cron)],
            parameters={"periodo": period, **mail},
            tags=["{{ cookiecutter.project_slug }}"],
        )
        for period, cron in PERIODS.items()
    ]
    rounds = Deployment(
        entrypoint="src/vigilar.py:vigilar",
        name="{{ cookiecutter.project_slug }}-vigilancia",
        description="Termina lo que se pasó de sus límites y las automatizaciones no vieron",
        schedules=[Cron("*/15 * * * *")],
        # Por la segunda etiqueta, deploy.py sabe en cualquier proyecto que la hay.
        tags=["{{ cookiecutter.project_slug }}", "electra-flow-vigilancia"],
        watchdog=Watchdog(
            running=timedelta(minutes=20),
            late=timedelta(minutes=30),
            silent=timedelta(minutes=45),
        ),
    )
    alerts = Deployment(
        entrypoint="src/avisar.py:avisar",
        name="{{ cookiecutter.project_slug }}-avisos",
        description="Manda los avisos que no manda el servidor; las automatizaciones lo empiezan",
        schedules=[Cron("*/15 * * * *")],
        parameters=mail,
        tags=["{{ cookiecutter.project_slug }}", "electra-flow-avisos"],
        watchdog=Watchdog(
            running=timedelta(minutes=10),
            late=timedelta(minutes=30),
            lost=timedelta(minutes=2),
            silent=timedelta(minutes=45),
        ),
    )
    return [*reports, rounds, alerts]
{%- else %}
    return [
        Deployment(
            entrypoint="src/{{ cookiecutter.__module }}.py:{{ cookiecutter.__module }}",
            name="{{ cookiecutter.project_slug }}",
            description={{ cookiecutter.description | python }},
{%- if cookiecutter.cron | length <= 67 %}
            schedules=[Cron({{ cookiecutter.cron | python }})],
{%- else %}
            schedules=[
                Cron(
                    {{ cookiecutter.cron | python }},
                ),
            ],
{%- endif %}
            parameters={% if cookiecutter.flow_kind == "subflows" %}{"saldo_inicial": 0}{% else %}{% if cookiecutter.flow_kind == "distributed" %}{"cantidad": 8}{% else %}{"nombre": "mundo"}{% endif %}{% endif %},
            tags=["{{ cookiecutter.project_slug }}"],
        ),
    ]
{%- endif %}


def publish(prepared: Prepared) -> None:
    """El despliegue, ya revisado, como lo hace Prefect."""
    from prefect import Flow, flow  # recién acá: es lo que más tarda

    loaded = flow.from_source(prepared.source, prepared.entrypoint)
    if isinstance(loaded, Flow):  # siempre: daría una corrutina solo en código asincrónico
        loaded.deploy(**prepared.options)


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
