"""What `deploy.py` says on the terminal, in Spanish; nothing here decides anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from electra_flow.checks.finding import UV_RUN, Finding
from electra_flow.sources.log_folder import LOG_FOLDER

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from electra_flow.deploying.publish import Published
    from electra_flow.model.project import Project

STYLES = {"": "", "bien": "green", "aviso": "yellow", "error": "bold red"}
WEEKDAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


def prepare_streams() -> None:
    """Let no character fail that a terminal does not have."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print a line at once, also into a file."""
    try:
        print(text, flush=True)
    except OSError:  # nobody reads any more, as in `deploy.py --check | head -1`
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # what is still held back goes there when Python ends
        os.close(nowhere)


def complain(text: str) -> None:
    """Print why something was not done, as the last thing that is said."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def show(finding: Finding) -> None:
    """Print a finding as soon as it is known, its level in colour where there is a terminal."""
    if not sys.stdout.isatty():
        say(f"  {finding}")
        return
    from rich.console import Console  # 50 ms, and it knows the terminals of Windows
    from rich.text import Text

    text = Text(f"  {finding}")
    text.stylize(STYLES[finding.level], 2, 2 + len(finding.level))
    Console().print(text, soft_wrap=True)


def count_errors(errors: int) -> str:
    """Write how many errors there are."""
    return f"{errors} {'error' if errors == 1 else 'errores'}"


def say_what_is_deployed(project: Project, environment: str) -> None:
    """Print which code is deployed, and where its runs write their logs."""
    own = project.environments[environment]
    say(f"Despliegue ({environment})")
    say(f"  Código: {own.source.describe(environment)}")
    defaults = own.source.job_variables(own.source.folder.name).get("env", {})
    folder = {**defaults, **project.env, **own.env}.get(LOG_FOLDER)
    if folder:
        say(f"  Logs: {folder}, donde corre cada ejecución")


def say_published(published: Published, project: Project, environment: str) -> None:
    """Print what is on the server now, and what changed."""
    say(f"  {published.name} en el work pool «{published.pool}»")
    say(f"    {published.url}")
    for change in published.changes:
        say(f"    Cambia: {change}")
    for change in published.schedule_changes:
        say(f"    Programación: {change}")
    if published.paused:
        say("    El despliegue entero está en pausa: se reanuda en la interfaz, en su página.")
    if published.inactive:
        command = f"{UV_RUN or 'python '}deploy.py --env {environment} --activate"
        scheduled = project.environments[environment].schedules_active
        reason = "" if scheduled else f" ({environment} no tiene horario: schedules_active=False)"
        say(f"    Hay programaciones en pausa{reason}; se activan con: {command}")
    for moment in published.next_runs:
        say(f"    Próxima: {local_and_utc(moment, project.timezone)}")
    if not published.next_runs:
        say(f"    Sin próximas ejecuciones{': está en pausa' * _is_paused(published)}.")
    for automation in published.automations:
        say(f"    Automatización: {automation}")


def say_end(state: State, reason: str | None) -> None:
    """Print how a run ended, and why it never began, if it did not."""
    message = f": {' '.join(state.message.split())}" if state.message else ""
    say(f"    Terminó {'bien' if state.is_completed() else 'mal'} ({state.name}){message}")
    if reason is not None:
        say(f"    No llegó a empezar: {reason or 'el motivo está en la terminal del worker.'}")


def server_reason(error: Exception) -> str:
    """Return what the server said, or what happened to the connection, in one line."""
    if isinstance(error.__cause__, Exception):  # Prefect wraps some answers
        error = error.__cause__
    try:
        answer = error.response.json()  # type: ignore[attr-defined]
        reason = answer.get("detail") or answer["exception_detail"][0]["msg"]
    except (AttributeError, LookupError, TypeError, ValueError):
        reason = error
    return " ".join(str(reason).split()) or type(error).__name__


def local_and_utc(moment: datetime, timezone: str) -> str:
    """Write a moment in the project's zone and in UTC."""
    local = moment.astimezone(ZoneInfo(timezone))
    utc = moment.astimezone(UTC)
    return (
        f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y %H:%M} de {timezone} "
        f"({WEEKDAYS[utc.weekday()]} {utc:%H:%M} UTC)"
    )


def one_of(names: Sequence[str], given: str | None) -> str:
    """Say that a deployment has to be chosen."""
    problem = f"No hay un despliegue «{given}»" if given else f"Hay {len(names)} despliegues"
    return f"{problem}: elegí uno con --deployment ({', '.join(names)})."


def _is_paused(published: Published) -> bool:
    return published.paused or published.inactive
