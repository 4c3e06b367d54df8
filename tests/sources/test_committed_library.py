"""The library's wheel, at the top of the repository, in the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from electra_flow.sources.committed_library import check_library_in_commit
from electra_flow.sources.working_copy import WorkingCopy

if TYPE_CHECKING:
    from sources.conftest import Clone

URL = "https://github.com/electra/ProyectosPython.git"
PATH = "../../../vendor/electra_flow-0.2.0+s0123456789-py3-none-any.whl"
PUSH = f"«git commit» y «git remote add origin {URL}» y «git push origin HEAD:main»."


def said(clone: Clone) -> list[str]:
    copy = WorkingCopy(clone.project, URL, "main")
    found = [*copy.check([]), *check_library_in_commit(copy)]
    assert all("\n" not in finding.text for finding in found)
    return [str(finding) for finding in found]


def test_a_wheel_in_the_commit_is_as_it_should_be(clone: Clone) -> None:
    assert said(clone) == []


def test_a_wheel_that_git_ignores_is_named_with_what_adds_it(clone: Clone) -> None:
    clone.git("rm", "--quiet", "--cached", str(clone.wheel))
    (clone.top / ".gitignore").write_text("*.whl\n", "utf-8")
    clone.commit()
    assert said(clone) == [f"error  {PATH} no está en el commit: «git add --force {PATH}», {PUSH}"]
    clone.git("-C", str(clone.project), "add", "--force", PATH)
    clone.commit()
    assert said(clone) == []


def test_a_wheel_that_was_changed_since_the_commit_is_named(clone: Clone) -> None:
    clone.wheel.write_bytes(clone.wheel.read_bytes() + b"x")
    assert said(clone) == [
        f"error  {PATH} no está en el commit como está acá: «git add --force {PATH}», {PUSH}"
    ]
    clone.git("add", "--all")  # staged is not committed
    assert len(said(clone)) == 1
    clone.commit()
    assert said(clone) == []


def test_a_wheel_that_is_not_here_is_the_library_check_s_business(clone: Clone) -> None:
    clone.wheel.unlink()
    assert said(clone) == []


@pytest.mark.parametrize("attributes", ["*.whl filter=lfs", "* text eol=lf"])
def test_a_wheel_that_git_itself_changes_is_named_with_what_stops_it(
    clone: Clone, home: object, attributes: str
) -> None:
    clone.git("config", "filter.lfs.clean", "sha256sum")
    (clone.top / ".gitattributes").write_text(f"{attributes}\n", "utf-8")
    clone.git("add", "--renormalize", ".")
    clone.commit()
    (error,) = said(clone)
    assert error.startswith(f"error  {PATH} queda distinto en el commit, por un .gitattributes")
    assert f"«*.whl -filter -text», «git add --renormalize {PATH}»" in error
    (clone.top / ".gitattributes").write_text(f"{attributes}\n*.whl -filter -text\n", "utf-8")
    clone.git("-C", str(clone.project), "add", "--renormalize", PATH)
    clone.commit()
    assert said(clone) == []


@pytest.mark.parametrize(
    "path", ["../../../../vendor/x.whl", "/opt/vendor/x.whl", "C:/vendor/x.whl", "D:\\\\x.whl"]
)
def test_a_wheel_outside_of_the_repository_is_one_line(clone: Clone, path: str) -> None:
    pyproject = clone.project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").replace(PATH, path), "utf-8")
    clone.commit()
    (error,) = said(clone)
    shown = path.replace("\\\\", "\\")
    assert error.startswith(f"error  {shown}, que trae electra-flow, está fuera del repositorio")
    assert "tool.uv.sources" in error


def test_a_project_that_became_a_repository_of_its_own_left_the_wheel_outside(clone: Clone) -> None:
    clone.git("-C", str(clone.project), "init", "--quiet")
    clone.git("-C", str(clone.project), "add", ".")
    clone.git("-C", str(clone.project), "commit", "--quiet", "-m", "Solo")
    (error,) = said(clone)
    assert error.startswith(f"error  {PATH}, que trae electra-flow, está fuera del repositorio")


@pytest.mark.parametrize("source", ["{ git = 'https://x.invalid/y' }", "3", "{ path = 3 }"])
def test_a_library_from_elsewhere_needs_no_wheel(clone: Clone, source: str) -> None:
    clone.write("pyproject.toml", f"[tool.uv.sources]\nelectra-flow = {source}\n")
    clone.commit()
    assert said(clone) == []


def test_the_name_may_be_written_as_python_allows(clone: Clone) -> None:
    clone.write("pyproject.toml", "[tool.uv.sources]\nElectra_Flow = { path = 'x.whl' }\n")
    clone.commit()
    (error,) = said(clone)
    assert error.startswith("error  x.whl no está en el commit")


def test_a_pyproject_that_is_no_toml_is_told_elsewhere(clone: Clone) -> None:
    clone.write("pyproject.toml", "[tool\n")
    clone.commit()
    assert said(clone) == []
