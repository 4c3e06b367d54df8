"""One deployment of a flow, with Prefect's keywords under Prefect's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Any

from electra_flow.model import fields
from electra_flow.model.alert import Alert, check_alerts
from electra_flow.model.unset import UNSET, Unset
from electra_flow.model.watchdog import Watchdog

if TYPE_CHECKING:
    import prefect.schedules
    from prefect.client.schemas.objects import ConcurrencyLimitConfig

    from electra_flow.model.schedules import Schedule

_WHEN = "decí cuándo corre con schedules=[Cron(…)], que lleva el huso del proyecto"
# Keywords of `Flow.deploy` that a deployment does not take, and what to write instead.
REFUSED = {
    "work_pool_name": "el work pool es el del entorno: Environment(pool=…), en PROJECT",
    "print_next_steps": "deploy.py ya cuenta qué quedó en el servidor; sacalo",
    "ignore_warnings": "deploy.py ya revisa antes de desplegar; sacalo",
    "entrypoint_type": "el flujo es siempre un archivo: entrypoint=«src/archivo.py:funcion»",
    "cron": _WHEN,
    "interval": f"{_WHEN.replace('Cron', 'Interval')}",
    "rrule": f"{_WHEN.replace('Cron', 'RRule')}",
    "schedule": _WHEN,
}


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Un despliegue de un flujo. Lo que no se declara queda como esté en el servidor.

    Attributes:
        entrypoint: El flujo dentro del proyecto: «src/archivo.py:funcion».
        name: Su nombre; en el servidor lleva el entorno detrás: «ventas» es «ventas-dev».
        description: Qué hace y para quién; se ve en la interfaz de Prefect.
        schedules: Cuándo corre; con una lista vacía, solo a mano.
        parameters: Los parámetros del flujo que no quedan en su valor por defecto.
        tags: Etiquetas; la del entorno se agrega sola.
        version: La versión que muestra la interfaz.
        concurrency_limit: Cuántas ejecuciones puede haber a la vez; None saca el límite.
        work_queue_name: La cola del work pool, que tiene que existir.
        job_variables: Ajustes de la ejecución para su work pool; `env` se suma al del proyecto.
        triggers: Los eventos que lo ejecutan, como en Prefect.
        enforce_parameter_schema: Si el servidor rechaza parámetros de otro tipo.
        paused: Si está en pausa.
        watchdog: Los límites de sus ejecuciones, si no son los del proyecto; None no vigila ninguno.
        alerts: A quién se avisa, si no es a los del proyecto; con una lista vacía, a nadie.
        owner: El responsable que nombran los avisos, si no es el del proyecto.
        deploy_options: Otros argumentos de `Flow.deploy`, por nombre.
    """

    entrypoint: str
    name: str
    description: str
    schedules: Sequence[Schedule | prefect.schedules.Schedule] | Unset = UNSET
    parameters: Mapping[str, Any] | Unset = UNSET
    tags: Sequence[str] | Unset = UNSET
    version: str | Unset = UNSET
    concurrency_limit: int | ConcurrencyLimitConfig | Unset | None = UNSET
    work_queue_name: str | Unset = UNSET
    job_variables: Mapping[str, Any] | Unset = UNSET
    triggers: Sequence[Any] | Unset = UNSET
    enforce_parameter_schema: bool | Unset = UNSET
    paused: bool | Unset = UNSET
    watchdog: Watchdog | Unset | None = UNSET
    alerts: Sequence[Alert] | Unset = UNSET
    owner: str | Unset = UNSET
    deploy_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in dataclass_fields(self):
            value = getattr(self, item.name)
            if value is not UNSET and item.name in _CHECKS:
                _CHECKS[item.name](item.name, value)
        for name in self.deploy_options:
            if name in REFUSED:
                raise ValueError(f"deploy_options no lleva «{name}»: {REFUSED[name]}")
            if name in _FIELDS:
                raise ValueError(f"deploy_options no lleva «{name}»: va en Deployment({name}=…)")

    def name_in(self, environment: str) -> str:
        """Devuelve el nombre del despliegue en el servidor."""
        return f"{self.name}-{environment}"


def _limit(name: str, value: Any) -> None:
    number = getattr(value, "limit", value)  # Prefect's ConcurrencyLimitConfig has one
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name} tiene que ser un número entero o None, y es {value!r}")
    if number < 1:
        raise ValueError(f"{name} tiene que ser 1 o más, y es {number}")


def _entrypoint(name: str, value: Any) -> None:
    fields.text(name, value)
    file, _, function = value.rpartition(":")
    if not file.endswith(".py") or not function.isidentifier() and "." not in function:
        raise ValueError(f"{name} tiene que ser como «src/archivo.py:funcion», y es «{value}»")


_CHECKS: dict[str, fields.Check] = {
    "entrypoint": _entrypoint,
    "name": fields.text,
    "description": fields.text,
    "schedules": fields.sequence,
    "parameters": fields.mapping,
    "tags": fields.texts,
    "version": fields.text,
    "concurrency_limit": _limit,
    "work_queue_name": fields.text,
    "job_variables": fields.mapping,
    "triggers": fields.sequence,
    "enforce_parameter_schema": fields.truth,
    "paused": fields.truth,
    "alerts": check_alerts,
    "owner": fields.text,
    "deploy_options": fields.mapping,
}
_FIELDS = {item.name for item in dataclass_fields(Deployment)}
