"""What several projects share, beside them in the repository, in the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from electra_flow.sources.committed_needed import check_needed_in_commit
from electra_flow.sources.working_copy import WorkingCopy
from sources.conftest import PYPROJECT

if TYPE_CHECKING:
    from sources.conftest import Clone

URL = "https://github.com/electra/ProyectosPython.git"
COMUN = 'comun = { path = "../../../comun", editable = true }\n'
PUSH = f"«git commit» y «git remote add origin {URL}» y «git push origin HEAD:main»."


def said(clone: Clone) -> list[str]:
    copy = WorkingCopy(clone.project, URL, "main")
    return [str(finding) for finding in check_needed_in_commit(copy)]


def share(clone: Clone) -> None:
    """Make a package that the project depends on, which depends on another one."""
    clone.write("pyproject.toml", PYPROJECT + COMUN)
    for name, more in (("comun", '[tool.uv.sources]\nbase = { path = "../base" }\n'), ("base", "")):
        (clone.top / name).mkdir()
        text = f'[project]\nname = "{name}"\n{more}'
        (clone.top / name / "pyproject.toml").write_text(text, "utf-8")


def test_what_is_in_no_commit_is_named_also_what_is_needed_by_what_is_needed(clone: Clone) -> None:
    assert said(clone) == []
    share(clone)
    for line, name in zip(said(clone), ("base", "comun"), strict=True):
        path = f"../../../{name}"
        assert line == (
            f"error  {path} tiene cambios sin commit ({name}/pyproject.toml): "
            f"«git add --force {path}», {PUSH}"
        )
    clone.commit()
    assert said(clone) == []
    (clone.top / "base" / "nuevo.py").touch()
    (line,) = said(clone)
    assert "../../../base tiene cambios sin commit (base/nuevo.py)" in line


def test_what_git_ignores_is_in_no_commit(clone: Clone) -> None:
    share(clone)
    (clone.top / ".gitignore").write_text("base/\n", "utf-8")
    clone.commit()
    (line,) = said(clone)
    assert line.startswith(
        "error  ../../../base/pyproject.toml no está en el commit: «git add --force"
    )


def test_what_is_outside_of_the_repository_no_worker_gets(clone: Clone) -> None:
    share(clone)
    clone.commit()
    (clone.top / "comun").rename(clone.top.parent / "comun")
    clone.write("pyproject.toml", PYPROJECT + COMUN.replace("../comun", "../../comun"))
    (line,) = said(clone)
    assert line.startswith(
        "error  ../../../../comun, de tool.uv.sources, está fuera del repositorio"
    )
