"""Which projects a repository has, and which of them a change concerns."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from electra_flow.model.source import SourceError
from electra_flow.repository.changed import changed_files, concerned, owner
from electra_flow.repository.projects import find_projects

WHEEL = "electra_flow-1.0.0+s0-py3-none-any.whl"


def project(folder: Path, *, sources: str = "", dependencies: str = '"prefect"') -> Path:
    folder.mkdir(parents=True)
    (folder / "deploy.py").touch()
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{folder.name}"\n'
        f'dependencies = [{dependencies}, "electra-flow==1.0.0+s0"]\n'
        f'[tool.uv.sources]\nelectra-flow = {{ path = "../../vendor/{WHEEL}" }}\n{sources}',
        encoding="utf-8",
    )
    return folder


def git(top: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
    subprocess.run(["git", *who, *arguments], cwd=top, check=True, capture_output=True)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with two projects that share a package, and much that is no project."""
    top = tmp_path / "flujos"
    project(top / "dev" / "ventas", sources='comun = { path = "../../comun", editable = true }')
    project(top / "dev" / "stock")
    for name, source in (("comun", 'base = { path = "../base" }'), ("base", "")):
        (top / name).mkdir()
        (top / name / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\n[tool.uv.sources]\n{source}\n', encoding="utf-8"
        )
    other = top / "web"
    other.mkdir()
    (other / "deploy.py").touch()
    (other / "pyproject.toml").write_text('[project]\nname = "web"\n', encoding="utf-8")
    project(top / "dev" / ".venv" / "copia")
    environment = top / "dev" / "entorno"
    project(environment / "copia")
    (environment / "pyvenv.cfg").touch()
    git(top, "init", "--quiet")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "Todo")
    return top


def test_a_project_has_a_deploy_py_and_depends_on_electra_flow(top: Path) -> None:
    assert [found.place for found in find_projects(top)] == ["dev/stock", "dev/ventas"]


def test_it_knows_its_library_and_what_it_depends_on_directly_or_not(top: Path) -> None:
    stock, ventas = find_projects(top)
    assert (stock.name, stock.library, stock.problem) == ("stock", "1.0.0+s0", None)
    assert stock.wheel == top / "vendor" / WHEEL
    assert stock.needs == ()
    assert ventas.needs == (top / "base", top / "comun")


def test_one_that_cannot_be_read_is_named_with_its_reason(top: Path) -> None:
    (top / "dev" / "stock" / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    stock, _ = find_projects(top)
    assert stock.name == "stock"
    assert stock.problem == "pyproject.toml no es TOML válido (línea 1)."


def test_one_of_version_0_1_is_named_with_what_to_do(top: Path) -> None:
    (top / "web" / "deployment").mkdir()
    (top / "web" / "deployment" / "deploy.py").touch()
    assert [found.problem for found in find_projects(top / "web")] == [
        "Es de la versión 0.1.0: pasalo a la de ahora (electra-flow docs biblioteca)."
    ]


def test_a_folder_of_a_project_is_looked_at_alone(top: Path) -> None:
    (stock,) = find_projects(top / "dev" / "stock")
    assert (stock.place, stock.top) == ("dev/stock", top)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("dev/stock/deploy.py", ["stock"]),
        ("dev/ventas/src/nuevo.py", ["ventas"]),
        ("comun/comun.py", ["ventas"]),
        ("base/pyproject.toml", ["ventas"]),
        (f"vendor/{WHEEL}", ["stock", "ventas"]),
        ("README.md", []),
        ("dev/stock-viejo.md", []),
    ],
)
def test_a_change_concerns_its_project_and_those_that_depend_on_it(
    top: Path, changed: str, expected: list[str]
) -> None:
    file = top / changed
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x = 1\n", encoding="utf-8")
    files = changed_files(top, "HEAD")
    assert files == {file}
    assert [found.name for found in concerned(find_projects(top), files)] == expected


def test_what_is_in_a_later_commit_differs_and_so_does_what_is_gone(top: Path) -> None:
    (top / "dev" / "stock" / "notas.md").touch()
    (top / "comun" / "pyproject.toml").unlink()
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "Otro")
    assert changed_files(top, "HEAD") == set()
    assert changed_files(top, "HEAD~1") == {
        top / "dev" / "stock" / "notas.md",
        top / "comun" / "pyproject.toml",
    }


def test_an_unknown_commit_is_told_with_what_would_work(top: Path) -> None:
    with pytest.raises(SourceError, match="Git no conoce el commit «principal»"):
        changed_files(top, "principal")


def test_a_file_belongs_to_the_innermost_project(top: Path) -> None:
    project(top / "dev" / "stock" / "partes")
    found = find_projects(top)
    inner = owner(found, top / "dev" / "stock" / "partes" / "src" / "x.py")
    assert inner is not None and inner.name == "partes"
    assert owner(found, top / "README.md") is None
