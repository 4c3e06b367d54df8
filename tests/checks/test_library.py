"""The library's wheel: there, whole, and the one that the project asks for."""

from __future__ import annotations

import importlib.metadata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from electra_flow.checks import library
from electra_flow.checks.finding import Finding
from electra_flow.checks.library import check_library

VERSION = "0.2.0+s0123456789"
NEWER = "0.3.0+sabcdefabcd"


def name(version: str) -> str:
    return f"electra_flow-{version}-py3-none-any.whl"


def make_wheel(folder: Path, version: str = VERSION, inside: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / name(version)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("electra_flow/__init__.py", "# el contenido\n" * 50)
        info = f"electra_flow-{inside or version}.dist-info/METADATA"
        archive.writestr(info, f"Name: electra-flow\nVersion: {inside or version}\n")
    return wheel


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a project in a monorepo, which has the wheel at its top."""
    (tmp_path / ".git").mkdir()
    make_wheel(tmp_path / "vendor")
    folder = tmp_path / "flujos" / "ventas"
    folder.mkdir(parents=True)

    def project(
        requirement: str = f"electra-flow=={VERSION}",
        path: str = f"../../vendor/{name(VERSION)}",
        prefect: str = '"prefect>=3.8,<4", ',
    ) -> Path:
        (folder / "pyproject.toml").write_text(
            f'[project]\ndependencies = [{prefect}"{requirement}"]\n'
            f'[tool.uv.sources]\nelectra-flow = {{ path = "{path}" }}\n',
            "utf-8",
        )
        return folder

    return project


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is installed, which a test may change; uv is there."""
    versions = {"electra-flow": VERSION}
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)
    monkeypatch.setattr(library, "UV_RUN", "uv run ")
    return versions


def only(folder: Path) -> Finding:
    (found,) = check_library(folder)
    assert found.level == "error" and "\n" not in str(found)
    return found


@pytest.mark.parametrize("requirement", ["electra-flow=={}", "Electra_Flow[report] == {}"])
def test_nothing_is_said_where_all_is_the_same(
    project: Callable[..., Path], requirement: str
) -> None:
    assert list(check_library(project(requirement.format(VERSION)))) == []


@pytest.mark.parametrize(
    "source",
    ["", "[tool.uv.sources]\nelectra-flow = { git = 'https://x/y' }", "[tool.uv]\nsources = 3",
     "[tool.uv.sources]\nelectra-flow = { path = '../electra-flow' }"],
)  # fmt: skip
def test_nothing_is_said_where_the_library_does_not_come_from_a_wheel(
    tmp_path: Path, source: str
) -> None:
    text = f'[project]\ndependencies = ["Prefect[aws]>=3", "electra-flow>=9"]\n{source}\n'
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert list(check_library(tmp_path)) == []


