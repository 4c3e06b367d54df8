"""El comando `deploy.py`: revisa, despliega y cuenta qué quedó en el servidor."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import prefect
from prefect.settings import get_current_settings
from rich.console import Console
from rich.text import Text

from deployment.dates import DatesError, read_dates
from deployment.local_check import FlowImport, check_deployments
from deployment.machine_check import check_machine
from deployment.model import Deployment, Project, SourceError
from deployment.server_check import UV_RUN, Finding, check_server
from deployment.timezones import timezone_problem

if TYPE_CHECKING:
    from deployment.publish import Published

DONE, REFUSED, USAGE = 0, 1, 2
TIMEOUT = 10.0  # segundos que se espera cada respuesta de un servidor ocupado
STYLES = {"": "", "bien": "green", "aviso": "yellow", "error": "bold red"}
WEEKDAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


def main(project: Project, deployments: Callable[[], Sequence[Deployment]], usage: str) -> int:
    """Ejecuta `deploy.py`.

    Args:
        project: De dónde se toma el código y dónde corre.
        deployments: Arma la lista de despliegues; se llama acá, para poder explicar sus errores.
        usage: La ayuda del comando.

    Returns:
        El código de salida: 0 si se hizo; 1 si una revisión o el servidor dijeron que no, o si la
        ejecución no terminó bien; 2 si falta decir qué despliegue.
    """
    sys.excepthook = sys.__excepthook__  # desde acá, lo que no se espera sí lleva traceback
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # una terminal sin UTF-8 no es motivo para fallar
    options = _parse(sys.argv[1:], sorted(project.pools), usage)
    try:
        declared = list(deployments())
    except Exception as error:
        return _fail(_mistake(error))
    if options.env not in project.pools:
        return _fail(f"deploy.py: a los pools de PROJECT les falta el entorno «{options.env}».")
    try:
        if options.schedule:
            return _schedule(project, declared, options)
        return _deploy(project, declared, options)
    except KeyboardInterrupt:
        return _fail(
            "Interrumpido. Lo que ya se hizo queda en el servidor, y una ejecución empezada "
            "sigue en su worker."
        )


def _deploy(
    project: Project, deployments: Sequence[Deployment], options: argparse.Namespace
) -> int:
    print(f"Revisión ({options.env})")
    errors = 0
    for finding in _check(project, deployments, options.env, needs_worker=options.run):
        errors += finding.level == "error"
        _show(finding)
    if errors:
        count = f"{errors} {'error' if errors == 1 else 'errores'}"
        return _fail(f"Hay {count}." if options.check else f"No se desplegó nada: hay {count}.")
    if options.check:
        print("Todo listo para desplegar.")
        return DONE
    return _publish(project, deployments, options.env, run=options.run)


def _parse(arguments: Sequence[str], envs: Sequence[str], usage: str) -> argparse.Namespace:
    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            given = " ".join(arguments)
            print(f"No entiendo «{given}». Así se usa:\n\n{usage.strip()}", file=sys.stderr)
            sys.exit(USAGE)

    parser = Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--env", choices=envs, default="dev")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true")
    action.add_argument("--run", action="store_true")
    action.add_argument("--schedule", nargs="+")
    parser.add_argument("--deployment")
    parser.add_argument("-h", "--help", action="store_true")
    options = parser.parse_args(arguments)
    if options.help:
        print(usage.strip())
        sys.exit(DONE)
    if options.deployment and not options.schedule:
        parser.error("--deployment va con --schedule")
    return options


def _check(
    project: Project, deployments: Sequence[Deployment], env: str, *, needs_worker: bool
) -> Iterator[Finding]:
    """Revisa todo, en orden, sin cambiar nada; el flujo se importa mientras tanto."""
    with project.source.code() as folder:
        flow_import = FlowImport(project, folder)
        yield from check_machine(env, project.pools[env])
        yield from check_server(
            _settings(),
            [project.pools[env]],
            [*project.source.secrets, *project.secrets],
            prefect.__version__,
            variables=project.variables,
            blocks=project.blocks,
            needs_worker=needs_worker,
            timeout=TIMEOUT,
        )
        yield from check_deployments(project, deployments)
        yield from project.source.check(env, project.entrypoint)
        yield from flow_import.check(deployments)


def _settings() -> dict[str, str]:
    return get_current_settings().to_environment_variables(include_secrets=True)


def _show(finding: Finding) -> None:
    """Escribe un hallazgo apenas se conoce, con su nivel en color si hay una terminal."""
    text = Text(f"  {finding}")
    text.stylize(STYLES[finding.level], 2, 2 + len(finding.level))
    Console().print(text, soft_wrap=True)


def _publish(project: Project, deployments: Sequence[Deployment], env: str, *, run: bool) -> int:
    """Despliega y cuenta qué quedó; con `run`, ejecuta cada despliegue y espera el resultado."""
    from deployment.publish import publish  # lo que más tarda en importarse

    print(f"Despliegue ({env})")
    print(f"  Código: {project.source.describe(env)}", flush=True)
    if folder := project.env.get("FLOW_LOG_DIR"):
        print(f"  Logs: {folder}, en la máquina del worker", flush=True)
    pending = [deployment.name_in(env) for deployment in deployments]
    completed = True
    try:
        for published in publish(project, deployments, env):
            pending.pop(0)
            print(f"  {published.name} en el work pool «{published.pool}»")
            print(f"    {published.url}")
            for change in published.changes:
                print(f"    Programación: {change}")
            for moment in published.next_runs:
                print(f"    Próxima: {_local_and_utc(moment, project.timezone)}")
            if not published.next_runs:
                print(f"    Sin próximas ejecuciones{': está en pausa' * published.paused}.")
            for automation in published.automations:
                print(f"    Automatización: {automation}")
            if run:
                completed = _run(published) and completed
    except SourceError as problem:
        return _fail(str(problem))
    except Exception as error:  # lo que sea que Prefect o el servidor no aceptaron
        return _fail(f"El servidor no aceptó {', '.join(pending)}: {_server_reason(error)}")
    return DONE if completed else REFUSED


def _run(published: Published) -> bool:
    """Ejecuta un despliegue, cuenta cómo avanza y dice si se completó."""
    from deployment.publish import crash_reason, run_once

    state = None
    began = False
    try:
        for progress in run_once(published):
            if state is None:
                print(f"    Ejecutando: {progress.url}", flush=True)
            state = progress.state
            began = began or state.is_running()
            if state.name == "Late":
                print("    Atrasada (Late): todavía no la tomó ningún worker.", flush=True)
    except Exception as error:
        print(f"    Se perdió el contacto con el servidor: {_server_reason(error)}")
        return False
    message = f": {' '.join(state.message.split())}" if state.message else ""
    print(f"    Terminó {'bien' if state.is_completed() else 'mal'} ({state.name}){message}")
    if state.is_crashed() and not began:
        reason = crash_reason(progress.run_id) or "el motivo está en la terminal del worker."
        print(f"    No llegó a empezar: {reason}")
    return state.is_completed()


def _schedule(
    project: Project, deployments: Sequence[Deployment], options: argparse.Namespace
) -> int:
    """Programa ejecuciones en las fechas dadas, y cuenta cuáles son nuevas."""
    given = options.deployment
    names = {deployment.name: deployment.name_in(options.env) for deployment in deployments}
    chosen = [full for name, full in names.items() if given in (None, name, full)]
    if len(chosen) != 1:
        problem = f"No hay un despliegue «{given}»" if given else f"Hay {len(names)} despliegues"
        _fail(f"{problem}: elegí uno con --deployment ({', '.join(names)}).")
        return USAGE
    if problem := timezone_problem(project.timezone):
        return _fail(f"deploy.py: el huso horario {problem.reason}; usá {problem.instead}.")
    try:
        moments = read_dates(options.schedule, project.timezone, datetime.now(UTC))
    except DatesError as problems:
        return _fail(f"{problems}\nNo se programó nada.")
    print(f"Revisión ({options.env})")
    errors = 0
    pool = project.pools[options.env]
    for finding in check_server(_settings(), [pool], [], prefect.__version__, timeout=TIMEOUT):
        errors += finding.level == "error"
        _show(finding)
    if errors:
        return _fail("No se programó nada.")
    return _schedule_on_server(project, chosen[0], moments, options.env)


def _schedule_on_server(project: Project, name: str, moments: Sequence[datetime], env: str) -> int:
    from deployment.runs_at import NotDeployedError, find_deployment, schedule_runs

    done = 0
    try:
        deployment_id, full_name = find_deployment(name, project.entrypoint)
        print(f"Ejecuciones de {full_name}")
        for run in schedule_runs(deployment_id, moments):
            done += 1
            what = f"Ya estaba ({run.existing})" if run.existing else "Programada"
            print(f"  {what}: {_local_and_utc(run.moment, project.timezone)}")
            print(f"    {run.url}", flush=True)
    except NotDeployedError as problem:
        command = f"{UV_RUN or 'python '}deploy.py --env {env}"
        return _fail(f"No se programó nada: {problem}. Se despliega con: {command}")
    except Exception as error:  # lo que sea que Prefect o el servidor no aceptaron
        return _fail(
            f"Quedaron {done} de {len(moments)}; repetí el comando para completar. El servidor "
            f"dijo: {_server_reason(error)}"
        )
    return DONE


def _mistake(error: BaseException) -> str:
    """Cuenta en una línea una excepción de deploy.py."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == "deploy.py"]
    place = f"línea {lines[-1]}" if lines else "deployments()"
    return f"deploy.py, {place}: {type(error).__name__}: {error}"


def _server_reason(error: Exception) -> str:
    """Devuelve lo que el servidor dijo, o lo que pasó con la conexión, en una línea."""
    if isinstance(error.__cause__, Exception):  # Prefect envuelve algunas respuestas
        error = error.__cause__
    try:
        answer = error.response.json()
        reason = answer.get("detail") or answer["exception_detail"][0]["msg"]
    except (AttributeError, LookupError, TypeError, ValueError):
        reason = error
    return " ".join(str(reason).split())


def _local_and_utc(moment: datetime, timezone: str) -> str:
    """Escribe un momento en el huso del proyecto y en UTC."""
    local = moment.astimezone(ZoneInfo(timezone))
    utc = moment.astimezone(UTC)
    return (
        f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y %H:%M} de {timezone} "
        f"({WEEKDAYS[utc.weekday()]} {utc:%H:%M} UTC)"
    )


def _fail(text: str) -> int:
    sys.stdout.flush()  # que el motivo quede al final también en un archivo
    print(text, file=sys.stderr)
    return REFUSED


if Path(sys.argv[0]).name == "deploy.py":  # los errores de antes de main(), como los de PROJECT
    sys.excepthook = lambda kind, error, trace: _fail(_mistake(error))
