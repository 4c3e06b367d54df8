"""What `deploy.py` of a project declares, read in this process without deploying anything."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from electra_flow.checks.own_modules import own_modules
from electra_flow.deploying.declaration import read_deployments
from electra_flow.deploying.mistakes import mistake
from electra_flow.developing.problem import DevError
from electra_flow.model.alert import Alert
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Environment, Project
from electra_flow.model.unset import UNSET

ENVIRONMENT = "dev"
NAMES = ("PROJECT", "deployments", "publish")


@dataclass(frozen=True)
class Declared:
    """What deploy.py declares.

    Attributes:
        project: PROJECT.
        deployments: What `deployments()` gave.
        publish: The function that deploys one.
        script: The file.
    """

    project: Project
    deployments: Sequence[Deployment]
    publish: Callable[[Any], object]
    script: Path

    @property
    def own(self) -> Environment:
        """The environment dev."""
        return self.project.environments[ENVIRONMENT]

    @property
    def secrets(self) -> list[str]:
        """The Secret blocks that dev needs."""
        return list(dict.fromkeys([*self.own.source.secrets, *self.project.secrets]))

    @property
    def queues(self) -> list[str]:
        """The work queues that are named."""
        named = (item.work_queue_name for item in self.deployments)
        return sorted({str(queue) for queue in named if queue is not UNSET and queue is not None})

    def named(self, full_name: str) -> Deployment | None:
        """Return the deployment that is called so on the server: «flow/deployment»."""
        name = full_name.partition("/")[2]
        found = (item for item in self.deployments if item.name_in(ENVIRONMENT) == name)
        return next(found, None)

    def without_alerts_to(self, blocks: set[str]) -> Declared:
        """Return the same without the alerts that need certain blocks, which are not there."""

        def kept(alerts: Sequence[Alert]) -> list[Alert]:
            return [alert for alert in alerts if alert.block not in blocks]

        return replace(
            self,
            project=replace(self.project, alerts=kept(self.project.alerts)),
            deployments=[
                item if item.alerts is UNSET else replace(item, alerts=kept(item.alerts))
                for item in self.deployments
            ],
        )


def read_declared(script: Path) -> Declared:
    """Import deploy.py as it is now.

    Raises:
        DevError: If it has a mistake, or lacks what it has to define.
    """
    folder = script.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))  # as for Python, when it runs the file
    _forget(folder)
    spec = importlib.util.spec_from_file_location("deploy", script)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["deploy"] = module
    try:
        spec.loader.exec_module(module)
        missing = [name for name in NAMES if not hasattr(module, name)]
        if missing:
            raise DevError(f"{script.name} no define {' ni '.join(missing)}, que dev necesita.")
        declared = Declared(
            module.PROJECT, read_deployments(module.deployments), module.publish, script
        )
    except DevError:
        raise
    except SyntaxError as error:
        raise DevError(f"{script.name}, línea {error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        raise DevError(mistake(error, script)) from None
    if ENVIRONMENT not in declared.project.environments:
        raise DevError(
            f"PROJECT no tiene un entorno «{ENVIRONMENT}», en {script.name}: es el que dev despliega."
        )
    return declared


def _forget(folder: Path) -> None:
    """Let the project's own modules be imported anew: one of them may have changed as well."""
    for name in own_modules(folder):
        del sys.modules[name]
