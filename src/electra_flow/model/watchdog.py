"""The limits of runs, which the server watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Watchdog:
    """Los límites que el servidor vigila en cada ejecución; uno que es None no se vigila.

    Attributes:
        running: Lo que corre sin interrupción por más tiempo se cancela.
        late: Lo que se atrasa y en este tiempo no empieza a correr se cancela.
        lost: Lo que en este tiempo no da señales de vida, porque se apagó su máquina o murió su
            proceso, queda como Crashed.
    """

    running: timedelta | None = timedelta(hours=2)
    late: timedelta | None = timedelta(hours=4)
    lost: timedelta | None = timedelta(minutes=10)


UNWATCHED = Watchdog(running=None, late=None, lost=None)
