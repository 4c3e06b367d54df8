"""The machine: Prefect's profile, the system's variables and the worker as a service.

It only informs and warns: the machine that deploys need not be the worker's.
"""

from __future__ import annotations

import csv
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from electra_flow.checks.finding import UV_RUN, Finding, ok, warning
from electra_flow.checks.settings import Settings

PROC = Path("/proc")
# Those of the guide, which on Windows are the system's: a service does not see each user's.
SYSTEM_VARIABLES = {
    "PREFECT_HOME": r"C:\Users\tareas\.prefect",
    "PYTHONUTF8": "1",
}


def check_machine(env: str, pool: str, settings: Settings) -> Iterator[Finding]:
    """Check this machine.

    Args:
        env: The environment: «dev», «prod».
        pool: Its work pool.
        settings: Prefect's settings.

    Yields:
        The profile in use; on Windows, which of the system's variables are missing; and, if the
        worker is on this machine, whether it runs as a service.
    """
    yield Finding("", f"Perfil de Prefect: {settings.profile} ({settings.origin}).")
    if sys.platform == "win32":
        yield from _system_variables()
        services = list(_workers_in_windows())
    else:
        services = list(_workers_in_linux(pool))
    if any(services):
        yield ok("En esta máquina, el worker corre como servicio.")
    elif services and env == "prod":
        yield warning(
            "En esta máquina, el worker corre en una terminal: se detiene al cerrarla. "
            "Conviene que sea un servicio.",
            f"{UV_RUN}electra-flow docs worker",
        )


def _system_variables() -> Iterator[Finding]:
    """Look in Windows's registry for the variables that the guide wants for the whole system."""
    winreg: Any = importlib.import_module("winreg")  # which a type checker on Linux does not know

    place = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
    for name, value in SYSTEM_VARIABLES.items():
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
                found = str(winreg.QueryValueEx(key, name)[0])
        except OSError:
            found = ""
        if name == "PYTHONUTF8" and found not in ("", "1"):
            found = ""
        if found:
            yield ok(f"Variable del sistema {name}: {found}.")
        else:
            yield warning(
                f"Falta la variable del sistema {name}, que usa el servicio del worker.",
                f'setx /M {name} "{value}", en una terminal de administrador',
            )


def _workers_in_windows() -> Iterator[bool]:
    """Give, for each running prefect.exe, whether it is in session 0, which is the services'."""
    command = ["tasklist", "/fi", "imagename eq prefect.exe", "/fo", "csv", "/nh"]
    try:
        output = subprocess.check_output(command, encoding="utf-8", errors="replace", timeout=10)
    except (OSError, subprocess.SubprocessError):
        return
    for row in csv.reader(output.splitlines()):
        if row[:1] == ["prefect.exe"]:  # name, process, name of the session, session, memory
            yield row[3] == "0"


def workers_of(pool: str) -> Iterator[Path]:
    """Give the process of each worker of a pool that runs on this machine, as Linux shows it."""
    for process in PROC.glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended, or is not ours
            continue
        if {"worker", "start"} <= {*arguments} and {pool, f"--pool={pool}"} & {*arguments}:
            yield process


def _workers_in_linux(pool: str) -> Iterator[bool]:
    """Give, for each running worker of `pool`, whether it belongs to a systemd unit."""
    for process in workers_of(pool):
        try:
            group = (process / "cgroup").read_text(encoding="utf-8")
        except OSError:
            continue
        yield "/system.slice/" in group and ".service" in group
