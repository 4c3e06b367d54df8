"""A deployment that was checked and merged, as `publish` of deploy.py receives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from prefect.runner.storage import RunnerStorage

    from electra_flow.model.deployment import Deployment


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Un despliegue ya revisado, listo para que Prefect lo publique.

    Attributes:
        source: De dónde toma el código cada ejecución: lo que espera `flow.from_source`.
        entrypoint: El flujo dentro del proyecto: «src/archivo.py:funcion».
        options: Todo lo que lleva `.deploy(…)`: lo que se declara y lo que conserva el servidor.
        deployment: El `Deployment` de deploy.py del que salió.
        environment: El entorno, como «dev» o «prod».
    """

    source: str | Path | RunnerStorage
    entrypoint: str
    options: dict[str, Any] = field(repr=False)
    deployment: Deployment
    environment: str
