"""`deploy.py`, `--check` and `--run`: check everything, publish, and run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from electra_flow.checks.api import Server
from electra_flow.checks.flow_import import FlowImport
from electra_flow.checks.settings import read_settings
from electra_flow.deploying.marked import in_environment
from electra_flow.deploying.moved import LostRunError, find_waiting, move
from electra_flow.deploying.options import DONE, REFUSED, Options
from electra_flow.deploying.review import TIMEOUT, full_names, review
from electra_flow.deploying.standing import find_standing
from electra_flow.deploying.wording import (
    complain,
    count_errors,
    say,
    say_end,
    say_published,
    say_what_is_deployed,
    server_reason,
    show,
)
from electra_flow.model.watchdog import UNWATCHED
from electra_flow.sources.origin import Origin

if TYPE_CHECKING:
    from electra_flow.checks.flow_import import ImportedFlow
    from electra_flow.deploying.publish import Published
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.prepared import Prepared
    from electra_flow.model.project import Project


def deploy(
    project: Project,
    deployments: Sequence[Deployment],
    publish: Callable[[Prepared], object],
    options: Options,
) -> int:
    """Check, and unless that is all that was asked for, deploy; return the exit code.

    Raises:
        SettingsError: If Prefect's settings cannot be read.
        SourceError: If the code changed since it was checked.
    """
    own = project.environments[options.environment]
    with own.source.code() as folder:
        env = {**project.env, **own.env}
        script = Path(sys.argv[0]).resolve()
        with (
            contextlib.closing(FlowImport(script, folder, env)) as flow_import,
            contextlib.nullcontext() if options.check else _importing_what_publishes(),
        ):
            say(f"Revisión ({options.environment})")
            errors = 0
            for finding in review(
                project,
                deployments,
                options.environment,
                flow_import,
                needs_worker=options.run,
                prune=options.prune,
            ):
                errors += finding.level == "error"
                show(finding)
    if errors:
        many = count_errors(errors)
        complain(f"Hay {many}." if options.check else f"No se desplegó nada: hay {many}.")
        return REFUSED
    if options.check:
        say("Todo listo para desplegar.")
        return DONE
    return publish_checked(project, deployments, flow_import.flows, publish, options)


@contextlib.contextmanager
def _importing_what_publishes() -> Iterator[None]:
    """Import Prefect meanwhile: beside the other interpreter, it costs next to nothing."""
    importing = Thread(target=_import_what_publishes, daemon=True)
    importing.start()
    try:
        yield
    finally:
        importing.join()  # Python aborts if it ends in the middle of that


def _import_what_publishes() -> None:
    with contextlib.suppress(Exception):  # where it is needed, it is said
        import electra_flow.deploying.publish  # noqa: F401


def publish_checked(
    project: Project,
    deployments: Sequence[Deployment],
    flows: Mapping[str, ImportedFlow],
    publish: Callable[[Prepared], object],
    options: Options,
    on_published: Callable[[Published], object] = bool,
    on_removed: Callable[[str], object] = bool,
) -> int:
    """Deploy, and say what is on the server; with `--run`, run each and wait for the result.

    Args:
        project: What all deployments share.
        deployments: What to deploy, checked.
        flows: The flows by entrypoint.
        publish: The function of deploy.py that calls Prefect's `deploy`.
        options: What was asked for.
        on_published: Called with each deployment, as soon as it is on the server.
        on_removed: Called with each line that `--prune` says.

    Returns:
        The exit code.
    """
    from electra_flow.deploying.guarantee import not_guaranteed
    from electra_flow.deploying.not_sent import not_sent
    from electra_flow.deploying.prepare import watchdog_of
    from electra_flow.deploying.publish import publish_all, refusal

    environment = options.environment
    say_what_is_deployed(project, environment)
    pending = [deployment.name_in(environment) for deployment in deployments]
    completed = True
    try:
        for published in publish_all(
            project, deployments, flows, environment, publish, activate=options.activate
        ):
            pending.pop(0)
            say_published(published, project, environment)
            on_published(published)
            if options.run:
                completed = _run(published) and completed
        watched = any(watchdog_of(project, deployment) != UNWATCHED for deployment in deployments)
        if watched and (warning := not_guaranteed()):
            say(f"  {warning}")
        if warning := not_sent(project, deployments, environment):
            say(f"  {warning}")
    except Exception as error:  # whatever Prefect or the server did not take
        complain(refusal(error, sys.argv[0], pending))
        return REFUSED
    if options.prune and not completed:
        say("  De lo que quedó de antes no se sacó nada: la ejecución no terminó bien.")
    elif options.prune:
        names = full_names(deployments, environment, flows)
        return _prune(project, environment, names, on_removed)
    return DONE if completed else REFUSED


def _prune(
    project: Project,
    environment: str,
    declared: Collection[str],
    on_removed: Callable[[str], object],
) -> int:
    """Remove what is left of before from the server, and say what; return the exit code."""
    from electra_flow.deploying.prune import prune

    own = project.environments[environment]
    server = Server.from_settings(read_settings(Path.cwd()).values, TIMEOUT)
    assert server  # as the review has found it
    say(f"Lo que quedó de antes ({environment})")
    nothing = True
    try:
        origin = Origin.of(own.source.folder, environment)
        standing = find_standing(server, origin, declared, in_environment(server, environment))
        waiting = find_waiting(server, standing.own, own.pool)
        for line in chain(prune(server, standing.orphans), move(waiting)):
            nothing = False
            say(f"  {line}")
            on_removed(line)
    except Exception as error:  # whatever Prefect or the server did not take
        lost = f"{error}. " if isinstance(error, LostRunError) else ""
        complain(
            f"{lost}No se sacó todo lo que quedó; repetí el comando para completar. El servidor "
            f"dijo: {server_reason(error)}"
        )
        return REFUSED
    if nothing:
        say("  No hay nada.")
    return DONE


def _run(published: Published) -> bool:
    """Run a deployment, say how it goes on, and return whether it completed."""
    from electra_flow.deploying.run_once import began, crash_reason, run_once

    reason = None
    try:
        for progress in run_once(published.id):
            if progress.is_first:
                say(f"    Ejecutando: {progress.url}")
            if progress.state.name == "Late":
                say("    Atrasada (Late): todavía no la tomó ningún worker.")
            if progress.state.is_paused():
                say("    En pausa: sigue cuando alguien la reanude en la interfaz.")
        if progress.state.is_crashed() and not began(progress.run_id):
            reason = crash_reason(progress.run_id)
    except Exception as error:
        say(f"    Se perdió el contacto con el servidor: {server_reason(error)}")
        return False
    say_end(progress.state, reason)
    return progress.state.is_completed()