def test_a_requirement_of_another_version_than_the_wheel_is_refused(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    """uv would take the wheel in silence."""
    make_wheel(tmp_path / "vendor", NEWER)
    folder = project("electra-flow[report]==0.2.0", f"../../vendor/{name(NEWER)}")
    found = only(folder)
    assert found.text == f"pyproject.toml pide electra-flow 0.2.0, y su archivo es {name(NEWER)}."
    assert found.fix == (
        f'escribí "electra-flow[report]=={NEWER}" en dependencies y ejecutá uv sync'
    )


@pytest.mark.parametrize("requirement", ["electra-flow", "electra-flow>=0.2"])
def test_a_requirement_without_a_version_is_refused(
    project: Callable[..., Path], requirement: str
) -> None:
    """pip would ask a public index for a name that is ours alone."""
    found = only(project(requirement))
    assert "pide electra-flow cualquier versión" in found.text
    assert f'"electra-flow=={VERSION}"' in found.fix


def test_another_version_installed_is_refused(
    project: Callable[..., Path], installed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed["electra-flow"] = NEWER
    found = only(project())
    assert found.text == f"Está instalada electra-flow {NEWER}, y pyproject.toml pide {VERSION}."
    assert found.fix == "uv sync"
    monkeypatch.setattr(library, "UV_RUN", "")
    assert only(project()).fix == "pip install --find-links ../../vendor -e ."


def test_who_works_on_the_library_itself_has_none_installed(
    project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(_name: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert list(check_library(project())) == []


def test_a_wheel_that_is_missing_is_got_back_from_git(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    folder = project()
    (tmp_path / "vendor" / name(VERSION)).unlink()
    path = f"../../vendor/{name(VERSION)}"
    found = only(folder)
    assert found.text == f"No está {path}, que trae electra-flow."
    assert found.fix == f"git checkout -- {path}"
    make_wheel(tmp_path / "vendor", NEWER)
    assert only(folder).text == f"No está {path}, que trae electra-flow; hay {name(NEWER)}."


@pytest.mark.parametrize("wrong", ["../vendor", "vendor", "../../../vendor"])
def test_a_project_that_moved_is_told_the_new_path(
    project: Callable[..., Path], wrong: str
) -> None:
    found = only(project(path=f"{wrong}/{name(VERSION)}"))
    right = f"../../vendor/{name(VERSION)}"
    assert found.text == f"No está {wrong}/{name(VERSION)}: desde esta carpeta, es {right}."
    assert f'electra-flow = {{ path = "{right}" }}' in found.fix and "uv sync" in found.fix


def test_a_wheel_above_the_repository_is_not_looked_at(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    folder = project()
    (folder / ".git").mkdir()
    (folder / "pyproject.toml").write_text(
        (folder / "pyproject.toml").read_text("utf-8").replace("../../vendor", "vendor"), "utf-8"
    )
    assert only(folder).text == f"No está vendor/{name(VERSION)}, que trae electra-flow."


@pytest.mark.parametrize("damage", ["truncated", "a byte", "a pointer", "empty"])
def test_a_wheel_that_is_damaged_is_said(
    project: Callable[..., Path], tmp_path: Path, damage: str
) -> None:
    wheel = tmp_path / "vendor" / name(VERSION)
    content = wheel.read_bytes()
    changed = {
        "truncated": content[: len(content) // 2],
        "a byte": content.replace(b"el contenido", b"el Contenido", 1),
        "a pointer": b"version https://git-lfs.github.com/spec/v1\n",
        "empty": b"",
    }
    wheel.write_bytes(changed[damage])
    found = only(project())
    assert found.text.startswith(f"../../vendor/{name(VERSION)} está dañado")
    assert found.fix == f"git checkout -- ../../vendor/{name(VERSION)}"


def test_a_wheel_of_another_version_under_that_name_is_said(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    make_wheel(tmp_path / "vendor", VERSION, inside=NEWER)
    found = only(project())
    assert found.text == f"../../vendor/{name(VERSION)} no es la versión que dice su nombre."


def test_prefect_has_to_stand_in_the_dependencies(project: Callable[..., Path]) -> None:
    """Prefect's runner starts `uv run` only where it finds it there."""
    for other in ("", '"prefect-email", '):
        found = only(project(prefect=other))
        assert "pyproject.toml no tiene prefect en dependencies" in found.text
        assert '"prefect>=3.8,<4"' in found.fix


def test_a_pyproject_that_cannot_be_read_costs_one_line(tmp_path: Path) -> None:
    assert only(tmp_path).text.startswith("No está pyproject.toml")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = x\n", "utf-8")
    assert only(tmp_path).text == "pyproject.toml no es TOML válido (línea 2)."
    (tmp_path / "pyproject.toml").write_bytes(b"# \xff")
    assert only(tmp_path).text == "pyproject.toml no está en UTF-8."


@pytest.mark.parametrize("text", ["project = 3", "[project]\ndependencies = 'prefect'", ""])
def test_a_pyproject_of_another_shape_is_no_traceback(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert "no tiene prefect en dependencies" in only(tmp_path).text
