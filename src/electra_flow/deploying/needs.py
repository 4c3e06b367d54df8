"""What has to be on the server for what is declared, and what is going to be deployed to its pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from electra_flow.checks.server import Need
from electra_flow.checks.work_pool import PoolUse, mounted
from electra_flow.deploying.prepare import alerts_of
from electra_flow.images.in_image import InImage
from electra_flow.model.unset import UNSET
from electra_flow.sources.log_folder import LOG_FOLDER

if TYPE_CHECKING:
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.project import Project


def needs_of(project: Project, deployments: Sequence[Deployment], environment: str) -> list[Need]:
    """Return what has to be on the server, in the order in which it is told."""
    own = project.environments[environment]
    queues = {item.work_queue_name for item in deployments} - {UNSET}
    blocks = [*(f"secret/{name}" for name in (*own.source.secrets, *project.secrets))]
    named = [Need("pool", own.pool, use=pool_use(project, deployments, environment))]
    named += [Need("queue", str(queue), own.pool) for queue in sorted(queues, key=str)]
    named += [Need("block", name) for name in (*blocks, *project.blocks)]
    named += [Need("alert", name) for name in alert_blocks(project, deployments, environment)]
    named += [Need("variable", name) for name in project.variables]
    return list(dict.fromkeys(named))


def pool_use(project: Project, deployments: Sequence[Deployment], environment: str) -> PoolUse:
    """Return what is going to be deployed to the pool of an environment."""
    own = project.environments[environment]
    ours = own.source.job_variables(own.source.folder.name)
    variables, folders = set(ours), set()
    if isinstance(own.source, InImage):
        variables.add("image")  # which Prefect sets
    for deployment in deployments:
        authors = {} if deployment.job_variables is UNSET else dict(deployment.job_variables)
        variables |= set(authors)
        env = {**ours.get("env", {}), **project.env, **own.env, **authors.get("env", {})}
        folder = str(env.get(LOG_FOLDER, ""))
        if folder and not mounted(folder, [str(one) for one in authors.get("volumes", ())]):
            folders.add(folder)
    return PoolUse(own.source.pool_types, tuple(sorted(variables)), tuple(sorted(folders)))


def alert_blocks(
    project: Project, deployments: Sequence[Deployment], environment: str
) -> list[str]:
    """Return the blocks that send the alerts of an environment."""
    alerts = [alert for item in deployments for alert in alerts_of(project, item, environment)]
    return list(dict.fromkeys(alert.block for alert in alerts if alert.block is not None))
