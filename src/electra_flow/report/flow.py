"""What the flow of a monitoring project does, step by step; its own file says in which tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect import Task
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect_email import EmailServerCredentials

from electra_flow.report.data import Report, Run
from electra_flow.report.html import html
from electra_flow.report.mail import MailError, build_message, sender_of
from electra_flow.report.mail import send as send_message
from electra_flow.report.period import Period, PeriodName, period_until
from electra_flow.report.reader import read_runs
from electra_flow.report.text import markdown, plain, subject


def period_of_run(name: PeriodName, timezone: str, end: datetime | None = None) -> Period:
    """Devuelve el período que termina en `end` o, si no se indica, en la hora prevista de la ejecución.

    Args:
        name: «diario» o «semanal».
        timezone: El huso horario del informe.
        end: Dónde termina; sin huso, es hora local.
    """
    return period_until(name, end or flow_run.get_scheduled_start_time(), timezone)


def read(period: Period) -> list[Run]:
    """Lee del servidor las ejecuciones de un período, menos la que está en curso acá.

    Raises:
        RuntimeError: Si la lista no deja de cambiar mientras se lee.
    """
    own = flow_run.get_id()
    with get_client(sync_client=True) as client:
        return read_runs(client, period, UUID(own) if own else None)


def publish(report: Report, name: str) -> None:
    """Deja el informe en la interfaz de Prefect, en Artifacts, como «nombre-diario»."""
    create_markdown_artifact(
        markdown(report),
        key=f"{name}-{report.period.name}",
        description=report.headline,
    )


def send(report: Report, recipients: Sequence[str], block: str, sender: str | None) -> State[Any]:
    """Manda el informe por correo, y dice cómo salió.

    Args:
        report: El informe.
        recipients: Las direcciones.
        block: El bloque Email Server Credentials con el servidor de correo.
        sender: La dirección que manda; None es el usuario del bloque.
    """
    try:
        server = EmailServerCredentials.load(block)
    except ValueError:
        return Failed(message=f"Falta el bloque «{block}», de tipo Email Server Credentials.")
    try:
        sender = sender or sender_of(server, block)
        message = build_message(subject(report), html(report), plain(report), sender, recipients)
        send_message(message, server, block)
    except MailError as error:
        return Failed(message=str(error), data=error)
    return Completed(message=f"Enviado a {', '.join(recipients)}.")


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Dice si vale la pena mandar de nuevo un correo que no salió; para `retry_condition_fn`."""
    return isinstance(state.data, MailError) and state.data.may_pass


def result(report: Report, mail: State[Any] | None) -> State[Any]:
    """Devuelve cómo termina el flujo: mal, si el correo no salió; `mail` es None si no lo hubo."""
    if mail is None:
        return Completed(message=report.headline)
    if not mail.is_completed():
        return Failed(message=f"{mail.message} El informe está en Artifacts.")
    return Completed(message=f"{report.headline}. {mail.message}")
