"""Lo que comparten todos los proyectos de flujos: `deploy.py`, el logger y los chequeos.

Each public name is imported when it is first used: a run of a flow must not import what deploys,
and `deploy.py` must not wait for Prefect before it has started what can run beside it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` costs ten times as much as all the rest here
if TYPE_CHECKING:
    from typing import Any

    from electra_flow.deploying.main import main
    from electra_flow.logger.filters import RemoveSpecificLogs, RemoveUnicodeErrorLogs
    from electra_flow.logger.prefect_logger import PrefectLogger
    from electra_flow.logger.run_info import run_info
    from electra_flow.model.alert import Alert
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.image import Image
    from electra_flow.model.prepared import Prepared
    from electra_flow.model.project import Environment, Project
    from electra_flow.model.schedules import Cron, Interval, RRule
    from electra_flow.model.watchdog import Watchdog
    from electra_flow.sources.git_source import GitSource
    from electra_flow.sources.local_folder import LocalFolder

__all__ = [
    "Alert",
    "Cron",
    "Deployment",
    "Environment",
    "GitSource",
    "Image",
    "Interval",
    "LocalFolder",
    "Prepared",
    "PrefectLogger",
    "Project",
    "RRule",
    "RemoveSpecificLogs",
    "RemoveUnicodeErrorLogs",
    "Watchdog",
    "main",
    "run_info",
]

_MODULES = {
    "Alert": "model.alert",
    "Cron": "model.schedules",
    "Deployment": "model.deployment",
    "Environment": "model.project",
    "GitSource": "sources.git_source",
    "Image": "model.image",
    "Interval": "model.schedules",
    "LocalFolder": "sources.local_folder",
    "PrefectLogger": "logger.prefect_logger",
    "Prepared": "model.prepared",
    "Project": "model.project",
    "RRule": "model.schedules",
    "RemoveSpecificLogs": "logger.filters",
    "RemoveUnicodeErrorLogs": "logger.filters",
    "Watchdog": "model.watchdog",
    "main": "deploying.main",
    "run_info": "logger.run_info",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("electra-flow")
    if name not in _MODULES:
        if not name.startswith("_"):  # a misspelt name, perhaps in a deploy.py
            from electra_flow.deploying.mistakes import tell_mistakes_of_script

            tell_mistakes_of_script()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
