"""A project in a folder of a monorepo: the wheel and a shared package stand outside of its folder."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

PLACE = "produccion/área de cobros/ventas"
WHEEL = "vendor/electra_flow-1-py3-none-any.whl"
PYPROJECT = """\
[project]
name = "ventas"
version = "1"
dependencies = ["electra-flow==1", "comun"]

[tool.uv.sources]
electra-flow = { path = "../../../vendor/electra_flow-1-py3-none-any.whl" }
comun = { path = "../../../comun" }
"""
FILES = {
    ".gitignore": ".prefect/\n.env\nlogs/\n",
    WHEEL: "rueda",
    "comun/pyproject.toml": '[project]\nname = "comun"\nversion = "1"\n',
    "comun/comun.py": "",
    "produccion/otro/deploy.py": "",
    f"{PLACE}/pyproject.toml": PYPROJECT,
    f"{PLACE}/uv.lock": "",
    f"{PLACE}/deploy.py": "",
    f"{PLACE}/src/ventas.py": "",
    f"{PLACE}/.prefect/valores.env": "TOKEN=ghp_4711",
    f"{PLACE}/.env": "TOKEN=ghp_4711",
    f"{PLACE}/logs/ventas.log": "",
}


@dataclass
class Repository:
    """A clone with two projects."""

    top: Path

    @property
    def project(self) -> Path:
        return self.top / PLACE

    def write(self, name: str, text: str = "") -> Path:
        """Write a file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def git(self, *arguments: str) -> str:
        who = {
            f"GIT_{role}_{what}": "ana"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            env=clean | who,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit all, and return the commit as it is shown."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "Cambios")
        return self.git("rev-parse", "HEAD")[:12]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "flujos")
    for name, text in FILES.items():
        path = made.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    made.git("init", "--quiet")
    return made
