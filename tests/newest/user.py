"""A user with the newest tools and a project that they generate, with one resolution or another."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING

from harness import ROOT, SYSTEM_PATH, UV, Project, hours_away, run, user_environment
from newest.failure import StepError
from newest.versions import Versions, frozen, up_to

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ("uv", "cookiecutter")
GENERATION, DEPENDENCIES = "generation", "dependencies"  # the steps that are done here
TIMEOUT = 600  # seconds that a command has


class User:
    """A folder with a home, the tools and a project; what is held is given to each of them.

    Args:
        folder: Where all of it stands; what remains in it is removed with it.
        lowest: Resolve the lowest versions of what is declared, and the newest of all else.
        overrides: Requirements that replace those of everybody: `fastapi` lifts its cap.
    """

    def __init__(self, folder: Path, *, lowest: bool, overrides: list[str]) -> None:
        self.folder, self.lowest, self.overrides = folder, lowest, overrides
        self._tools = folder / "tools"
        self._tools_held: list[str] | None = None  # None: they are not there
        binaries = self._tools / ("Scripts" if os.name == "nt" else "bin")
        self.env = user_environment(folder / "home")
        self.env |= {
            "PATH": os.pathsep.join([str(binaries), SYSTEM_PATH]),
            # Of itself, uv takes the system's. Not .venv's own: with that of another environment, it
            # makes the project's anew at each `uv run`.
            "UV_PYTHON": sys._base_executable,
        }

    def generate(self, held: Versions, kind: str) -> None:
        """Install the tools, and generate a project with them, in place of the one before."""
        self._install_tools(held, GENERATION)
        shutil.rmtree(self.project.path, ignore_errors=True)
        answers = (f"flow_kind={kind}", f"cron={hours_away()}", "server_check=skip")
        self.do(GENERATION, "cookiecutter", "--no-input", ROOT, *answers, cwd=self.folder)
        self.declare(self._pyproject.read_text("utf-8"))

    def declare(self, pyproject: str) -> None:
        """Take a text for what the project declares; what is held is added to it."""
        self._declared = pyproject

    def install(self, held: Versions) -> None:
        """Resolve the project's dependencies, and install them, all in its own lock."""
        self._install_tools(held, DEPENDENCIES)
        settings = [f"constraint-dependencies = {up_to('project', held)}"]
        settings += [f"override-dependencies = {self.overrides}"]
        text = self._declared
        if self.lowest:
            settings.append('resolution = "lowest-direct"')
            text = text.replace(
                "[dependency-groups]\n", f"[dependency-groups]\nfloors = {_library_floors()}\n"
            )
        changed = text.replace("[tool.uv]\n", "\n".join(["[tool.uv]", *settings, ""]))
        self._pyproject.write_text(changed, encoding="utf-8", newline="\n")
        for command in (("lock", "--upgrade"), ("sync", "--frozen")):
            self.do(DEPENDENCIES, "uv", *command, "--quiet")

    def versions(self) -> Versions:
        """Return what is installed; of the project, nothing where it could not be."""
        found: Versions = {}
        for place, venv in (("tools", self._tools), ("project", self.project.path / ".venv")):
            if venv.exists():
                command = (UV, "pip", "freeze", "--quiet", "--python", venv)
                found |= frozen(place, run(*command, cwd=self.folder, env=self.env).output)
        return found

    @property
    def project(self) -> Project:
        """The project, as its author has it."""
        path = self.folder / "mi-flujo"
        binaries = path / ".venv" / ("Scripts" if os.name == "nt" else "bin")
        return Project(path, binaries / "python", self.env)

    def do(self, step: str, *command: str | Path, cwd: Path | None = None, **env: str) -> None:
        """Run a command, and kill what it leaves running.

        Raises:
            StepError: It failed, or took too long.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(
                [shutil.which(command[0], path=self.env["PATH"]) or str(command[0]), *command[1:]],
                cwd=cwd or self.project.path,
                env=self.env | env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                output.write(f"\nError: not within {TIMEOUT} seconds: {command}")
                code = 1
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if code:
                output.seek(0)
                raise StepError(step, output.read())

    @property
    def _pyproject(self) -> Path:
        return self.project.path / "pyproject.toml"

    def _install_tools(self, held: Versions, step: str) -> None:
        wanted = up_to("tools", held)
        if wanted == self._tools_held:
            return
        constraints = self.folder / "tools.txt"
        constraints.write_text("\n".join(wanted), "utf-8")
        run(UV, "venv", "--quiet", "--clear", self._tools, cwd=self.folder, env=self.env)
        options = ("--quiet", "--python", self._tools, "--constraints", constraints)
        self.do(step, UV, "pip", "install", *options, *TOOLS, cwd=self.folder)
        self._tools_held = wanted


def _library_floors() -> list[str]:
    """Return what the library declares with a lowest version: uv takes it for nobody's own.

    Only what a project itself declares is «direct» to uv, and so the lowest that there may be.
    """
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    more = [each for extra in table["optional-dependencies"].values() for each in extra]
    return [each for each in table["dependencies"] + more if ">=" in each]
