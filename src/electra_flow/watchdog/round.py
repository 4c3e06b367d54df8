"""A round: what is over is ended, whether or not an automation should have done it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from electra_flow.watchdog.ending import Ended, end
from electra_flow.watchdog.judge import (
    Seen,
    Verdict,
    is_silent,
    is_to_give_signs,
    judge,
    lost,
    orphans,
)
from electra_flow.watchdog.limits import Limits, read_limits
from electra_flow.watchdog.reader import read_environments, read_runs, read_subflows, server_time
from electra_flow.watchdog.signs import LONGEST, MARGIN, interval, last_signs, listen
from electra_flow.watchdog.taking_up import Repeated, find_twice, take_up

Log = Callable[..., object]
MARKED = "marcada"  # not ended: it became Late, from where its limit begins
# What several of a kind are called: the `why` of a verdict is what one is.
SEVERAL = {
    "atrasada": "atrasadas",
    "colgada": "colgadas",
    "pendiente": "pendientes",
    "perdida": "perdidas",
    "sin cancelar": "sin cancelar",
    "subflujo sin padre": "subflujos sin padre",
}


@dataclass(frozen=True)
class Round:
    """Lo que hizo una ronda.

    Attributes:
        deployments: Cuántos despliegues tienen límites.
        runs: Cuántas ejecuciones suyas no habían terminado, o tenían que haber empezado.
        ended: Las que terminó, o marcó como Late, y por qué.
        problems: Lo que no pudo terminar.
        unsure: Cuántas no dan señales de vida sin que se sepa si es por el servidor.
        taken_up: Las que se perdieron y se retoman.
        twice: Las que se retomaron y no habían muerto.
    """

    deployments: int
    runs: int
    ended: Sequence[Verdict] = field(default=())
    problems: Sequence[str] = field(default=())
    unsure: int = 0
    taken_up: Sequence[Repeated] = field(default=())
    twice: Sequence[Repeated] = field(default=())

    @property
    def headline(self) -> str:
        """El resultado, en una línea."""
        looked = f"{_count(self.runs, 'ejecución', 'ejecuciones')} de " + _count(
            self.deployments, "despliegue con límites", "despliegues con límites"
        )
        parts = ["Nada que terminar"]
        whys = Counter(verdict.why for verdict in self.ended)
        marked = whys.pop(MARKED, 0)
        if whys:
            each = ", ".join(_count(many, why, SEVERAL[why]) for why, many in sorted(whys.items()))
            parts = [f"{_count(whys.total(), 'terminada', 'terminadas')} ({each})"]
        if marked:
            parts.append(_count(marked, "marcada como Late", "marcadas como Late"))
        if self.taken_up:
            parts.append(_count(len(self.taken_up), "retomada", "retomadas"))
        if self.twice:
            parts.append(_count(len(self.twice), "corrió dos veces", "corrieron dos veces"))
        if self.unsure:
            parts.append(f"{self.unsure} sin señales de vida, que mira la próxima ronda")
        parts += self.problems
        return f"{'; '.join(parts)}. {looked}."


def end_overdue(log: Log) -> Round:
    """Termina las ejecuciones que se pasaron de sus límites, y dice en cada una por qué.

    Args:
        log: Dónde se cuenta cada una, como `logger.info`.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: Si el servidor no deja leerlas.
        httpx.TransportError: Si el servidor no contesta.
    """
    with get_client(sync_client=True) as client:
        limits = read_limits(client)
        if not limits:
            return Round(0, 0)
        now = server_time(client)
        own = flow_run.get_id()
        runs = [run for run in read_runs(client, list(limits), now) if str(run.id) != own]
        verdicts = {verdict.run.id: verdict for verdict in _judged(client, runs, limits, now)}
        silent = _silent(client, runs, limits, now)
        sure = [verdict for id, verdict in verdicts.items() if id not in silent]
        ended = list(_told(end(client, sure), log))
        gone, unsure = _listen(client, silent, log)
        now = server_time(client) if gone else now
        last = [
            lost(one.run, one.sign, one.limits, now) for id, one in silent.items() if id in gone
        ]
        last += [verdicts[id] for id in verdicts.keys() & silent.keys() - gone]
        ended += _told(end(client, last), log)
        taken_up = list(_repeated(take_up(client, list(limits), now), log))
        twice = list(_repeated(find_twice(client, now), log))
        return Round(
            deployments=len(limits),
            runs=len(runs),
            ended=[one.verdict for one in ended if not one.problem],
            problems=[
                f"{one.verdict.run.name} no se pudo terminar ({one.problem})"
                for one in ended
                if one.problem
            ],
            unsure=len(unsure - verdicts.keys()),
            taken_up=taken_up,
            twice=twice,
        )


def result(done: Round) -> State[Any]:
    """Devuelve cómo termina el flujo: mal, si algo no se pudo terminar."""
    state = Failed if done.problems else Completed
    return state(message=done.headline)


def _judged(
    client: SyncPrefectClient,
    runs: Sequence[Seen],
    limits: Mapping[UUID, Limits],
    now: datetime,
) -> Iterator[Verdict]:
    for run in runs:
        own = limits.get(run.deployment_id) if run.deployment_id else None
        if own and (verdict := judge(run, own, now)):
            yield verdict
    yield from orphans(*read_subflows(client), limits, now)


@dataclass(frozen=True)
class _Silent:
    """A run whose last sign of life is too long ago."""

    run: Seen
    limits: Limits
    sign: datetime


def _silent(
    client: SyncPrefectClient,
    runs: Sequence[Seen],
    limits: Mapping[UUID, Limits],
    now: datetime,
) -> dict[UUID, _Silent]:
    """Return the runs that gave signs of life, and should have given more."""
    own = {run.id: limits[run.deployment_id] for run in runs if run.deployment_id}
    expected = [run for run in runs if is_to_give_signs(run, own[run.id], now)]
    signs = last_signs(client, [run.id for run in expected], now)
    return {
        run.id: _Silent(run, own[run.id], signs[run.id])
        for run in expected
        if run.id in signs and is_silent(run, signs[run.id], own[run.id], now)
    }


def _listen(
    client: SyncPrefectClient, silent: Mapping[UUID, _Silent], log: Log
) -> tuple[set[UUID], set[UUID]]:
    """Return the runs that are lost for certain, and those that may be."""
    if not silent:
        return set(), set()
    ids = {one.run.deployment_id for one in silent.values() if one.run.deployment_id}
    environments = read_environments(client, list(ids))
    times = {
        id: interval(environments.get(one.run.deployment_id, {}), one.limits.lost) + MARGIN
        for id, one in silent.items()
        if one.run.deployment_id and one.limits.lost
    }
    # One that gives signs less often than a round can listen is left to its automation.
    heard = {id: silent[id].sign for id, time in times.items() if time < LONGEST}
    if not heard:
        return set(), set(silent)
    time = max(times[id] for id in heard)
    log(
        "%s sin señales de vida: se escuchan por %d s, por si fue el servidor",
        _count(len(heard), "ejecución", "ejecuciones"),
        time.total_seconds(),
    )
    gone, unsure = listen(client, heard, time)
    return gone, unsure | silent.keys() - heard.keys()


def _told(ended: Iterator[Ended], log: Log) -> Iterator[Ended]:
    for one in ended:
        verdict = one.verdict
        become = one.problem or verdict.state_name or verdict.state.value.capitalize()
        log("%s: %s: %s. %s", verdict.of, verdict.run.name, become, verdict.reason)
        yield one


def _repeated(runs: Iterator[Repeated], log: Log) -> Iterator[Repeated]:
    for one in runs:
        log("%s", one.text)
        yield one


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
