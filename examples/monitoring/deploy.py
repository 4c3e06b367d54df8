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
from datetime import timedelta

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

RECIPIENTS = ["equipo@example.com"]  # a quiénes les llega el informe
MAIL_BLOCK = "correo-monitoreo"  # el bloque con el servidor de correo y la cuenta que manda
PERIODS = {"diario": "55 23 * * *", "semanal": "55 23 * * 0"}  # el semanal, los domingos

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
    blocks=[f"email-server-credentials/{MAIL_BLOCK}"],
)


def deployments() -> list[Deployment]:
    """Los despliegues; cada programación, en el huso horario del proyecto."""
    mail = {
        "destinatarios": RECIPIENTS,
        "bloque_correo": MAIL_BLOCK,
        "huso_horario": PROJECT.timezone,
    }
    reports = [
        Deployment(
            entrypoint="src/mi_flujo.py:mi_flujo",
            name=f"mi-flujo-{period}",
            description="Automatización de Electra que corre en Prefect",
            schedules=[Cron(cron)],
            parameters={"periodo": period, **mail},
            tags=["mi-flujo"],
        )
        for period, cron in PERIODS.items()
    ]
    rounds = Deployment(
        entrypoint="src/vigilar.py:vigilar",
        name="mi-flujo-vigilancia",
        description="Termina lo que se pasó de sus límites y las automatizaciones no vieron",
        schedules=[Cron("*/15 * * * *")],
        # Por la segunda etiqueta, deploy.py sabe en cualquier proyecto que la hay.
        tags=["mi-flujo", "electra-flow-vigilancia"],
        watchdog=Watchdog(
            running=timedelta(minutes=20),
            late=timedelta(minutes=30),
            silent=timedelta(minutes=45),
        ),
    )
    alerts = Deployment(
        entrypoint="src/avisar.py:avisar",
        name="mi-flujo-avisos",
        description="Manda los avisos que no manda el servidor; las automatizaciones lo empiezan",
        schedules=[Cron("*/15 * * * *")],
        parameters=mail,
        tags=["mi-flujo", "electra-flow-avisos"],
        watchdog=Watchdog(
            running=timedelta(minutes=10),
            late=timedelta(minutes=30),
            lost=timedelta(minutes=2),
            silent=timedelta(minutes=45),
        ),
    )
    return [*reports, rounds, alerts]


def publish(prepared: Prepared) -> None:
    """El despliegue, ya revisado, como lo hace Prefect."""
    from prefect import Flow, flow  # recién acá: es lo que más tarda

    loaded = flow.from_source(prepared.source, prepared.entrypoint)
    if isinstance(loaded, Flow):  # siempre: daría una corrutina solo en código asincrónico
        loaded.deploy(**prepared.options)


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, publish, usage=__doc__))
