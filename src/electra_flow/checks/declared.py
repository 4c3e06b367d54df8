"""What can be said of the declared data alone: names, files, limits, schedules and zones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from electra_flow.checks.environments import check_environments
from electra_flow.checks.finding import Finding, error, ok, warning
from electra_flow.checks.schedules import is_schedule, schedule_problems
from electra_flow.checks.timezones import timezone_problem
from electra_flow.model.alert import Alert
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Project
from electra_flow.model.unset import Unset
from electra_flow.model.watchdog import Watchdog

# In seconds; the least that Prefect takes.
SHORTEST_LIMITS = {"running": 10, "late": 10, "lost": 90, "silent": 10}
_SHOWN_FILES = 8


def check_declared(
    project: Project, deployments: Sequence[Deployment], folder: Path
) -> Iterator[Finding]:
    """Check what `deploy.py` declares.

    Args:
        project: The project.
        deployments: What `deployments()` returned, whatever that is.
        folder: The project's folder, where the entrypoints have to be.

    Yields:
        Everything that is wrong, at once, and each zone that is right.
    """
    declared, problems = _deployments(deployments)
    yield from problems
    yield from _check_names(project)
    yield from check_environments(project, declared)
    yield from _check_deployment_names(project, declared)
    for entrypoint in dict.fromkeys(deployment.entrypoint for deployment in declared):
        yield from _check_entrypoint(entrypoint, folder)
    yield from _check_limits("PROJECT", project.watchdog)
    yield from _check_alerts("PROJECT", project.alerts, project)
    for deployment in declared:
        tags = () if isinstance(deployment.tags, Unset) else deployment.tags
        if not any(map(str.strip, tags)):
            yield warning(
                f"{deployment.name}: le faltan etiquetas (tags), con las que se lo busca en la interfaz."
            )
        if not isinstance(deployment.alerts, Unset):
            yield from _check_alerts(deployment.name, deployment.alerts, project)
        if not isinstance(deployment.watchdog, Unset):
            yield from _check_limits(deployment.name, deployment.watchdog)
        for item in _schedules(deployment):
            for problem in schedule_problems(item):
                yield error(f"{deployment.name}: schedules: {problem}.")
        for item in _repeated(_schedules(deployment)):
            yield error(f"{deployment.name}: schedules repite {item!r}: correría dos veces.")
    yield from _check_zones(project, declared)


def _deployments(given: Any) -> tuple[list[Deployment], list[Finding]]:
    """Tell the deployments from what else `deployments()` may have returned."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        text = f"deployments() tiene que devolver una lista de Deployment(…), y devuelve {given!r}."
        return [], [error(text)]
    if not given:
        text = "deployments() devuelve una lista vacía: no hay nada que desplegar."
        return [], [error(text, "return [Deployment(…)]")]
    others = [item for item in given if not isinstance(item, Deployment)]
    problems = [error(f"deployments() lleva {item!r}, que no es Deployment(…).") for item in others]
    return [item for item in given if isinstance(item, Deployment)], problems


def _schedules(deployment: Deployment) -> Sequence[Any]:
    return () if isinstance(deployment.schedules, Unset) else deployment.schedules


def _repeated(items: Sequence[Any]) -> list[Any]:
    """Return what stands more than once in a list."""
    return [item for index, item in enumerate(items) if items.index(item) < index]


def _check_names(project: Project) -> Iterator[Finding]:
    """Check the names of blocks and variables, by Prefect's rules."""
    sources = [environment.source for environment in project.environments.values()]
    secrets = [*(name for source in sources for name in source.secrets), *project.secrets]
    for name in dict.fromkeys(secrets):
        if not re.fullmatch(r"[a-z0-9-]+", name):
            yield error(f"«{name}» no sirve como bloque: lleva solo minúsculas, números y guiones.")
    for name in project.blocks:
        if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", name):
            yield error(
                f"«{name}» no sirve como bloque: es «tipo/nombre», los dos solo con minúsculas, "
                "números y guiones."
            )
    for name in project.variables:
        if not re.fullmatch(r"[a-z0-9_-]{1,255}", name):
            yield error(
                f"«{name}» no sirve como variable: solo minúsculas, números, guiones y guiones bajos."
            )


