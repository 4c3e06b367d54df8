"""The Docker engine of this machine, which builds: whether it answers, and why not."""

from __future__ import annotations

import os
import re

from electra_flow.checks.finding import Finding, error

TIMEOUT = 10.0  # seconds in which it has to answer
_PLACE = "npipe:////./pipe/docker_engine" if os.name == "nt" else "unix:///var/run/docker.sock"
_START = (
    "arrancá Docker (en Windows, Docker Desktop), o poné en DOCKER_HOST la dirección de otro, y repetí "
    "el comando"
)


def check_engine() -> Finding | None:
    """Return why no image can be built on this machine; None if one can."""
    import docker  # a quarter of a second, which only an image is worth

    place = os.environ.get("DOCKER_HOST") or _PLACE
    try:
        client = docker.from_env(timeout=TIMEOUT)
        system = client.version().get("Os")
        client.close()
    except Exception as problem:  # of docker-py, of requests, and on Windows of pywin32
        if "PermissionError" in str(problem):
            return error(
                f"Tu usuario no puede usar Docker ({place}).",
                "«sudo usermod --append --groups docker $USER», cerrá la sesión y volvé a entrar",
            )
        return error(f"No contesta Docker ({place}): {told(problem)}.", _START)
    if system == "windows":
        return error(
            "Docker está en modo de contenedores de Windows, y las imágenes de acá son de Linux.",
            "en el menú de Docker Desktop, «Switch to Linux containers»",
        )
    return None


def told(problem: Exception) -> str:
    """Return what an exception of docker-py says, in one line."""
    said = " ".join(str(getattr(problem, "explanation", "") or problem).split())
    if "FileNotFoundError" in said:
        return "no está instalado o no está en marcha"
    if short := re.search(r"\[Errno -?\d+\] ([^\"')\]]+)", said):
        return short[1]  # of a text that names the same thing three times
    return said.rstrip(".") or type(problem).__name__
