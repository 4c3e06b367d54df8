"""A version of the template that renders projects, by its own code in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.release import Release


@dataclass(frozen=True)
class Rendering:
    """What a project is rendered from: its answers, and its place in its repository."""

    answers: Mapping[str, str]
    place: str


class Template:
    """An unpacked version, whose projects stand in folders beside it."""

    def __init__(self, release: Release, folder: Path) -> None:
        """Unpack a version into a folder that is there and stays there meanwhile."""
        self.release = release
        self._unpacked = release.unpack(folder / "version")
        self._projects = folder / "projects"
        self._done: dict[str, dict[str, str] | str] = {}

    def render(self, wanted: Rendering) -> dict[str, str]:
        """Return the files of a project, by their path in it; what the hook knows is not in them.

        Raises:
            CannotUpgradeError: An answer is refused.
        """
        key = _key(wanted)
        if key not in self._done:
            self.prepare([wanted])
        done = self._done[key]
        if isinstance(done, str):
            raise CannotUpgradeError(f"la plantilla {self.release.version} no lo acepta. {done}")
        return done

    def prepare(self, wanted: Sequence[Rendering]) -> None:
        """Render projects that will be asked for, in one process.

        Raises:
            CannotUpgradeError: This version cannot render at all.
        """
        left = {_key(one): one for one in wanted if _key(one) not in self._done}
        folders = [self._projects / str(len(self._done) + number) for number in range(len(left))]
        jobs = [
            {"answers": one.answers, "place": one.place, "into": str(folder)}
            for one, folder in zip(left.values(), folders, strict=True)
        ]
        outcomes = self._run(json.dumps(jobs)) if jobs else []
        for (key, one), folder, outcome in zip(left.items(), folders, outcomes, strict=True):
            self._done[key] = outcome or _texts(folder / one.place)

    def _run(self, jobs: str) -> list[str | None]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "electra_flow.upgrading.render"],
            cwd=self._unpacked,
            env=code_of(self._unpacked),
            input=jobs,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise CannotUpgradeError(
                f"la plantilla {self.release.version} no se pudo generar. Dijo: {said}"
            )
        outcomes: list[str | None] = json.loads(done.stdout)
        return outcomes


def code_of(unpacked: Path) -> dict[str, str]:
    """Return the environment in which Python runs an unpacked version, whatever is installed."""
    path = os.pathsep.join([str(unpacked / "src"), str(unpacked)])
    return os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _key(wanted: Rendering) -> str:
    return json.dumps([wanted.place, dict(wanted.answers)], sort_keys=True)


def _texts(project: Path) -> dict[str, str]:
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in project.rglob("*")
        if path.is_file()
    }
