"""Whom to tell, and when, that a deployment stopped working or works again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

from electra_flow.model import fields

When = Literal["failed", "timed_out", "crashed", "ended", "late", "recovered"]
ALWAYS: tuple[When, ...] = get_args(When)
QUIET = "dev"  # the environment of which nobody is told, unless it is named
DEPLOYED = "electra-flow.deployed"  # the event by which a deployment counts as going well
ANNOUNCER = "electra-flow-avisos"  # the tag of the deployment that sends what the server does not
SHORTEST = timedelta(seconds=10)  # the least that Prefect waits for
BLOCK = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
# How the states' messages begin that a limit or a round sets (`deploying.limits`, `watchdog.judge`).
ENDED_BY_WATCHDOG = (
    "Corrió más de *",
    "En * no empezó a correr*",
    "Dejó de dar señales de vida*",
    "Estuvo más de * en Cancelling*",
)


@dataclass(frozen=True)
class Alert:
    """Un aviso de que un despliegue dejó de andar bien, y de que volvió a andar.

    Se avisa al cambiar: una vez cuando empieza a fallar, y una cuando vuelve a terminar bien.

    Attributes:
        block: El bloque de Prefect que lo manda, como «ms-teams-webhook/nombre»;
            o «slack-webhook/nombre», «custom-webhook/nombre» u otro de los de aviso.
        mail: En lugar de un bloque, las direcciones de correo.
            True son las del proyecto de monitoreo, que es el que manda el correo.
        when: De qué se avisa; si no se dice, de todo:
            «failed» (falló), «timed_out» (pasó el tiempo que le da el flujo), «crashed» (se cayó),
            «ended» (la terminó la vigilancia), «late» (no empezó), «recovered» (volvió a andar).
        late: Con cuánto atraso se avisa que no empezó.
        environments: En qué entornos; si no se dice, en todos menos «dev».
    """

    block: str | None = None
    _: KW_ONLY
    mail: Sequence[str] | bool = False
    when: Sequence[When] = ALWAYS
    late: timedelta = timedelta(minutes=15)
    environments: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if (self.block is None) == (self.mail is False):
            raise ValueError(
                "Alert lleva un bloque («ms-teams-webhook/nombre») o mail=[…], uno de los dos; si "
                "son dos destinos, van dos Alert"
            )
        if self.block is not None:
            fields.text("block", self.block)
            if not BLOCK.fullmatch(self.block):
                raise ValueError(
                    "block tiene que ser «tipo/nombre», como «ms-teams-webhook/avisos», y es "
                    f"«{self.block}»"
                )
        if not isinstance(self.mail, bool):
            fields.addresses("mail", self.mail)
        _check_when(self.when)
        if not isinstance(self.late, timedelta):
            raise TypeError(f"late tiene que ser un timedelta, y es {self.late!r}")
        if self.late < SHORTEST:
            raise ValueError(f"late tiene que ser de 10 segundos o más, y es {self.late}")
        if self.environments is not None:
            fields.texts("environments", self.environments)
            if not self.environments:
                raise ValueError("environments está vacía; para no avisar, sacá el Alert")

    @property
    def target(self) -> str:
        """Adónde va: el bloque, «mail» o «mail:ana@example.com»."""
        if self.block is not None:
            return self.block
        return "mail" if isinstance(self.mail, bool) else f"mail:{','.join(self.mail)}"

    @property
    def shown(self) -> str:
        """Adónde va, dicho con palabras."""
        if self.block is not None:
            return f"a {self.block}"
        return (
            "por correo" if isinstance(self.mail, bool) else f"por correo a {', '.join(self.mail)}"
        )

    def is_of(self, environment: str) -> bool:
        """Dice si se avisa de lo que corre en un entorno."""
        if self.environments is None:
            return environment != QUIET
        return environment in self.environments


def check_alerts(name: str, value: Any) -> None:
    """Raise TypeError if `value` is no list of alerts."""
    fields.sequence(name, value)
    for item in value:
        if not isinstance(item, Alert):
            raise TypeError(f"{name} tiene que llevar Alert(…), y lleva {item!r}")


def _check_when(value: Any) -> None:
    fields.texts("when", value)
    if not set(value) - {"recovered"}:
        raise ValueError(f"when tiene que llevar algo de {', '.join(ALWAYS[:-1])}, y es {value!r}")
    for word in value:
        if word not in ALWAYS:
            raise ValueError(f"when no lleva «{word}»: puede llevar {', '.join(ALWAYS)}")
