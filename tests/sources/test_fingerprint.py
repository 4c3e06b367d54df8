"""What identifies a project's code: all of its content that counts, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from electra_flow.sources import fingerprint
from electra_flow.sources.fingerprint import code_of, codes_of, parts_of

WHEEL = "electra_flow-1.0.0-py3-none-any.whl"
PYPROJECT = f"""\
[project]
name = "ventas"
[tool.uv.sources]
electra-flow = {{ path = "../../vendor/{WHEEL}" }}
comun = {{ path = "../../comun", editable = true }}
"""


def git(top: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
    subprocess.run(["git", *who, *arguments], cwd=top, check=True, capture_output=True)


def write(file: Path, text: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with a project that uses a package and a wheel, and a neighbour that does not."""
    top = tmp_path / "flujos"
    write(top / ".gitignore", "*.log\n")
    write(top / "dev/ventas/deploy.py", "1\n")
    write(top / "dev/ventas/src/año [1].py", "2\n")
    write(top / "dev/ventas/pyproject.toml", PYPROJECT)
    write(top / "dev/ventas/uv.lock")
    write(top / "comun/pyproject.toml", "[project]\nname = 'comun'\n")
    write(top / "comun/comun/tablas.py")
    write(top / "vendor" / WHEEL)
    write(top / "dev/stock/deploy.py")
    write(top / "dev/stock/pyproject.toml", "[project]\nname = 'stock'\n")
    git(top, "init", "--quiet")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "Todo")
    return top


COUNTS: dict[str, Callable[[Path], object]] = {
    "a file": lambda top: write(top / "dev/ventas/src/año [1].py", "3\n"),
    "a new file": lambda top: write(top / "dev/ventas/src/nuevo.py"),
    "a file that is gone": lambda top: (top / "dev/ventas/src/año [1].py").unlink(),
    "the lock": lambda top: write(top / "dev/ventas/uv.lock", "1"),
    "the library": lambda top: write(top / "vendor" / WHEEL, "1"),
    "what it depends on": lambda top: write(top / "comun/comun/tablas.py", "1"),
    "what is in the index": lambda top: (
        write(top / "dev/ventas/deploy.py", "3\n"),
        git(top, "add", "--all"),
    ),
}
DOES_NOT: dict[str, Callable[[Path], object]] = {
    "a neighbour": lambda top: write(top / "dev/stock/deploy.py", "1"),
    "another wheel": lambda top: write(top / "vendor/electra_flow-2.0.0-py3-none-any.whl"),
    "what Git ignores": lambda top: write(top / "dev/ventas/ventas.log"),
    "when it was written": lambda top: write(top / "dev/ventas/deploy.py", "1\n"),
    "a commit": lambda top: git(top, "commit", "--quiet", "--allow-empty", "-m", "Nada"),
}


@pytest.mark.parametrize("what", COUNTS)
def test_what_it_is_made_of_counts(what: str, top: Path) -> None:
    before = code_of(top / "dev/ventas")
    assert len(before) == 32
    COUNTS[what](top)
    assert code_of(top / "dev/ventas") != before


@pytest.mark.parametrize("what", DOES_NOT)
def test_nothing_else_does(what: str, top: Path) -> None:
    before = code_of(top / "dev/ventas")
    DOES_NOT[what](top)
    assert code_of(top / "dev/ventas") == before


def test_all_of_a_repository_are_known_at_one_look(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each is what it is when it is looked at alone, with a change in the working tree."""
    write(top / "dev/ventas/src/nuevo.py", "1\r\n")
    folders = [top / "dev/ventas", top / "dev/stock"]
    alone = {folder: code_of(folder) for folder in folders}
    asked: list[str] = []
    run_git = fingerprint.run_git

    def counted(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        asked.append(arguments[0])
        return run_git(folder, *arguments, given=given)

    monkeypatch.setattr(fingerprint, "run_git", counted)
    assert codes_of(top, {folder: parts_of(folder) for folder in folders}) == alone
    assert len(set(alone.values())) == 2
    assert len(asked) == 3


def test_the_ends_of_lines_are_those_of_git(top: Path) -> None:
    write(top / ".gitattributes", "* text=auto\n")
    before = code_of(top / "dev/ventas")
    write(top / "dev/ventas/deploy.py", "1\r\n")
    assert code_of(top / "dev/ventas") == before


def test_the_commit_says_the_same_as_the_files_that_came_into_it(top: Path) -> None:
    write(top / "dev/ventas/deploy.py", "3\n")
    before = code_of(top / "dev/ventas")
    git(top, "commit", "--quiet", "--all", "--message", "Tres")
    assert code_of(top / "dev/ventas") == before


def test_where_there_is_no_git_the_files_are_read(top: Path) -> None:
    shutil.rmtree(top / ".git")
    before = code_of(top / "dev/ventas")
    write(top / "dev/ventas/.venv/algo.py")
    write(top / "dev/ventas/src/__pycache__/algo.pyc")
    assert code_of(top / "dev/ventas") == before
    write(top / "dev/ventas/src/nuevo.py")
    assert code_of(top / "dev/ventas") != before


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nada") == ""
