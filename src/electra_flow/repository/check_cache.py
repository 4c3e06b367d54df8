"""The checks that passed, at hand for the next time: of code that is the same, all was said.

Only what depends on the code alone is kept; what a server has is asked for each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.model.source import SourceError
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report
from electra_flow.sources.fingerprint import codes_of, parts_of

FOLDER = ".electra-flow"
_FILE = "revisiones.json"
_VERSION = 1


class CheckCache:
    """The checks of all projects of a repository for one environment.

    Attributes:
        codes: The fingerprints of the projects that there are, by folder; empty if not known.
    """

    def __init__(self, top: Path, projects: Iterable[FlowProject], environment: str) -> None:
        """Look at the projects, and read what is kept."""
        self._file = top / FOLDER / _FILE
        self._environment = environment
        self._new: dict[Path, tuple[str, Any]] = {}
        self._kept = self._read()
        self._top = top
        self._projects = [project.folder for project in projects]
        self.codes = self._look()

    def find(self, project: FlowProject) -> Report | None:
        """Return the check that passed of what a project is now, if there was one."""
        kept = self._kept.get(self._name(project))
        if isinstance(kept, dict) and kept.get("state") == self._state(project):
            return Report(kept["answers"])
        return None

    def keep(self, project: FlowProject, report: Report) -> None:
        """Keep a check that passed."""
        state = self._state(project)
        if state and report.complete and not report.reasons:
            answers = [
                item for item in report.answers if item.get("finding", ["aviso"])[0] == "aviso"
            ]
            self._new[project.folder] = (self._name(project), {"state": state, "answers": answers})

    def save(self) -> None:
        """Write what is new, with what others wrote meanwhile; where that cannot be, it is lost."""
        if not self._new:
            return
        now = self._look()  # what was edited while it was checked may be neither this nor that
        new = dict(
            named for folder, named in self._new.items() if now[folder] == self.codes[folder]
        )
        kept = {"version": _VERSION, "checks": self._read() | new}
        temporary = self._file.with_name(f"{_FILE}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(exist_ok=True)
            # As uv does in .venv: also where the repository's .gitignore does not know it.
            (self._file.parent / ".gitignore").write_text("*\n", encoding="utf-8")
            temporary.write_text(json.dumps(kept), encoding="utf-8")
            temporary.replace(self._file)

    def _look(self) -> dict[Path, str]:
        try:
            return codes_of(self._top, {folder: parts_of(folder) for folder in self._projects})
        except (SourceError, OSError):  # then nothing is known to be the same
            return dict.fromkeys(self._projects, "")

    def _name(self, project: FlowProject) -> str:
        return f"{self._environment}:{project.place}"

    def _state(self, project: FlowProject) -> str:
        """Return what a check depends on; empty if it is not known."""
        code = self.codes.get(project.folder)
        if not code:
            return ""
        root = Path(workspace_above(str(project.folder)) or project.folder)
        text = "\0".join(
            [code, _content(root / ".venv" / "pyvenv.cfg"), _content(project.folder / ".env")]
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            return dict(kept["checks"]) if kept["version"] == _VERSION else {}
        except (OSError, ValueError, LookupError, TypeError):  # as good as none
            return {}


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
