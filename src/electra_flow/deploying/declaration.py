"""What `deployments()` of deploy.py gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from electra_flow.model.deployment import Deployment


def read_deployments(deployments: Callable[[], Sequence[Deployment]]) -> list[Deployment]:
    declared = deployments()
    if not isinstance(declared, (list, tuple)):
        raise TypeError(f"deployments() tiene que devolver una lista, y devuelve {declared!r}")
    for item in declared:
        if not isinstance(item, Deployment):
            raise TypeError(f"deployments() tiene que devolver Deployment(…), y trae {item!r}")
    return list(declared)
