"""`deploy.py` where `electra-flow deploy` started it: it checks, or deploys what was checked before.

The two need not be of one version of the library. What they say to each other, as JSON:

- The variable BATCH (`options.py`) names a folder. `request.json` there has `protocol`, and `flows` where it is to
  deploy: what the check answered. What else is asked for stands in the arguments, as an author types
  them, so that a version that does not know it checks as it always does, and answers nothing.
- `answers.jsonl` there gets a table a line, whose key says what it is: `protocol`, first; `absent` where
  there is no such environment; `needs` of the server; `finding`; `importing`, before a flow is; `flows`;
  `deployments`, their full names; `git`, where runs take the code from; `published`; `removed`; `done`, last.
- When the other end of the standard input is closed, this process ends.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from electra_flow.checks.finding import Finding
from electra_flow.checks.flow_import import FlowImport, ImportedFlow, imported, told
from electra_flow.checks.own_modules import own_modules
from electra_flow.deploying.needs import needs_of
from electra_flow.deploying.options import DONE, REFUSED, Options
from electra_flow.deploying.review import review_code
from electra_flow.images.in_image import InImage
from electra_flow.sources.git_source import GitSource
from electra_flow.tied.to_input import end_with_input

if TYPE_CHECKING:
    from electra_flow.deploying.publish import Published
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.prepared import Prepared
    from electra_flow.model.project import Environment, Project

PROTOCOL = 1
REQUEST, ANSWERS = "request.json", "answers.jsonl"


class Batch:
    """The channel to the `electra-flow deploy` that started this process."""

    def __init__(self, folder: str) -> None:
        """Read what is asked for, and from now on end with who asked."""
        self._answers = Path(folder, ANSWERS)
        text = Path(folder, REQUEST).read_text(encoding="utf-8")
        self._request: dict[str, Any] = json.loads(text)
        end_with_input()
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - a flow may ask

    def tell(self, **fields: Any) -> None:
        """Answer something."""
        # Opened each time: what is written stays, whatever the next import ends or closes.
        with self._answers.open("a", encoding="utf-8") as answers:
            answers.write(json.dumps(fields) + "\n")

    def begins(self, project: Project, arguments: Sequence[str]) -> bool:
        """Say who answers; return whether there is anything to do."""
        self.tell(protocol=PROTOCOL, prefect=version("prefect"))
        environment = arguments[arguments.index("--env") + 1]
        if self._request["protocol"] != PROTOCOL:
            return False
        if environment not in project.environments:
            self.tell(absent=environment, environments=list(project.environments))
            self.tell(done=True)
            return False
        return True

    def run(
        self,
        project: Project,
        deployments: Sequence[Deployment],
        publish: Callable[[Prepared], object],
        options: Options,
    ) -> int:
        """Check, or deploy what was checked; return the exit code.

        Raises:
            SourceError: If the code cannot be reached, or changed since it was checked.
        """
        own = project.environments[options.environment]
        if options.check:
            self._check(project, deployments, options.environment)
        for finding in own.source.check(
            options.environment, {item.entrypoint for item in deployments}
        ):
            if finding.level == "error":
                self._find(finding)
                return REFUSED
        from electra_flow.deploying.deploy import publish_checked

        flows = {
            entrypoint: ImportedFlow(**flow) for entrypoint, flow in self._request["flows"].items()
        }
        code = publish_checked(
            project,
            deployments,
            flows,
            publish,
            options,
            lambda published: self.tell(published=published.name, changes=changes_of(published)),
            lambda line: self.tell(removed=line),
        )
        if code == DONE:
            self.tell(done=True)
        return code

    def _check(self, project: Project, deployments: Sequence[Deployment], environment: str) -> None:
        """Answer what `deploy.py --check` finds without a server, and end the process."""
        own = project.environments[environment]
        self.tell(needs=needs_of(project, deployments, environment))
        source = own.source.within if isinstance(own.source, InImage) else own.source
        if isinstance(source, GitSource):
            self.tell(git=source.described)
        with own.source.code() as folder, closing(_flows(self, project, own, folder)) as flows:
            for finding in review_code(project, deployments, environment, flows):
                self._find(finding)
            self.tell(flows={name: asdict(flow) for name, flow in flows.flows.items()})
            names = [
                f"{flows.flows[item.entrypoint].name}/{item.name_in(environment)}"
                for item in deployments
                if item.entrypoint in flows.flows
            ]
        self.tell(deployments=names)
        self.tell(done=True)
        os._exit(DONE)  # whatever a flow's modules do when Python ends

    def _find(self, finding: Finding) -> None:
        self.tell(finding=[finding.level, finding.text, finding.fix])


def changes_of(published: Published) -> list[str]:
    """Return what changed on the server; what only stays paused is no news of many projects."""
    schedules = published.schedule_changes
    stays = "sigue en pausa "
    return [*published.changes, *(change for change in schedules if not change.startswith(stays))]


def _flows(batch: Batch, project: Project, own: Environment, folder: Path) -> FlowImport | _Flows:
    """Return the import of the flows: in this process, which is as clean as another one.

    But where variables of the runs come too late for it, in another one.
    """
    env = {name: str(value) for name, value in {**project.env, **own.env}.items()}
    of_python = any(name.upper().startswith("PYTHON") for name in env)
    if of_python or env and "prefect" in sys.modules:
        return FlowImport(Path(sys.argv[0]).resolve(), folder, env)
    return _Flows(batch, folder, env)


class _Flows:
    """The import of the flows in this process, which does nothing else after that.

    Attributes:
        flows: The flows by entrypoint, once they are checked.
    """

    def __init__(self, batch: Batch, folder: Path, env: Mapping[str, str]) -> None:
        self.flows: dict[str, ImportedFlow] = {}
        self._batch, self._folder, self._env = batch, folder, env

    def close(self) -> None:
        """Leave the folder, which may be a copy that is to be removed."""
        os.chdir(Path(sys.argv[0]).resolve().parent)

    def check(self, project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
        """Import the flows, and say what is wrong with them and their parameters."""
        answers: list[dict[str, Any]] = []

        def say(**fields: Any) -> None:
            answers.append(fields)
            if "importing" in fields:
                self._batch.tell(**fields)

        # As in a process that began in that folder and with these variables.
        for name in own_modules(Path(sys.argv[0]).resolve().parent):
            if name != "__main__":
                del sys.modules[name]
        sys.path[0] = str(self._folder)
        os.chdir(self._folder)
        os.environ.update(self._env)
        from electra_flow.checks.import_probe import import_flows

        import_flows(project, deployments, say)
        self.flows = imported(answers)
        yield from told(answers, project)
