"""The flows, imported in this process, which has imported Prefect and deploys them anyway.

A clean interpreter (`flow_import.py`) sees more, such as a module that ends Python; but it imports
Prefect once more, and where a server starts meanwhile, two cores have no time for that.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from electra_flow.checks.finding import Finding
from electra_flow.checks.flow_import import ImportedFlow, imported, told
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Project


class FlowsHere:
    """The import of a project's flows, when it is asked for.

    Attributes:
        flows: The flows by entrypoint, once they are checked.
    """

    def __init__(self, env: Mapping[str, Any]) -> None:
        """Take the environment variables of the runs, which are set while they are imported."""
        self.flows: dict[str, ImportedFlow] = {}
        self._env = {name: str(value) for name, value in env.items()}

    def check(self, project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
        """Import the flows, and say what is wrong with them and their parameters."""
        from prefect.settings import (
            PREFECT_API_URL,
            PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
            temporary_settings,
        )

        from electra_flow.checks.import_probe import import_flows

        answers: list[dict[str, Any]] = []
        no_server = {PREFECT_API_URL: None, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}
        before = dict(os.environ)
        os.environ.update(self._env)
        try:
            # Without a server: what a flow loads at import is a mistake here, too.
            with temporary_settings(no_server), contextlib.redirect_stdout(io.StringIO()):
                import_flows(project, deployments, lambda **fields: answers.append(fields))
        finally:
            os.environ.clear()
            os.environ.update(before)
        self.flows = imported(answers)
        yield from told(answers, project)
