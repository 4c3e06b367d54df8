"""The flows, imported as a worker does: in a clean interpreter, while the server is asked.

The interpreter runs `deploy.py` itself, so that it has what is declared as Python has it; `main` then
answers here (`import_probe.py`) instead of deploying. It answers in a file of its own: what a flow
prints, or does to its standard streams, is not our business.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from electra_flow.checks.finding import Finding, error, ok
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Project

# What a flow asks for at import would start a temporary server, which is left when the process is ended.
NO_SERVER = {"PREFECT_SERVER_EPHEMERAL_ENABLED": "false"}
CHANNEL = "ELECTRA_FLOW_IMPORT"  # the environment variable with the file of the answers
TIMEOUT = 120  # seconds that the flows may take to be imported


@dataclass(frozen=True)
class ImportedFlow:
    """A flow's name, and the names of its parameters and of the hooks that a worker runs."""

    name: str
    parameters: Sequence[str]
    hooks: Sequence[str] = ()


class Flows(Protocol):
    """An import of a project's flows, in another process or in this one.

    Attributes:
        flows: The flows by entrypoint, once they are checked.
    """

    flows: dict[str, ImportedFlow]

    def check(self, project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
        """Say what is wrong with the flows and the parameters that are declared for them."""


class FlowImport:
    """The import of a project's flows in another process, which begins at once.

    Attributes:
        flows: The flows by entrypoint, once they are checked.
    """

    def __init__(self, script: Path, folder: Path, env: Mapping[str, Any]) -> None:
        """Begin to import the flows.

        Args:
            script: deploy.py.
            folder: The project's folder, as a worker sees it.
            env: The environment variables of the runs.
        """
        self.flows: dict[str, ImportedFlow] = {}
        self._too_slow = False
        self._files = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._answers = Path(self._files.name, "answers.jsonl")
        self._output = Path(self._files.name, "output.txt")
        copy = folder / script.name
        # Without PYTHONPATH: of the project is seen only what a worker will see.
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        own = {name: str(value) for name, value in env.items()}
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(copy if copy.is_file() else script)],
                cwd=folder,
                env=inherited | own | NO_SERVER | {CHANNEL: str(self._answers)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def close(self) -> None:
        """End the process, if it has not ended, and remove its files."""
        self._process.kill()
        self._process.wait()
        self._files.cleanup()

    def check(self, project: Project, deployments: Sequence[Deployment]) -> Iterator[Finding]:
        """Wait for the flows to be imported, and say what is wrong with them and their parameters."""
        try:
            self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._too_slow = True
        answers = self._read()
        self.flows |= imported(answers)
        yield from told(answers, project)
        if not any("done" in answer for answer in answers):
            yield self._died(answers, deployments)

    def _read(self) -> list[dict[str, Any]]:
        try:
            lines = self._answers.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def _died(
        self, answers: Sequence[Mapping[str, Any]], declared: Sequence[Deployment]
    ) -> Finding:
        """Say what ended the interpreter before it had answered."""
        begun = [answer["importing"] for answer in answers if "importing" in answer]
        what = begun[-1] if begun else ", ".join(sorted({item.entrypoint for item in declared}))
        if self._too_slow:
            return error(f"{what} tarda más de {TIMEOUT} segundos en importarse.")
        said = self._output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = f"; lo último que escribió: {said[-1].strip()}" if said else ""
        return error(
            f"Python se cerró (código {self._process.returncode}) al importar {what}{reason}."
        )


def imported(answers: Sequence[Mapping[str, Any]]) -> dict[str, ImportedFlow]:
    """Return the flows by entrypoint."""
    return {
        answer["flow"]: ImportedFlow(answer["name"], answer["parameters"], tuple(answer["hooks"]))
        for answer in answers
        if "flow" in answer
    }


def told(answers: Sequence[Mapping[str, Any]], project: Project) -> Iterator[Finding]:
    """Say which flows can be imported, and then what is wrong."""
    for answer in answers:
        if "flow" in answer:
            yield ok(f"Flujo «{answer['name']}»: {answer['flow']} se importa.")
    for answer in answers:
        if "problem" in answer:
            yield _problem(answer, project)


def _problem(answer: Mapping[str, Any], project: Project) -> Finding:
    text = answer["problem"]
    missing = re.search(r"ModuleNotFoundError: No module named '(\w+)", text)
    if missing and missing[1] in project.private_libraries:
        text = f"Falta la biblioteca {missing[1]}, que {answer['of']} importa."
        return error(text, project.private_libraries[missing[1]])
    return error(text)
