"""Several projects in one repository: one library for all, each with its own conventions."""

from __future__ import annotations

import ntpath
import os
import re
import shlex
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import yaml

from electra_flow.generation import monorepo, pyproject
from electra_flow.repository.root import make_root
from harness import copy_template, git

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated


@pytest.fixture
def top(tmp_path: Path, environment: dict[str, str]) -> Path:
    """The top of a repository."""
    (tmp_path / "repo").mkdir()
    git("init", "-q", cwd=tmp_path / "repo", env=environment)
    return tmp_path / "repo"


def library_of(project: Path) -> tuple[str, Path]:
    """Return the version that a project asks for, and the wheel that uv takes."""
    config = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    (needed,) = (r for r in config["project"]["dependencies"] if r.startswith("electra-flow"))
    path = config["tool"]["uv"]["sources"]["electra-flow"]["path"]
    assert "\\" not in path
    return needed.partition("==")[2], (project / path).resolve()


def test_a_repository_of_its_own_holds_the_library(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    generated = generate(tmp_path)
    version, wheel = library_of(generated.path)
    assert wheel == generated.path / "vendor" / f"electra_flow-{version}-py3-none-any.whl"
    assert f"vendor/{wheel.name}" in git("ls-files", cwd=generated.path, env=environment).lines
    assert "biblioteca" not in generated.output


def test_the_first_project_puts_the_library_at_the_top_and_says_so(
    top: Path, generate: Callable[..., Generated]
) -> None:
    folder = top / "flujos" / "ventas"
    folder.mkdir(parents=True)
    generated = generate(folder)
    version, wheel = library_of(generated.path)
    assert wheel == top / "vendor" / f"electra_flow-{version}-py3-none-any.whl"
    assert wheel.is_file() and not (generated.path / "vendor").exists()
    (told,) = (line for line in generated.lines if "biblioteca" in line)
    assert told == (
        f"La biblioteca de los flujos quedó en vendor/{wheel.name}, en la raíz del repositorio: va "
        "en el mismo commit que el proyecto."
    )


def test_the_next_project_uses_it_silently(top: Path, generate: Callable[..., Generated]) -> None:
    first = generate(top)
    wheel = library_of(first.path)
    made = wheel[1].stat().st_mtime_ns
    (top / "otros").mkdir()
    second = generate(top / "otros", project_slug="otro")
    assert library_of(second.path) == wheel
    assert wheel[1].stat().st_mtime_ns == made
    assert "vendor" not in second.output


def test_another_version_of_the_template_stands_beside_it(
    top: Path, tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    first = generate(top)
    newer = copy_template(tmp_path / "template")
    (newer / "src" / "electra_flow" / "nuevo.py").write_text("", "utf-8")
    second = generate(top, template=newer, project_slug="otro")
    old, new = library_of(first.path), library_of(second.path)
    assert old[0] != new[0]
    assert sorted((top / "vendor").iterdir()) == sorted([old[1], new[1]])


def test_a_damaged_library_is_mended_and_said(
    top: Path, generate: Callable[..., Generated]
) -> None:
    _, wheel = library_of(generate(top).path)
    right = wheel.read_bytes()
    wheel.write_bytes(right[:1000])
    again = generate(top, project_slug="otro")
    assert f"vendor/{wheel.name} estaba dañado: quedó de nuevo como tiene que ser." in again.lines
    assert wheel.read_bytes() == right


def test_where_the_library_cannot_stand_nothing_is_generated(
    top: Path, generate: Callable[..., Generated]
) -> None:
    (top / "vendor").write_text("mío", "utf-8")
    generated = generate(top, server_check="skip")
    assert generated.code == 1
    assert generated.lines[0] == (
        f"{top}/vendor no es una carpeta, y ahí va la biblioteca: cambiale el nombre."
    )
    assert "Traceback" not in generated.output
    assert sorted(path.name for path in top.iterdir()) == [".git", "vendor"]


def test_a_strict_check_that_fails_puts_no_library_there(
    top: Path, generate: Callable[..., Generated]
) -> None:
    assert generate(top, server_check="strict").code == 1
    assert [path.name for path in top.iterdir()] == [".git"]


def test_a_library_that_git_ignores_is_said(top: Path, generate: Callable[..., Generated]) -> None:
    (top / ".gitignore").write_text("*.whl\n", "utf-8")
    generated = generate(top)
    assert "Git ignora ese archivo: agregá «!/vendor/*.whl» al .gitignore de la raíz." in (
        generated.lines
    )


def check_place(project: Path, inside: str, top: str) -> None:
    """Check that what runs at the top of the repository finds a project inside of it."""
    config = yaml.safe_load((project / ".pre-commit-config.yaml").read_text("utf-8"))
    assert re.match(config["files"], f"{inside}/deploy.py")
    for command in (shlex.split(hook["entry"]) for hook in config["repos"][0]["hooks"]):
        if command[0] == "uv":
            assert inside in command
    assert not (project / ".github").exists(), "GitHub reads it at the top alone"
    readme = (project / "README.md").read_text("utf-8")
    assert f"| `uv run --directory {top} pre-commit install` |" in readme


def test_its_files_name_its_place_and_the_root_s_command_is_said_until_it_was_run(
    top: Path, generate: Callable[..., Generated]
) -> None:
    folder = top / "Flujos de Ana"
    folder.mkdir()
    told = (
        "Para que cada commit y la CI revisen los proyectos del repositorio, una vez: uv run "
        "electra-flow repository"
    )
    first = generate(folder)
    check_place(first.path, "Flujos de Ana/mi-flujo", "../..")
    assert told in first.lines
    make_root(first.path)
    second = generate(top, project_slug="otro")
    check_place(second.path, "otro", "..")
    assert told not in second.lines and "repository" not in second.output


def test_on_windows_the_place_is_written_with_slashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generate: Callable[..., Generated]
) -> None:
    """The hook's own function, with the paths of Windows."""
    project = generate(tmp_path).path

    def here(path: str) -> str:
        inside = path.removeprefix(WINDOWS).replace("\\", "/")
        return f"{project}{inside}"

    windows = SimpleNamespace(
        path=ntpath,
        sep="\\",
        listdir=lambda path: [file.name for file in Path(here(path)).iterdir()],
        remove=lambda path: Path(here(path)).unlink(),
        removedirs=lambda path: os.removedirs(here(path)),
    )
    monkeypatch.setattr(monorepo, "os", windows)
    monkeypatch.setattr(
        monorepo, "replace", lambda path, *changes: pyproject.replace(here(path), *changes)
    )
    monkeypatch.setattr(
        monorepo, "record_place", lambda path, place: pyproject.record_place(here(path), place)
    )
    monorepo.settle(WINDOWS, r"C:\repo")
    check_place(project, "Flujos de Ana/renombrado", "../..")


WINDOWS = r"C:\repo\Flujos de Ana\renombrado"  # the folder has another name than the project
