"""Whether a server that a team shares keeps its data where one person's fit."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from electra_flow.checks.api import Server
from electra_flow.checks.finding import UV_RUN, Finding, warning


def check_server_database(server: Server) -> Iterator[Finding]:
    """Warn of a server on another machine that uses SQLite; what is not known gives nothing."""
    if _is_this_machine(server.url) or not uses_sqlite(server):
        return
    yield warning(
        "El servidor guarda en SQLite, que es para una sola persona: con varias ejecuciones a la "
        "vez, su base se traba y se pierden eventos y avisos.",
        f"pasalo a PostgreSQL ({UV_RUN}electra-flow docs servidor)",
    )


def uses_sqlite(server: Server) -> bool:
    """Tell whether the database is certainly SQLite.

    The API does not say: it masks the address of its database, the name of the engine included. But
    it searches names with LIKE, where a backslash escapes the next character in PostgreSQL and is
    one more character in SQLite. (Prefect's own block types are on each server. The other search
    shows that the API still hands a pattern on as it is.)
    """
    return _finds(server, "s_cret") and not _finds(server, r"s_cr\et")


def _finds(server: Server, pattern: str) -> bool:
    status, found = server.ask(
        "/block_types/filter", {"block_types": {"name": {"like_": pattern}}, "limit": 1}
    )
    return status != 200 or bool(found)


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
