"""What a test declares, deployed to a real server by the command itself, in the tests' own process.

`main` of the library is called as deploy.py calls it. One thing is left out: the other interpreter
that imports the flows, which takes as long as all the rest (tests/checks/test_flow_import.py).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prefect import Flow
from prefect import flow as prefect_flow
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_LOGGING_LEVEL,
    temporary_settings,
)

from electra_flow import Deployment, Environment, LocalFolder, Prepared, Project, main
from electra_flow.checks.flow_import import ImportedFlow
from electra_flow.deploying import deploy as deploy_module
from harness import BUENOS_AIRES, Result

if TYPE_CHECKING:
    from harness import Server

ZONE = BUENOS_AIRES
FLOW = """\
from prefect import flow


@flow(name={!r})
def ventas(sucursal: str = "centro", dia: int = 1) -> str:
    return sucursal
"""


def publish(prepared: Prepared) -> None:
    """As in a generated deploy.py."""
    loaded = prefect_flow.from_source(prepared.source, prepared.entrypoint)
    if isinstance(loaded, Flow):
        loaded.deploy(**prepared.options)


@dataclass
class Declared:
    """A project with a flow of its own, whose deployments a test declares.

    Attributes:
        folder: The project.
        flow: The flow's name.
        server: Where it is deployed.
        pool: The work pool of its environments.
    """

    folder: Path
    flow: str
    server: Server
    pool: str

    def deploy(
        self,
        *arguments: str,
        deployments: Sequence[Deployment] | None = None,
        project: dict[str, Any] | None = None,
        publish: Callable[[Prepared], object] = publish,
        **fields: Any,
    ) -> Result:
        """Deploy what is declared: to dev, without schedules by itself, or to prod.

        Args:
            arguments: The command line; without `--env`, it is prod.
            deployments: What is declared; by default one, of these `fields`.
            project: Fields of the project that are not the usual ones.
            publish: The function of deploy.py.
            fields: Fields of the one deployment that are not the usual ones.
        """
        if "--env" not in arguments:
            arguments = ("--env", "prod", *arguments)
        source = LocalFolder(self.folder)
        environments = {
            name: Environment(
                pool=self.pool if name in arguments else f"{self.pool}-de-{name}",
                source=source,
                schedules_active=name == "prod",
            )
            for name in ("dev", "prod")
        }
        fields = {"watchdog": None, "name": self.flow} | fields
        declared = [self.deployment(**fields)] if deployments is None else deployments
        whole = Project(**{"timezone": ZONE, "environments": environments} | (project or {}))
        sys.argv = [str(self.folder / "deploy.py"), *arguments]  # put back by `declaring`
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            code = main(whole, lambda: declared, publish, usage="Así se usa")
        return Result(code, output.getvalue())

    def done(self, *arguments: str, **fields: Any) -> list[str]:
        """Deploy, which has to be done, and return what is said."""
        result = self.deploy(*arguments, **fields)
        assert result.code == 0, result.output
        return result.lines

    def deployment(self, **fields: Any) -> Deployment:
        usual = {"entrypoint": "src/ventas.py:ventas", "description": "Suma las ventas"}
        return Deployment(**usual | fields)

    def stored(self, name: str = "", env: str = "prod") -> dict[str, Any]:
        """Return what is on the server, where there has to be one of that name."""
        query = {
            "flows": {"name": {"any_": [self.flow]}},
            "deployments": {"name": {"any_": [f"{name or self.flow}-{env}"]}},
        }
        (found,) = self.server.api("POST", "/deployments/filter", query)
        return found


class ImportedHere:
    """Stands in for the other interpreter: the flow is known."""

    flow: ImportedFlow

    def __init__(self, *_: object) -> None:
        self.flows: dict[str, ImportedFlow] = {}

    def check(self, _project: Project, deployments: Sequence[Deployment]) -> Iterator[Any]:
        self.flows |= {item.entrypoint: self.flow for item in deployments}
        return iter(())

    def close(self) -> None:
        pass


@contextmanager
def declaring(
    folder: Path, flow: str, server: Server, pool: str, text: str = FLOW
) -> Iterator[Declared]:
    """Write a project of one flow, and let this process be set to a server meanwhile."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "ventas.py").write_text(text.format(flow), "utf-8")
    (folder / "pyproject.toml").write_text('[project]\ndependencies = ["prefect"]\n', "utf-8")
    home = server.env["PREFECT_HOME"]
    settings = {PREFECT_API_URL: server.url, PREFECT_HOME: home, PREFECT_LOGGING_LEVEL: "ERROR"}
    with pytest.MonkeyPatch.context() as patch, temporary_settings(settings):
        patch.setenv("PREFECT_API_URL", server.url)
        patch.setenv("PREFECT_HOME", home)
        patch.chdir(folder)
        patch.setattr(sys, "argv", [])
        patch.setattr(ImportedHere, "flow", ImportedFlow(flow, ["sucursal", "dia"]), raising=False)
        patch.setattr(deploy_module, "FlowImport", ImportedHere)
        yield Declared(folder, flow, server, pool)
