"""What a project's own `deploy.py` answers to `electra-flow deploy` (deploying/batch.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from electra_flow.checks.finding import Finding
from electra_flow.checks.server import Need
from electra_flow.checks.work_pool import PoolUse
from electra_flow.deploying.batch import PROTOCOL
from electra_flow.deploying.options import REFUSED

Answers = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Report:
    """The answers of one process.

    Attributes:
        answers: As they came, a table each.
        code: The exit code; None if it was ended because it took too long.
        output: What else it wrote.
    """

    answers: Answers
    code: int | None = 0
    output: str = ""

    @property
    def complete(self) -> bool:
        """Whether it answered all that there is to answer."""
        return bool(self._all("done"))

    @property
    def absent(self) -> str:
        """The environment that the project does not have; empty if it has it."""
        return str(self._one("absent", ""))

    @property
    def environments(self) -> list[str]:
        """Those that it has, if it has not that one."""
        return list(self._one("environments", []))

    @property
    def needs(self) -> list[Need]:
        """What has to be on the server."""
        return [_need(*need) for need in self._one("needs", [])]

    @property
    def findings(self) -> list[Finding]:
        """What its checks found."""
        return [Finding(*finding) for finding in self._all("finding")]

    @property
    def deployments(self) -> list[str]:
        """The full names of what it declares, «flow/deployment»."""
        return list(self._one("deployments", []))

    @property
    def flows(self) -> Mapping[str, Any]:
        """What it knows of its flows; for its own `deploy.py` alone."""
        flows: Mapping[str, Any] = self._one("flows", {})
        return flows

    @property
    def git(self) -> Mapping[str, str]:
        """The repository that its runs take the code from; empty if they take it from the folder."""
        git: Mapping[str, str] = self._one("git", {})
        return git

    @property
    def prefect(self) -> str:
        """The version of its Prefect."""
        return str(self._one("prefect", ""))

    @property
    def published(self) -> list[str]:
        """The full names of what it put on the server."""
        return [str(name) for name in self._all("published")]

    @property
    def changes(self) -> list[str]:
        """What changed on the server, a line each, with the deployment; and what was removed."""
        changed = [
            f"{answer['published']}: {change}"
            for answer in self.answers
            for change in answer.get("changes", ())
        ]
        return changed + self._all("removed")

    @property
    def reasons(self) -> list[str]:
        """Why it cannot be deployed, a line each; empty if it can."""
        errors = [_told(finding) for finding in self.findings if finding.level == "error"]
        says_all = self.complete or errors and self.code == REFUSED
        return errors if says_all else [*errors, self._died()]

    @property
    def warnings(self) -> list[str]:
        """What should be known, a line each."""
        return [_told(finding) for finding in self.findings if finding.level == "aviso"]

    def _died(self) -> str:
        """Say why it did not answer all."""
        said = [line.strip() for line in self.output.splitlines() if line.strip()]
        began = self._all("importing")
        if not self._all("protocol"):
            if any(re.match(r"Revisión \(", line) for line in said):
                return (
                    "su versión de electra-flow es anterior a este comando: pasalo a una más nueva "
                    "(electra-flow docs actualizar), o desplegalo con su deploy.py."
                )
            if not said:
                return f"deploy.py no contestó (código {self.code})."
            # Of what Python itself says, such as of a deploy.py that is no Python: where that is.
            places = re.findall(r'^File ".*?([^/\\"]+)", line (\d+)', "\n".join(said), re.MULTILINE)
            return f"{places[-1][0]}, línea {places[-1][1]}: {said[-1]}" if places else said[-1]
        if self._one("protocol", 0) != PROTOCOL:
            return (
                "su versión de electra-flow no se entiende con la de este comando: ejecutalo con la "
                "más nueva de las dos."
            )
        where = f" al importar {began[-1]}" if began and not self._all("deployments") else ""
        if self.code is None:
            return f"tardó demasiado{where}, y se lo terminó."
        if self.code == REFUSED and said:  # it says so itself, as the last thing
            return said[-1]
        last = f"; lo último que escribió: {said[-1]}" if said else ""
        return f"Python se cerró (código {self.code}){where}{last}."

    def _all(self, key: str) -> list[Any]:
        return [answer[key] for answer in self.answers if key in answer]

    def _one(self, key: str, default: Any) -> Any:
        return next(iter(self._all(key)), default)


def read_answers(file: Path) -> list[dict[str, Any]]:
    """Return what was answered so far."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    whole = lines if not lines or lines[-1].endswith("}") else lines[:-1]  # ended while it wrote
    return [json.loads(line) for line in whole]


def _need(kind: str, name: str, pool: str = "", use: Sequence[Sequence[str]] = ()) -> Need:
    """Return a need, of which JSON has made lists."""
    return Need(kind, name, pool, PoolUse(*map(tuple, use)))


def _told(finding: Finding) -> str:
    return finding.text + (f" Se arregla con: {finding.fix}" if finding.fix else "")
