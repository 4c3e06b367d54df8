"""Qué se puede revisar sin servidor: los nombres, los límites, los husos horarios y el flujo."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from deployment.model import Deployment, Project, Watchdog
from deployment.server_check import Finding
from deployment.timezones import timezone_problem

IMPORT_TIMEOUT = 120  # segundos que puede tardar el flujo en importarse
SHORTEST_LIMITS = {"running": 10, "late": 10, "lost": 90}  # segundos; los menores de Prefect


def check_deployments(project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
    """Revisa los nombres, los límites de las ejecuciones y los husos horarios."""
    for name in [*project.source.secrets, *project.secrets]:
        if not re.fullmatch(r"[a-z0-9-]+", name):  # la regla de Prefect
            text = f"«{name}» no sirve como bloque: lleva solo minúsculas, números y guiones."
            yield Finding("error", text)
    for name in project.variables:
        if not re.fullmatch(r"[a-z0-9_]+", name):
            text = f"«{name}» no sirve como variable: solo minúsculas, números y guiones bajos."
            yield Finding("error", text)
    names = [deployment.name for deployment in deployments]
    for name in names:
        if not name.strip() or set(name) & set("/%&<>"):  # la regla de Prefect
            yield Finding("error", f"«{name}» no sirve como nombre: no puede llevar / % & < >.")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding(
            "error", f"Dos despliegues se llaman «{name}»: el segundo pisaría al primero."
        )
    for item in (project, *deployments):
        yield from _check_limits(item.watchdog)
    zones = {schedule.timezone for item in deployments for schedule in item.schedules}
    for zone in sorted(zones | {project.timezone}, key=str):
        if problem := timezone_problem(zone):
            reason, instead = problem
            yield Finding("error", f"El huso horario «{zone or ''}» {reason}; usá {instead}.")
        else:
            yield Finding("bien", f"Huso horario: {zone}.")


def _check_limits(watchdog: Watchdog | None) -> Iterator[Finding]:
    if not isinstance(watchdog, Watchdog | None):
        text = f"watchdog tiene que ser Watchdog(…) o None, y es {watchdog!r}."
        yield Finding("error", text)
        return
    for limit, value in asdict(watchdog).items() if watchdog else ():
        shortest = SHORTEST_LIMITS[limit]
        if value is not None and not isinstance(value, timedelta):
            text = f"watchdog: {limit} tiene que ser un timedelta o None, y es {value!r}."
            yield Finding("error", text)
        elif value is not None and value < timedelta(seconds=shortest):
            text = f"watchdog: {limit} tiene que ser de {shortest} segundos o más."
            yield Finding("error", text)


class FlowImport:
    """La importación del flujo en otro proceso, que avanza mientras se pregunta al servidor."""

    def __init__(self, project: Project, folder: Path) -> None:
        """Empieza a importar el flujo.

        Args:
            project: El proyecto.
            folder: Su carpeta, tal como la ve un worker.
        """
        self._entrypoint = project.entrypoint
        self._private_libraries = project.private_libraries
        # Sin PYTHONPATH y con -P: del proyecto solo se ve lo que va a ver un worker.
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        env |= project.env
        self._process = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("import_flow.py"), project.entrypoint],
            cwd=folder,
            env=env | {"PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def check(self, deployments: Sequence[Deployment]) -> Iterator[Finding]:
        """Espera a que el flujo se importe y revisa con él los parámetros de los despliegues."""
        entrypoint = self._entrypoint
        given = json.dumps([dict(item.parameters) for item in deployments], default=str)
        try:
            output, _ = self._process.communicate(given, timeout=IMPORT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            text = f"El flujo {entrypoint} tarda más de {IMPORT_TIMEOUT} segundos en importarse."
            yield Finding("error", text)
            return
        try:
            flow = json.loads(output.splitlines()[-1])
        except (IndexError, ValueError):
            code = self._process.returncode
            yield Finding("error", f"Python se cerró (código {code}) al importar {entrypoint}.")
            return
        if "error" in flow:
            missing = re.match(r"ModuleNotFoundError: No module named '(\w+)", flow["error"])
            if missing and missing[1] in self._private_libraries:
                text = f"Falta la biblioteca {missing[1]}, que {entrypoint} importa."
                yield Finding("error", text, self._private_libraries[missing[1]])
                return
            yield Finding("error", f"El flujo {entrypoint} no se puede importar: {flow['error']}.")
            return
        yield Finding("bien", f"Flujo «{flow['name']}»: {entrypoint} se importa.")
        for deployment, wrong in zip(deployments, flow["wrong"], strict=True):
            for name, problem in sorted(wrong.items()):
                yield Finding("error", f"{deployment.name}: {name}: {problem}.")
            for name in sorted(set(deployment.parameters) - set(flow["parameters"])):
                known = ", ".join(flow["parameters"]) or "ninguno"
                text = (
                    f"{deployment.name}: el flujo no tiene el parámetro «{name}» (tiene: {known})."
                )
                yield Finding("error", text)
            for name in sorted(set(flow["required"]) - set(deployment.parameters)):
                text = f"falta el parámetro «{name}», que no tiene valor por defecto."
                yield Finding("error", f"{deployment.name}: {text}")
