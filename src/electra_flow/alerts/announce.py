"""One look at the alerts: what was not told, or could not be, is told now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from electra_flow.alerts.changes import Moment, Standing, Told, due
from electra_flow.alerts.lock import alone
from electra_flow.alerts.reader import (
    read_alerts,
    read_failures,
    read_late,
    read_successes,
    was_failing,
)
from electra_flow.alerts.sending import NotSentError, Post, send, write
from electra_flow.alerts.told import read_told, remember, wait_until_stored
from electra_flow.watchdog.reader import server_time

LOOKBACK = timedelta(days=1)  # what could not be told for longer, is in the report
KEPT = timedelta(days=7)  # for which Prefect keeps the events that say what was told
Log = Callable[..., object]


@dataclass
class Announced:
    """Lo que se avisó.

    Attributes:
        alerts: Cuántos avisos hay declarados.
        sent: Lo que se mandó, un renglón cada uno.
        problems: Lo que no se pudo mandar, y por qué.
        left: Si se lo dejó a otra ejecución, que espera y va a mirar después.
    """

    alerts: int
    sent: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left: bool = False

    @property
    def headline(self) -> str:
        """El resultado, en una línea."""
        if self.left:
            return "Otra ejecución espera para avisar, y va a ver también lo de esta."
        parts = ["Nada que avisar"]
        if self.sent:
            parts = [f"Avisado: {', '.join(self.sent)}"]
        if self.problems:
            parts = [*(parts if self.sent else []), *dict.fromkeys(self.problems)]
        return f"{'; '.join(parts)}."


def announce(
    recipients: Sequence[str],
    mail_block: str,
    timezone: str,
    log: Log,
    *,
    sender: str | None = None,
) -> Announced:
    """Avisa de lo que cambió y nadie avisó todavía.

    Args:
        recipients: A quiénes van los correos que no nombran a nadie.
        mail_block: El bloque Email Server Credentials.
        timezone: El huso horario de las horas.
        log: Dónde se cuenta cada uno, como `logger.info`.
        sender: La dirección que manda; None es el usuario del bloque.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: Si el servidor no deja leer o anotar.
        httpx.TransportError: Si el servidor no contesta.
    """
    post = Post(recipients, mail_block, sender, timezone)
    with get_client(sync_client=True) as client, alone(client) as is_alone:
        if not is_alone:
            return Announced(0, left=True)
        alerts = read_alerts(client)
        done = Announced(len(alerts))
        if not alerts:
            return done
        now = server_time(client)
        remembered = []
        closed: dict[str, str] = {}  # where one could not be sent, the next are not tried
        for alert, moment in sorted(_due(client, alerts, now), key=lambda item: item[1].at):
            target = alert.declared.target
            title = write(alert.declared, moment, timezone)[0]
            try:
                if target in closed:
                    raise NotSentError(closed[target])
                send(alert.declared, moment, post)
            except NotSentError as error:
                closed[target] = str(error)
                done.problems.append(str(error))
                log("%s: no se avisó: %s", title, error)
                continue
            own = alert.recovered_id if moment.went_well else alert.automation_id
            remembered.append(remember(client, own or alert.automation_id, moment))
            done.sent.append(title)
            log("%s: avisado (%s)", title, target)
        if not wait_until_stored(client, remembered):
            log("El servidor tarda en anotar lo avisado: puede avisarse otra vez")
        return done


def result(done: Announced) -> State[Any]:
    """Devuelve cómo termina el flujo: mal, si algo no se pudo mandar."""
    state = Failed if done.problems else Completed
    return state(message=done.headline)


def _due(
    client: SyncPrefectClient, alerts: Sequence[Standing], now: datetime
) -> Iterator[tuple[Standing, Moment]]:
    """Give what is to be told, of each alert."""
    start = now - LOOKBACK
    ids = list({alert.deployment_id for alert in alerts})
    told = read_told(client, alerts, now - KEPT)
    failures = read_failures(client, ids, start)
    told_late = {alert.deployment_id for alert in alerts if alert.declared.late is not None}
    late = read_late(client, list(told_late), start, now)
    wrong = failures.keys() | late.keys()
    wrong |= {alert.deployment_id for alert in alerts if _is_told_to_fail(told, alert)}
    well = {id: list(read_successes(client, id, start)) for id in wrong}
    before = {id: was_failing(client, id, start) for id in wrong}
    for alert in alerts:
        id = alert.deployment_id
        if id not in wrong:
            continue
        after = alert.declared.late
        waited = [item for time, item in late.get(id, []) if after is not None and time >= after]
        moments = [*failures.get(id, []), *waited, *well[id]]
        own = told.get(alert.automation_id, [])
        for moment in due(alert, moments, own, start, now, failing_before=before[id]):
            yield alert, moment


def _is_told_to_fail(told: dict[UUID, list[Told]], alert: Standing) -> bool:
    items = told.get(alert.automation_id, [])
    return bool(items) and not max(items, key=lambda item: item.at).recovered
