"""A work pool on the server: whether it can run what is deployed to it, and whether it does."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote

from electra_flow.checks.api import Server
from electra_flow.checks.blocks import refused
from electra_flow.checks.finding import UV_RUN, Finding, error, ok, warning

FOLDER_TYPES = (
    "process",
)  # what a container sees of this machine is nothing: neither folder nor uv
IMAGE_TYPES = ("docker", "kubernetes")
GIT_TYPES = (*FOLDER_TYPES, *IMAGE_TYPES)
# Job variables without which a run is not the one that was deployed; of others it is told.
_NEEDED = ("command", "env", "image", "working_dir")
HOME = "/root"  # of a container, whose user is root unless its image says otherwise


class PoolUse(NamedTuple):
    """What is going to be deployed to a pool.

    Attributes:
        types: The types of pools that can run it; empty if that is not known.
        variables: The job variables that its deployments set.
        log_folders: The folders of its log files that deploy.py mounts nothing for.
    """

    types: Sequence[str] = ()
    variables: Sequence[str] = ()
    log_folders: Sequence[str] = ()


ANY = PoolUse()


def check_pool(
    server: Server, name: str, needs_worker: bool, use: PoolUse = ANY
) -> Iterator[Finding]:
    """Check that a work pool is there, of a type that can run what is deployed, and that it works."""
    status, pool = server.ask(f"/work_pools/{quote(name, safe='')}")
    if status == 404:
        yield error(f"Falta el work pool «{name}».", _create(name, use.types))
        return
    if status != 200:
        yield refused(f"el work pool «{name}»", status)
        return
    if problem := _wrong_type(name, pool["type"], use.types):
        yield problem
        return
    if pool["is_paused"]:
        yield error(
            f"El work pool «{name}» está en pausa: no correría nada.",
            f"{UV_RUN}prefect work-pool resume {argument(name)}",
        )
        return
    if pool["status"] != "READY":
        of_type = "" if pool["type"] == FOLDER_TYPES[0] else f" --type {pool['type']}"
        yield waits(
            f"El work pool «{name}» no tiene un worker en línea",
            "haya uno",
            f"{UV_RUN}prefect worker start --pool {argument(name)}{of_type}",
            needs_worker,
        )
    else:
        yield ok(f"Work pool «{name}»: de tipo {pool['type']}, con un worker en línea.")
    if template := pool.get("base_job_template"):  # without one, the pool's first worker brings it
        yield from _check_variables(name, template, use.variables)
        if pool["type"] in IMAGE_TYPES:
            yield from _check_mounts(name, pool["type"], template, use.log_folders)


def mounted(folder: str, volumes: Collection[str]) -> bool:
    """Tell whether a folder of a container is in one of the volumes, as Docker writes them."""
    path = PurePosixPath(re.sub("^~(?=/|$)", HOME, folder))
    places = {
        next((part for part in reversed(volume.split(":")) if part.startswith("/")), "").rstrip("/")
        for volume in volumes
    }
    return any(str(place) in places for place in (path, *path.parents))


def waits(what: str, until: str, fix: str, needs_worker: bool) -> Finding:
    """Say that runs would wait: an error for who wants to run one now."""
    if needs_worker:
        return error(f"{what}: no puede ejecutar nada ahora.", fix)
    return warning(f"{what}: las ejecuciones van a quedar atrasadas (Late) hasta que {until}.", fix)


def argument(name: str) -> str:
    """Return a name as it is written in a terminal, on Windows too."""
    return name if re.fullmatch(r"[\w.-]+", name) else f'"{name}"'


def _create(name: str, types: Sequence[str]) -> str:
    kind = types[0] if types else FOLDER_TYPES[0]
    return f"{UV_RUN}prefect work-pool create {argument(name)} --type {kind}"


def _wrong_type(name: str, kind: str, types: Sequence[str]) -> Finding | None:
    """Say that a pool of that type cannot run it, and what would work."""
    what = f"El work pool «{name}» es de tipo {kind}"
    if kind in (types or GIT_TYPES):
        return None
    if kind in IMAGE_TYPES:
        return error(
            f"{what}: sus contenedores no ven la carpeta de esta máquina (LocalFolder). En ese "
            "Environment, usá source=GitSource(…), image=… o un work pool de tipo process.",
            f"{UV_RUN}electra-flow docs contenedores",
        )
    if kind in FOLDER_TYPES:
        return error(
            f"{what}, que no usa imágenes: sacá image=… de ese Environment, o usá un work pool de "
            f"tipo {' o '.join(types)}.",
            _create(f"{name}-{types[0]}", types),
        )
    return error(
        f"{what} y este proyecto necesita uno de tipo {' o '.join(types or GIT_TYPES)}: creá otro y "
        "ponelo en deploy.py.",
        _create(f"{name}-{(types or GIT_TYPES)[0]}", types),
    )


def _check_variables(
    name: str, template: Mapping[str, Any], variables: Sequence[str]
) -> Iterator[Finding]:
    """Check that the pool's job template takes what is set: the server drops the rest in silence."""
    properties = template.get("variables", {}).get("properties", {})
    used = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", json.dumps(template.get("job_configuration"))))
    dropped = [one for one in variables if one not in properties or one not in used]
    if not dropped:
        return
    shown = ", ".join(f"«{one}»" for one in dropped)
    text = f"La plantilla del work pool «{name}» no tiene {shown}, que este proyecto le pasa: "
    fix = (
        f"{UV_RUN}prefect work-pool inspect {argument(name)}, que muestra la plantilla; se edita en "
        "la interfaz, en la página del work pool"
    )
    if set(dropped) & set(_NEEDED):
        yield error(f"{text}las ejecuciones no lo recibirían.", fix)
    else:
        yield warning(f"{text}las ejecuciones no lo reciben.", fix)


def _check_mounts(
    name: str, kind: str, template: Mapping[str, Any], folders: Sequence[str]
) -> Iterator[Finding]:
    """Warn of log files that would go with their containers."""
    volumes = _volumes(template)
    for folder in (folder for folder in folders if not mounted(folder, volumes)):
        place = PurePosixPath(re.sub("^~(?=/|$)", HOME, folder)).parent
        lines = f'job_variables={{"volumes": ["/srv/prefect/logs:{place}"]}} en sus Deployment'
        yield warning(
            f"Los contenedores del work pool «{name}» no tienen nada montado en {folder}: no va a "
            "haber archivo de log, solo las líneas de la interfaz.",
            f"{lines if kind == 'docker' else 'un volumen en su plantilla'} "
            f"({UV_RUN}electra-flow docs contenedores)",
        )


def _volumes(template: Mapping[str, Any]) -> set[str]:
    """Return what a pool's template mounts by itself."""
    configuration = template.get("job_configuration", {})
    default = template.get("variables", {}).get("properties", {}).get("volumes", {}).get("default")
    own = configuration.get("volumes")
    given = [*(default or ()), *(own if isinstance(own, list) else ())]
    of_kubernetes = re.findall(r'"mountPath": "([^"]*)"', json.dumps(configuration))
    return {str(volume) for volume in (*given, *of_kubernetes)}
