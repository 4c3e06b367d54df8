"""Whether the environments keep apart: their work pools, and the names that say one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from electra_flow.checks.environment_names import environment_named
from electra_flow.checks.finding import Finding, error, warning
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Project
from electra_flow.model.unset import Unset

_REFERENCE = re.compile(r"\{\{\s*prefect\.(blocks|variables)\.")


def check_environments(project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
    """Check that nothing of one environment is another's, and that no secret is stored in clear."""
    yield from _check_pools(project)
    for item in deployments:
        own = environment_named(item.entrypoint)  # a flow may be called ventas_prod
        tags = () if isinstance(item.tags, Unset) else item.tags
        for text in (item.name, *tags):
            if (named := environment_named(text)) and named != own:
                yield warning(
                    f"{item.name}: «{text}» dice {named}, y va a todos los entornos: sacalo, que "
                    "--env agrega el suyo al nombre y a las etiquetas."
                )
    yield from _check_images(project, deployments)
    yield from _check_clear("PROJECT", project.env)
    for name, environment in project.environments.items():
        yield from _check_clear(f"environments: {name}", environment.env)
    for item in deployments:
        if not isinstance(item.job_variables, Unset):
            given = item.job_variables.get("env")
            yield from _check_clear(item.name, given if isinstance(given, Mapping) else {})


def _check_pools(project: Project) -> Iterator[Finding]:
    pools = [environment.pool for environment in project.environments.values()]
    for pool in dict.fromkeys(pool for pool in pools if pools.count(pool) > 1):
        names = [name for name, own in project.environments.items() if own.pool == pool]
        yield error(
            f"{' y '.join(names)} usan el mismo work pool, «{pool}»: cada entorno lleva el suyo, "
            "para que lo de uno no corra en la máquina del otro."
        )
    for name, environment in project.environments.items():
        named = environment_named(environment.pool, of_pool=True)
        if named and environment_named(name) not in ("", named):
            yield error(
                f"El entorno «{name}» usa el work pool «{environment.pool}», que es de {named}."
            )


def _check_images(project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
    """Check that nobody names another image than the one that is built."""
    names = [name for name, own in project.environments.items() if own.image is not None]
    for item in deployments if names else ():
        options = {"image", "build", "push"} & set(item.deploy_options)
        variables = {} if isinstance(item.job_variables, Unset) else item.job_variables
        for where, name in (
            *(("deploy_options", option) for option in sorted(options)),
            *(("job_variables", variable) for variable in {"image"} & set(variables)),
        ):
            yield error(
                f"{item.name}: {where} no lleva «{name}» donde un entorno ({', '.join(names)}) tiene "
                "image=: la imagen es la que construye el despliegue."
            )


def _check_clear(where: str, env: Mapping[str, Any]) -> Iterator[Finding]:
    for name, value in env.items():
        if _REFERENCE.search(str(value)):
            yield error(
                f"{where}: env: «{name}» lleva un bloque, que quedaría en claro en el servidor: "
                'sacalo, y cargá el secreto en la tarea: Secret.load("nombre").get().'
            )
