"""What is on Prefect's server: the API, the work pools and their queues, blocks and variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from electra_flow.checks.api import TIMEOUT, Server, UnreachableError
from electra_flow.checks.blocks import check_block, refused
from electra_flow.checks.finding import UV_RUN, Finding, error, ok, warning
from electra_flow.checks.server_database import check_server_database
from electra_flow.checks.server_settings import check_server_settings
from electra_flow.checks.settings import SettingsError
from electra_flow.checks.work_pool import ANY, PoolUse, argument, check_pool, waits

NO_SERVER = error(
    "No hay un servidor de Prefect configurado (PREFECT_API_URL).",
    f"{UV_RUN}prefect config set PREFECT_API_URL=http://servidor-prefect:4200/api",
)


class Need(NamedTuple):
    """Something that has to be on the server.

    Attributes:
        kind: «pool», «queue», «block», «alert» (a block that sends alerts) or «variable».
        name: Its name; of a block, «type/name».
        pool: The work pool of a queue.
        use: What is going to be deployed to a pool.
    """

    kind: str
    name: str
    pool: str = ""
    use: PoolUse = ANY


def check_server(
    settings: Mapping[str, str],
    *,
    pools: Iterable[str],
    secrets: Iterable[str] = (),
    variables: Iterable[str] = (),
    blocks: Iterable[str] = (),
    alerts: Iterable[str] = (),
    queues: Iterable[tuple[str, str]] = (),
    needs_worker: bool = False,
    client_version: str | None = None,
    timeout: float = TIMEOUT,
) -> Iterator[Finding]:
    """Check that there is a server, and on it what is needed.

    Args:
        settings: Prefect's settings, named like its environment variables.
        pools: The work pools that have to be there.
        secrets: The Secret blocks that have to be there.
        variables: The Prefect variables that have to be there.
        blocks: The blocks of other types that have to be there: «type/name».
        alerts: The blocks that have to be there to send alerts.
        queues: The work queues that have to be there: (pool, queue).
        needs_worker: Whether it is an error that a run would have to wait (no worker, paused queue).
        client_version: The version of this project's Prefect, if it is installed.
        timeout: Seconds that each answer may take.

    Yields:
        A finding for each thing, as soon as it is known; without a server, nothing beyond that.
    """
    named = [Need("pool", name) for name in pools]
    named += [Need("queue", name, pool) for pool, name in queues]
    named += [Need("block", name) for name in (*(f"secret/{one}" for one in secrets), *blocks)]
    named += [Need("alert", name) for name in alerts]
    named += [Need("variable", name) for name in variables]
    asked = check_needs(
        settings,
        named,
        needs_worker=needs_worker,
        client_version=client_version,
        timeout=timeout,
    )
    for _, finding in asked:
        yield finding


def check_needs(
    settings: Mapping[str, str],
    needs: Iterable[Need],
    *,
    needs_worker: bool = False,
    client_version: str | None = None,
    timeout: float = TIMEOUT,
) -> Iterator[tuple[Need | None, Finding]]:
    """Do what `check_server` does, and say of what each finding is.

    Yields:
        Each finding, and what it is of; None if it is of the server itself.
    """
    try:
        server = Server.from_settings(settings, timeout)
    except SettingsError as reason:
        yield None, error(f"Los ajustes de Prefect no sirven: {reason}.")
        return
    if server is None:
        yield None, NO_SERVER
        return
    yield None, Finding("", f"Servidor: {server.shown_url}")
    api = _check_api(server, client_version)
    yield None, api
    if api.level == "error":
        return
    with ThreadPoolExecutor(max_workers=8) as executor:
        of_server = executor.submit(lambda: list(check_server_settings(server)))
        of_database = executor.submit(lambda: list(check_server_database(server)))
        needs = list(needs)
        found = executor.map(lambda need: list(_check_need(server, need, needs_worker)), needs)
        for need, findings in zip(needs, found, strict=True):
            yield from ((need, finding) for finding in findings)
        for finding in (*of_server.result(), *of_database.result()):
            yield None, finding


def _check_need(server: Server, need: Need, needs_worker: bool) -> Iterator[Finding]:
    if need.kind == "pool":
        yield from check_pool(server, need.name, needs_worker, need.use)
    elif need.kind == "queue":
        yield _check_queue(server, need.pool, need.name, needs_worker)
    elif need.kind == "variable":
        yield check_variable(server, need.name)
    else:
        yield check_block(server, need.name, of_alerts=need.kind == "alert")


def _check_api(server: Server, client_version: str | None) -> Finding:
    """Check that Prefect's API answers there, and that it is not older than the client."""
    try:
        # /health answers everyone; /admin/version, only who may ask.
        health = server.get_in_time("/health")
        status, body = health if health != (200, True) else server.get("/admin/version")
    except UnreachableError as reason:
        return error(
            f"El servidor {server.shown_url} no contesta: {reason}.", reason.fix or _start(server)
        )
    if status in (401, 403):
        return error(
            f"El servidor {server.shown_url} rechazó las credenciales (HTTP {status}).",
            f"{UV_RUN}prefect config set PREFECT_API_AUTH_STRING=usuario:clave "
            "(o PREFECT_API_KEY, si el servidor usa claves)",
        )
    if status >= 500:
        return error(f"El servidor {server.shown_url} contesta con un error (HTTP {status}).")
    if 300 <= status < 400:
        return error(f"El servidor {server.shown_url} manda a {body}: usá esa dirección.")
    if health != (200, True):
        why = "la dirección tiene que terminar en /api"
        if server.url.endswith("/api"):
            why = f"contesta {server.proxy}" if server.proxy else "ahí contesta otra cosa"
        return error(f"En {server.shown_url} no contesta la API de Prefect (HTTP {status}): {why}.")
    text = f"La API contesta: Prefect {body or 'de versión desconocida'}."
    if client_version and _numbers(client_version) > _numbers(body) != ():
        return warning(
            f"{text} Es más viejo que el de este proyecto ({client_version}): puede rechazar "
            "lo que no conoce, con un error 422.",
            f'uv add "prefect=={body}"',
        )
    return ok(text)