def _check_deployment_names(
    project: Project, deployments: Sequence[Deployment]
) -> Iterator[Finding]:
    # The environment's name becomes a part of each deployment's.
    for name in [*project.environments, *(deployment.name for deployment in deployments)]:
        if not name.strip("' \""):  # Prefect's rule
            yield error(f"«{name}» no sirve como nombre: está en blanco.")
        elif set(name) & set("/%&<>"):  # Prefect's rule
            yield error(f"«{name}» no sirve como nombre: no puede llevar / % & < >.")
        elif not name.isprintable():
            yield error(f"{name!r} no sirve como nombre: lleva caracteres que no se ven.")
    names = [deployment.name for deployment in deployments]
    for name in sorted({name for name in names if names.count(name) > 1}):
        flows = {deployment.entrypoint for deployment in deployments if deployment.name == name}
        reason = "el segundo pisaría al primero"
        if len(flows) > 1:
            reason = "cada uno lleva un nombre propio, también si es de otro flujo"
        yield error(f"Dos despliegues se llaman «{name}»: {reason}.")


def _check_entrypoint(entrypoint: str, folder: Path) -> Iterator[Finding]:
    """Check that the flow's file is in the folder."""
    file = entrypoint.rpartition(":")[0]
    path = PurePosixPath(file)
    if "\\" in file or ":" in file or path.is_absolute() or ".." in path.parts:
        yield error(
            f"El entrypoint «{entrypoint}» tiene que ser una ruta dentro del proyecto, con «/», "
            "como «src/archivo.py:funcion»."
        )
    elif not (folder / path).is_file():
        place = folder / path.parent
        if not any(place.glob("*.py")):
            place = folder
        names = sorted(found.name for found in place.glob("*.py"))
        there = ", ".join(names[:_SHOWN_FILES]) + (", …" if names[_SHOWN_FILES:] else "")
        where = "el proyecto" if place == folder else path.parent.as_posix()
        what = f"en {where} hay {there}" if names else f"en {where} no hay ningún archivo .py"
        yield error(f"El entrypoint «{entrypoint}» no existe: no está {file}; {what}.")


def _check_limits(where: str, watchdog: Any) -> Iterator[Finding]:
    if watchdog is None:
        return
    if not isinstance(watchdog, Watchdog):
        yield error(f"{where}: watchdog tiene que ser Watchdog(…) o None, y es {watchdog!r}.")
        return
    for limit, value in asdict(watchdog).items():
        shortest = SHORTEST_LIMITS[limit]
        if value is None:
            continue
        if not isinstance(value, timedelta):
            yield error(
                f"{where}: watchdog: {limit} tiene que ser un timedelta o None, y es {value!r}."
            )
        elif value < timedelta(seconds=shortest):
            yield error(f"{where}: watchdog: {limit} tiene que ser de {shortest} segundos o más.")


def _check_alerts(where: str, alerts: Sequence[Alert], project: Project) -> Iterator[Finding]:
    """Check that alerts are of environments that there are, and none goes twice to one place."""
    for name in dict.fromkeys(name for alert in alerts for name in alert.environments or ()):
        if name not in project.environments:
            yield error(
                f"{where}: alerts es de un entorno «{name}», que no hay: están "
                f"{', '.join(project.environments)}."
            )
    for alert in alerts:
        if alert.environments is None and not any(map(alert.is_of, project.environments)):
            yield warning(
                f"{where}: alerts {alert.shown} no avisa de nada: en dev no se avisa si no se lo "
                "pide, con environments=[…]."
            )
    for environment in project.environments:
        targets = [alert.target for alert in alerts if alert.is_of(environment)]
        for target in dict.fromkeys(_repeated(targets)):
            yield error(f"{where}: alerts repite «{target}» en {environment}: va un solo Alert.")


def _check_zones(project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
    """Check the project's zone and those of the schedules that have one of their own."""
    zones: set[Any] = {project.timezone}
    for deployment in deployments:
        for item in _schedules(deployment):
            if is_schedule(item) and item.timezone is not None:
                zones.add(item.timezone)
    for zone in sorted(zones, key=str):
        if not isinstance(zone, str):
            yield error(f"El huso horario tiene que ser un texto, y es {zone!r}.")
        elif problem := timezone_problem(zone):
            yield error(f"El huso horario «{zone}» {problem.reason}; usá {problem.instead}.")
        else:
            yield ok(f"Huso horario: {zone}.")
