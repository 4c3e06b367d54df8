"""A cluster that is there already: whether it can run what this run sends it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from distributed import Client
    from distributed.client import VersionsDict

CONNECT_SECONDS = 10
# What the tasks are made of. With another Python or Dask, they are not even read.
SAME = ("dask", "distributed")
NEEDED = ("electra-flow", "prefect", "prefect-dask")
COMPARED = (*NEEDED, "cloudpickle")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def connection_options() -> dict[str, Any]:
    """Return how to connect, where the author does not say it: Dask tries for 30 seconds."""
    return {"timeout": CONNECT_SECONDS}


def not_there(address: str, error: Exception) -> RuntimeError:
    """Return why there is no connection, in Spanish."""
    said = " ".join(str(error).split()) or type(error).__name__
    return RuntimeError(
        f"No se llega al scheduler de Dask en {address}: {said}. Arrancalo (uv run dask scheduler), "
        "o corregí la dirección, que es como tcp://servidor-dask:8786, en DASK_SCHEDULER_ADDRESS o "
        "en la variable de Prefect dask_scheduler_address; vacía, el flujo usa esta máquina."
    )


def check_cluster(
    client: Client, address: str, logger: logging.Logger | logging.LoggerAdapter[Any]
) -> None:
    """Tell the run which workers it has, and what they have that is not as here.

    Raises:
        RuntimeError: If one has another Python, system or Dask, or lacks what every task needs; in Spanish.
    """
    found = cast("VersionsDict", client.get_versions(packages=(*SAME, *COMPARED)))
    here = found["client"]
    others = {"el scheduler": found["scheduler"]} | {
        f"el worker {worker}": versions for worker, versions in found["workers"].items()
    }
    for who, versions in others.items():
        if problem := _problem(versions, here):
            raise RuntimeError(
                f"En el cluster de Dask de {address}, {who} {problem}: arrancalo en el entorno del "
                "proyecto, con uv run."
            )
        if differing := _differing(versions, here):
            logger.warning(
                "En el cluster de Dask, %s no tiene lo de este flujo: %s.", who, differing
            )
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        logger.warning(
            "El cluster de Dask de %s no tiene ningún worker: las tareas esperan. En cada máquina: "
            "uv run dask worker %s",
            address,
            address,
        )
        return
    hosts = Counter(worker["host"] for worker in workers.values())
    logger.info(
        "Dask en %s, workers: %s",
        address,
        ", ".join(f"{count} en {host}" for host, count in sorted(hosts.items())),
    )


def check_reach(
    address: str, api_url: str | None, logger: logging.Logger | logging.LoggerAdapter[Any]
) -> None:
    """Warn of a server that only this machine reaches, where the cluster is elsewhere."""
    server = urlsplit(api_url or "").hostname
    if server in LOOPBACK and urlsplit(address).hostname not in LOOPBACK:
        logger.warning(
            "El servidor de Prefect es %s, y a esa dirección no llegan los workers de Dask de otras "
            "máquinas: usá una que vean todas, en PREFECT_API_URL.",
            api_url,
        )


def _problem(versions: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Say why nothing can run there; nothing, if it can."""
    for what, told in (("tiene Python", _python), ("corre en", _system)):
        theirs, ours = told(versions), told(here)
        if theirs != ours:
            return f"{what} {theirs}, y este flujo, {ours}"
    for name in SAME:
        if versions["packages"][name] != here["packages"][name]:
            return (
                f"tiene {name} {versions['packages'][name]}, y este flujo, {here['packages'][name]}"
            )
    missing = [name for name in NEEDED if not versions["packages"].get(name)]
    return f"no tiene {' ni '.join(missing)}" if missing else ""


def _differing(versions: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Name the packages whose versions differ from those here."""
    theirs, ours = versions["packages"], here["packages"]
    return ", ".join(
        f"{name} {theirs[name]} en lugar de {ours[name]}"
        for name in COMPARED
        if theirs.get(name) != ours.get(name)
    )


def _system(versions: Mapping[str, Any]) -> str:
    """Return the operating system, whose paths go with the tasks."""
    return str(versions["host"]["OS"])


def _python(versions: Mapping[str, Any]) -> str:
    """Return the part of Python's version within which compiled code is the same."""
    return ".".join(versions["host"]["python"].split(".")[:2])