def _start(server: Server) -> str:
    """Return what may help where nobody answers."""
    if urlsplit(server.url).hostname in ("127.0.0.1", "::1", "localhost"):
        return f"{UV_RUN}electra-flow server, en otra terminal"
    return f"{NO_SERVER.fix}, con la dirección que sea, si es otra"


def _check_queue(server: Server, pool: str, name: str, needs_worker: bool) -> Finding:
    status, queue = server.ask(f"/work_pools/{quote(pool, safe='')}/queues/{quote(name, safe='')}")
    command = f"{UV_RUN}prefect work-queue {{}} {argument(name)} --pool {argument(pool)}"
    if status == 404:
        return error(f"Falta la cola «{name}» en el work pool «{pool}».", command.format("create"))
    if status != 200:
        return refused(f"la cola «{name}» del work pool «{pool}»", status)
    if queue["is_paused"]:  # an operator may want that; a pool's pause is for everyone
        return waits(
            f"La cola «{name}» del work pool «{pool}» está en pausa",
            "se reanude",
            command.format("resume"),
            needs_worker,
        )
    return ok(f"Cola «{name}» del work pool «{pool}»: existe.")


def check_variable(server: Server, name: str) -> Finding:
    """Check that a variable is there; its value does not matter."""
    status, _ = server.ask(f"/variables/name/{quote(name, safe='')}")
    if status == 200:
        return ok(f"Variable «{name}»: existe.")
    if status == 404:
        return error(f"Falta la variable «{name}».", f"{UV_RUN}prefect variable set {name} VALOR")
    return refused(f"la variable «{name}»", status)


def _numbers(version: object) -> tuple[int, ...]:
    """Return the first three numbers of a version, to compare it."""
    return tuple(int(part) for part in re.findall(r"\d+", str(version))[:3])
