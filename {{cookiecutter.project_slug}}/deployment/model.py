"""Los datos de deploy.py: el proyecto y sus despliegues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from prefect.runner.storage import RunnerStorage
    from prefect.schedules import Schedule

    from deployment.server_check import Finding


class SourceError(Exception):
    """Por qué no se puede desplegar el código, con el comando que lo arregla."""


class Source(Protocol):
    """De dónde toma el código cada ejecución."""

    @property
    def secrets(self) -> Sequence[str]:
        """Los bloques Secret que hacen falta para llegar al código."""

    def code(self) -> AbstractContextManager[Path]:
        """Da la carpeta del proyecto tal como la va a ver un worker."""

    def check(self, env: str, entrypoint: str) -> Iterator[Finding]:
        """Revisa que lo que se despliega sea lo que se ve en esta carpeta."""

    def storage(self, env: str, entrypoint: str) -> Path | RunnerStorage:
        """Devuelve lo que espera `Flow.from_source`; lanza `SourceError` si ya no sirve."""

    def job_variables(self, env: Mapping[str, str]) -> dict[str, Any]:
        """Devuelve cómo corre el flujo: en qué entorno, con qué variables."""

    def describe(self, env: str) -> str:
        """Dice en una línea qué código queda desplegado."""


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


@dataclass(frozen=True, kw_only=True)
class Project:
    """Lo que comparten todos los despliegues de un proyecto.

    Attributes:
        source: De dónde toma el código cada ejecución.
        entrypoint: El flujo dentro del proyecto: «src/archivo.py:funcion».
        timezone: El huso horario en que se muestran las próximas ejecuciones.
        pools: El work pool de cada entorno: «dev» y «prod».
        secrets: Los bloques Secret que el flujo carga.
        variables: Las variables de Prefect que el flujo lee.
        blocks: Los bloques de otros tipos que carga, como en `Block.load`: «tipo/nombre».
        env: Variables de entorno de las ejecuciones. Nunca secretos: se guardan en claro.
        watchdog: Los límites de las ejecuciones; None no vigila ninguno.
        private_libraries: Las bibliotecas que no se instalan solas, y qué hay que hacer para eso.
    """

    source: Source
    entrypoint: str
    timezone: str
    pools: Mapping[str, str]
    secrets: Sequence[str] = ()
    variables: Sequence[str] = ()
    blocks: Sequence[str] = ()
    env: Mapping[str, Any] = field(default_factory=dict)
    watchdog: Watchdog | None = Watchdog()
    private_libraries: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("secrets", "variables", "blocks"):
            if isinstance(value := getattr(self, name), str):
                object.__setattr__(self, name, (value,))
        _check_types(self)
        env = {str(name): str(value) for name, value in self.env.items()}
        object.__setattr__(self, "env", env)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Un despliegue del flujo.

    Attributes:
        name: En el servidor lleva el entorno detrás («ventas» es «ventas-dev»), para
            que dev y prod convivan.
        description: Qué hace y para quién; se ve en la interfaz de Prefect.
        schedules: Cuándo corre; vacío si solo se ejecuta a mano.
        parameters: Los parámetros del flujo que no quedan en su valor por defecto.
        tags: Etiquetas; la del entorno se agrega sola.
        watchdog: Los límites de sus ejecuciones, si no son los del proyecto.
    """

    name: str
    description: str
    schedules: Sequence[Schedule] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    watchdog: Watchdog | None = None

    def __post_init__(self) -> None:
        _check_types(self)

    def name_in(self, env: str) -> str:
        """Devuelve el nombre del despliegue en el servidor."""
        return f"{self.name}-{env}"


TYPES = {
    "str": (str, "un texto"),
    "Mapping": (Mapping, "un diccionario"),
    "Sequence": (Sequence, "una lista"),
}


def _check_types(data: Project | Deployment) -> None:
    """Lanza `TypeError` si un campo no es lo que dice su anotación."""
    for item in fields(data):
        name, value = item.name, getattr(data, item.name)
        kind, _, content = item.type.partition("[")
        if kind not in TYPES:
            continue
        expected, words = TYPES[kind]
        if not isinstance(value, expected) or (kind == "Sequence" and isinstance(value, str)):
            raise TypeError(f"{name} tiene que ser {words}, y es {value!r}")
        if content.endswith("str]"):
            for part in value.values() if kind == "Mapping" else value:
                if not isinstance(part, str):
                    raise TypeError(f"{name} tiene que llevar textos, y lleva {part!r}")
