"""What all deployments of a project share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from electra_flow.model import fields
from electra_flow.model.alert import Alert, check_alerts
from electra_flow.model.image import Image, as_image
from electra_flow.model.source import Source
from electra_flow.model.watchdog import Watchdog


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Un entorno: en qué work pool corre, de dónde toma el código y si tiene horario.

    Attributes:
        pool: El work pool que lo corre.
        source: De dónde toma el código cada ejecución: `LocalFolder(…)` o `GitSource(…)`.
        schedules_active: Si las programaciones nuevas empiezan activas.
            Con False se crean apagadas, y quedan como las deje el operador.
        env: Variables de entorno de sus ejecuciones, además de las del proyecto.
            Nunca secretos: se guardan en claro.
        image: La imagen de Docker en la que va el código de `source`, para un work pool que las usa:
            su nombre, o `Image(…)`.
    """

    pool: str
    source: Source
    schedules_active: bool = True
    env: Mapping[str, Any] = field(default_factory=dict)
    image: str | Image | None = None

    def __post_init__(self) -> None:
        fields.text("pool", self.pool)
        fields.truth("schedules_active", self.schedules_active)
        fields.mapping("env", self.env)
        if not isinstance(self.source, Source):
            raise TypeError(
                "source tiene que ser LocalFolder(__file__) o GitSource(__file__, …), y es "
                f"{self.source!r}"
            )
        if self.image is not None:
            as_image(self.image)  # raises what is wrong with it


@dataclass(frozen=True, kw_only=True)
class Project:
    """Lo que comparten todos los despliegues de un proyecto.

    Attributes:
        timezone: El huso horario de las programaciones: «America/Argentina/Buenos_Aires».
        environments: Los entornos, por nombre: «dev», «prod».
        secrets: Los bloques Secret que los flujos cargan.
        variables: Las variables de Prefect que los flujos leen.
        blocks: Los bloques de otros tipos que cargan, como en `Block.load`: «tipo/nombre».
        env: Variables de entorno de las ejecuciones. Nunca secretos: se guardan en claro.
        watchdog: Los límites de las ejecuciones; None no vigila ninguno.
        alerts: A quién se avisa cuando un despliegue deja de andar, y cuando vuelve.
        owner: El responsable, que los avisos nombran: una persona, un equipo, un teléfono.
        private_libraries: Las bibliotecas que no se instalan solas, y qué hay que hacer para eso.
    """

    timezone: str
    environments: Mapping[str, Environment]
    secrets: Sequence[str] = ()
    variables: Sequence[str] = ()
    blocks: Sequence[str] = ()
    env: Mapping[str, Any] = field(default_factory=dict)
    watchdog: Watchdog | None = Watchdog()
    alerts: Sequence[Alert] = ()
    owner: str | None = None
    private_libraries: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fields.text("timezone", self.timezone)
        fields.mapping("environments", self.environments)
        if not self.environments:
            raise ValueError("environments no tiene ningún entorno, como dev o prod")
        for name, environment in self.environments.items():
            if not isinstance(environment, Environment):
                raise TypeError(
                    f"environments: «{name}» tiene que ser Environment(…), y es {environment!r}"
                )
        for name in ("secrets", "variables", "blocks"):
            fields.texts(name, getattr(self, name))
        fields.mapping("env", self.env)
        check_alerts("alerts", self.alerts)
        fields.optional(fields.text)("owner", self.owner)
        fields.mapping("private_libraries", self.private_libraries)
