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

from electra_flow import Cron, Deployment, Environment, LocalFolder, Prepared, Project, main

PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={
        "dev": Environment(
            pool="pool-dev",
            source=LocalFolder(__file__),
            schedules_active=False,  # en dev no corre solo: --activate lo enciende
        ),
        "prod": Environment(
            pool="pool-prod",
            source=LocalFolder(__file__),
        ),
    },
    secrets=[],
)


def deployments() -> list[Deployment]:
    """Los despliegues; cada programación, en el huso horario del proyecto."""
    return [
        Deployment(
            entrypoint="src/mi_flujo.py:mi_flujo",
            name="mi-flujo",
            description="Automatización de Electra que corre en Prefect",
            schedules=[Cron("30 1,13,17 * * *")],
            parameters={"cantidad": 8},
            tags=["mi-flujo"],
        ),
    ]


def publish(prepared: Prepared) -> None:
    """El despliegue, ya revisado, como lo hace Prefect."""
    from prefect import Flow, flow  # recién acá: es lo que más tarda

    loaded = flow.from_source(prepared.source, prepared.entrypoint)
    if isinstance(loaded, Flow):  # siempre: daría una corrutina solo en código asincrónico
        loaded.deploy(**prepared.options)


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
