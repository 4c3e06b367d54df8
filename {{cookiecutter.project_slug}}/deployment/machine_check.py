"""La máquina: el perfil de Prefect, las variables del sistema y el worker como servicio.

Solo informa y avisa: la máquina que despliega puede no ser la del worker.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from prefect.context import get_settings_context
from prefect.settings import get_current_settings

from deployment.server_check import Finding

PROC = Path("/proc")
DOCUMENT = "MAQUINA.md"
# Las de la guía, que en Windows van a nivel sistema: un servicio no ve las de cada usuario.
SYSTEM_VARIABLES = {
    "PREFECT_HOME": r"C:\Users\tareas\.prefect",
    "PYTHONUTF8": "1",
}


def check_machine(env: str, pool: str) -> Iterator[Finding]:
    """Revisa esta máquina.

    Args:
        env: «dev» o «prod».
        pool: El work pool de ese entorno.

    Yields:
        El perfil en uso; en Windows, las variables del sistema que faltan; y, si el worker está
        en esta máquina, si corre como servicio.
    """
    yield _profile()
    if sys.platform == "win32":
        yield from _system_variables()
    services = list(_workers_in_windows() if sys.platform == "win32" else _workers_in_linux(pool))
    if any(services):
        yield Finding("bien", "En esta máquina, el worker corre como servicio.")
    elif services and env == "prod":
        yield Finding(
            "aviso",
            "En esta máquina, el worker corre en una terminal: se detiene al cerrarla. Como "
            f"servicio, ver {DOCUMENT}.",
        )


def _profile() -> Finding:
    """Dice qué perfil de Prefect está en uso y de dónde sale la dirección del servidor."""
    profile = get_settings_context().profile
    if "PREFECT_API_URL" in os.environ:
        origin = "PREFECT_API_URL, de una variable de entorno"
    elif any(setting.name == "PREFECT_API_URL" for setting in profile.settings):
        origin = "PREFECT_API_URL, de este perfil"
    elif get_current_settings().api.url:
        origin = "PREFECT_API_URL, de un archivo de esta carpeta"
    else:
        origin = "sin PREFECT_API_URL"
    return Finding("", f"Perfil de Prefect: {profile.name} ({origin}).")


def _system_variables() -> Iterator[Finding]:
    """Busca en el registro de Windows las variables que la guía pide a nivel sistema."""
    import winreg

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
            yield Finding("bien", f"Variable del sistema {name}: {found}.")
        else:
            yield Finding(
                "aviso",
                f"Falta la variable del sistema {name}, que usa el servicio del worker.",
                f'setx /M {name} "{value}", en una terminal de administrador',
            )


def _workers_in_windows() -> Iterator[bool]:
    """Da, por cada prefect.exe en marcha, si corre en la sesión 0, que es la de los servicios."""
    command = ["tasklist", "/fi", "imagename eq prefect.exe", "/fo", "csv", "/nh"]
    try:
        output = subprocess.check_output(command, encoding="utf-8", errors="replace", timeout=10)
    except (OSError, subprocess.SubprocessError):
        return
    for row in csv.reader(output.splitlines()):
        if row[:1] == ["prefect.exe"]:  # nombre, proceso, nombre de la sesión, sesión, memoria
            yield row[3] == "0"


def _workers_in_linux(pool: str) -> Iterator[bool]:
    """Da, por cada worker de `pool` en marcha, si es de una unidad de systemd del sistema."""
    for process in PROC.glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if {"worker", "start"} <= {*arguments} and {pool, f"--pool={pool}"} & {*arguments}:
                group = (process / "cgroup").read_text(encoding="utf-8")
                yield "/system.slice/" in group and ".service" in group
        except OSError:  # ya terminó, o no es nuestro
            continue
