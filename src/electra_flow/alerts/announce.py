"""One look at the alerts: what was not told, or could not be, is told now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from electra_flow.alerts.changes import Moment, Standing, due
from electra_flow.alerts.lock import alone
from electra_flow.alerts.reader import (
    read_alerts,
    read_failures,
    read_last,
    read_late,
    read_successes,
)
from electra_flow.alerts.sending import NotSentError, Post, SentToSomeError, send, write
from electra_flow.alerts.told import Heard, hear, remember, wait_until_stored
from electra_flow.alerts.waiting import drop_waiting
from electra_flow.watchdog.reader import server_time

LOOKBACK = timedelta(days=1)  # what could not be told for longer, is in the report
KEPT = timedelta(days=7)  # for which Prefect keeps the events that say what was told
PATIENCE = 3.0  # seconds
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
    with get_client(sync_client=True) as client, alone(client) as renew:
        if renew is None:
            return Announced(0, left=True)
        drop_waiting(client)
        alerts = read_alerts(client)
        done = Announced(len(alerts))
        remembered = []
        closed: dict[str, str] = {}  # who made one wait is not waited for again
        for alert, moment in sorted(_due(client, alerts), key=lambda item: item[1].at):
            target = alert.declared.target
            title = write(alert.declared, moment, timezone)[0]
            begun = time.monotonic()
            problem = closed.get(target) or _send(alert, moment, post)
            if problem is not None:
                done.problems.append(str(problem))
                log("%s: no se avisó: %s", title, problem)
                if time.monotonic() - begun > PATIENCE:
                    closed[target] = str(problem)
                if not isinstance(problem, SentToSomeError):
                    continue
            own = alert.recovered_id if moment.went_well else alert.automation_id
            remembered.append(remember(client, own or alert.automation_id, moment))
            renew()
            done.sent.append(title)
            log("%s: avisado (%s)", title, target)
        if not wait_until_stored(client, remembered):
            log("El servidor tarda en anotar lo avisado: puede avisarse otra vez")
        return done


def _send(alert: Standing, moment: Moment, post: Post) -> NotSentError | None:
    """Send an alert; return why it could not be sent: that is no reason not to send the others."""
    try:
        send(alert.declared, moment, post)
    except NotSentError as error:
        return error
    except Exception as error:  # such as a name that no mail can bear
        return NotSentError(f"{alert.declared.full_name} no se pudo avisar: {error!r}")
    return None


def result(done: Announced) -> State[Any]:
    """Devuelve cómo termina el flujo: mal, si algo no se pudo mandar."""
    state = Failed if done.problems else Completed
    return state(message=done.headline)


def _due(
    client: SyncPrefectClient, alerts: Sequence[Standing]
) -> Iterator[tuple[Standing, Moment]]:
    """Give what is to be told, of each alert."""
    if not alerts:
        return
    now = server_time(client)
    start = now - LOOKBACK
    ids = list({alert.deployment_id for alert in alerts})
    heard = hear(client, alerts, now - KEPT)
    told = {item.run_id for items in heard.told.values() for item in items if not item.recovered}
    failures = read_failures(client, ids, start, told)
    of_late = {alert.deployment_id for alert in alerts if alert.declared.late is not None}
    late = read_late(client, list(of_late), start, now)
    # Nothing has changed of the others: no automation fired, and nothing went wrong.
    looked_at = failures.keys() | late.keys()
    looked_at |= {id for id, at in heard.changed.items() if at > start}
    looked_at |= {alert.deployment_id for alert in alerts if _is_told_to_fail(heard, alert)}
    well = {id: list(read_successes(client, id, start)) for id in looked_at}
    before = {id: read_last(client, id, start, told) for id in looked_at}
    for alert in alerts:
        id = alert.deployment_id
        if id not in looked_at:
            continue
        waited = [item.late(alert.declared.late) for item in late.get(id, [])]
        moments = [*failures.get(id, []), *well[id], *filter(None, waited)]
        own = heard.told[alert.automation_id]
        deployed = heard.deployed[id]
        for moment in due(alert, moments, own, start, now, before=before[id], deployed=deployed):
            yield alert, moment


def _is_told_to_fail(heard: Heard, alert: Standing) -> bool:
    items = heard.told[alert.automation_id]
    return bool(items) and not max(items, key=lambda item: item.at).recovered
