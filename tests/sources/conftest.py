"""A project in a folder of a monorepo, as its author has it, and the author's environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness import SYSTEM_PATH, TOOLS, git_host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import GitHost

PLACE = "produccion/área de cobros/deuda"
WHEEL = "electra_flow-0.2.0+s0123456789-py3-none-any.whl"
PYPROJECT = f"""\
[project]
name = "deuda"
version = "1"
requires-python = ">=3.11"
dependencies = ["electra-flow==0.2.0+s0123456789"]

[tool.uv.sources]
electra-flow = {{ path = "../../../vendor/{WHEEL}" }}
"""


@dataclass
class Clone:
    """An author's clone of a repository with one project."""

    top: Path

    @property
    def project(self) -> Path:
        return self.top / PLACE

    @property
    def wheel(self) -> Path:
        return self.top / "vendor" / WHEEL

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, file: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.project / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "Cambios")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(scope="module", autouse=True)
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user with a name for Git, and without settings of Prefect, Git or a proxy."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\nname = Ana\nemail = ana@example.com\n[init]\ndefaultBranch = main\n", "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("GIT_", "PREFECT_", "UV_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("PATH", f"{TOOLS}{os.pathsep}{SYSTEM_PATH}")
        yield home


@pytest.fixture
def home(user: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Path:
    """A home that a test may change."""
    home = tmp_path_factory.mktemp("home") / "ana"
    shutil.copytree(user, home)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def clone(committed: Clone, tmp_path: Path) -> Clone:
    """A repository with a project, the library's wheel at its top, and one commit."""
    clone = Clone(tmp_path / "Proyectos Python")
    shutil.copytree(committed.top, clone.top, symlinks=True)
    return clone


@pytest.fixture(scope="module")
def committed(user: Path, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """What `clone` is a copy of."""
    clone = Clone(tmp_path_factory.mktemp("committed"))
    clone.git("init", "--quiet")
    clone.write("deploy.py", "")
    clone.write("src/deuda.py", 'import electra_flow\n\nSALUDO = "Hola"\n')
    clone.write("pyproject.toml", PYPROJECT)
    clone.write("uv.lock", "")
    clone.write(".gitignore", ".venv/\n")
    clone.wheel.parent.mkdir()
    make_wheel(clone.wheel)
    clone.commit()
    return clone


def make_wheel(path: Path) -> None:
    """Make a wheel that only says which library it is; with line ends that Git could change."""
    info = "electra_flow-0.2.0+s0123456789.dist-info"
    files = {
        "electra_flow.py": "ES = 'la del repositorio'\r\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: electra-flow\nVersion: 0.2.0+s0123456789\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", record)


@pytest.fixture(scope="session")
def running_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with git_host(tmp_path_factory.mktemp("host"), "") as running:
        yield running


@pytest.fixture
def host(running_host: GitHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHost]:
    """A Git host that Git trusts, with a token of this test."""
    running_host.token = f"github_pat_11ABC{os.urandom(16).hex()}"
    for name, value in running_host.env().items():
        monkeypatch.setenv(name, value)
    yield running_host
    running_host.forbidden = False
    running_host.on_request = str


@pytest.fixture
def url(host: GitHost, clone: Clone, tmp_path: Path) -> str:
    """The address of the clone's repository, which has its commit in `main`."""
    url = host.make_repository(f"{tmp_path.name}/ProyectosPython.git", dict(os.environ))
    clone.git("remote", "add", "origin", url)
    clone.git("push", "--quiet", host.with_token(url), "HEAD:main")
    return url
