"""What of the server's own settings matters to the runs of everybody, as far as its API tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from electra_flow.checks.api import Server
from electra_flow.checks.finding import UV_RUN, Finding, warning

BUFFER = "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER"
LEASES = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"
MODULES = "prefect.server.concurrency.lease_storage."
RECOMMENDED = {BUFFER: "P1D", LEASES: f"{MODULES}filesystem"}  # why: docs/decisions/reliability.md


def check_server_settings(server: Server) -> Iterator[Finding]:
    """Warn of what the server would forget; a server that tells no settings gives nothing."""
    status, settings = server.ask("/admin/settings")
    if status != 200 or not isinstance(settings, dict):
        return
    own = settings.get("server") or {}
    buffer = (own.get("events") or {}).get("expired_bucket_buffer")
    if isinstance(buffer, str) and re.fullmatch(r"PT(\d+M)?([\d.]+S)?", buffer):  # ISO 8601
        yield warning(
            "Si el servidor está ocupado o se reinicia cuando vence un límite, olvida esa "
            "ejecución, y puede quedar colgada.",
            f"{BUFFER}={RECOMMENDED[BUFFER]} en la máquina del servidor ({UV_RUN}electra-flow docs worker)",
        )
    if (own.get("concurrency") or {}).get("lease_storage") == f"{MODULES}memory":
        yield warning(
            "Al reiniciarse, el servidor olvida quién ocupa cada concurrency_limit, y a los pocos "
            "minutos corta lo que estaba corriendo bien con uno.",
            f"{LEASES}={RECOMMENDED[LEASES]} en la máquina del servidor "
            f"({UV_RUN}electra-flow docs worker)",
        )
