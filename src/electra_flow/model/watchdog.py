"""The limits of runs, which the server watches, and the round after it (`electra_flow.watchdog`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

OWNER = "deploy.py"  # the tag of the automations that deploy.py makes, by which they are found
ROUND = "electra-flow-vigilancia"  # the tag of the deployment that makes the rounds


@dataclass(frozen=True, kw_only=True)
class Watchdog:
    """Los límites que el servidor vigila en cada ejecución; uno que es None no se vigila.

    Attributes:
        running: Lo que corre sin interrupción por más tiempo se cancela.
        late: Lo que se atrasa y en este tiempo no empieza a correr se cancela.
        lost: Lo que en este tiempo no da señales de vida queda como Crashed:
            se apagó su máquina o murió su proceso.
        silent: Si en este tiempo no termina bien ninguna de sus ejecuciones, se avisa.
    """

    running: timedelta | None = timedelta(hours=2)
    late: timedelta | None = timedelta(hours=4)
    lost: timedelta | None = timedelta(minutes=10)
    silent: timedelta | None = None


UNWATCHED = Watchdog(running=None, late=None, lost=None)
