"""The tag of an image names the commit of the code in it; other code has another tag."""

from __future__ import annotations

import re
import shutil

import pytest

from electra_flow.images.tag import tag_of_folder
from images.conftest import WHEEL, Repository


def test_the_commit_where_nothing_changed(repository: Repository) -> None:
    commit = repository.commit()
    assert tag_of_folder(repository.project) == (commit, commit)
    (repository.top / "produccion/otro/deploy.py").write_text(
        "x = 1", "utf-8"
    )  # of another project
    assert tag_of_folder(repository.project) == (commit, commit)


@pytest.mark.parametrize(
    "file", ["src/ventas.py", "nuevo.py", f"../../../{WHEEL}", "../../../comun/c.py"]
)
def test_with_changes_it_names_them(repository: Repository, file: str) -> None:
    """Also of what stands outside of the project's folder, and is a part of it."""
    commit = repository.commit()
    found = []
    for text in ("x = 1\n", "x = 2\n"):
        (repository.project / file).write_text(text, "utf-8")
        tag = tag_of_folder(repository.project)
        assert re.fullmatch(f"{commit}-cambios-[0-9a-f]{{8}}", tag.text)
        assert tag.commit == f"{commit}, con cambios"
        found.append(tag.text)
    assert len(set(found)) == 2


def test_without_a_commit(repository: Repository) -> None:
    assert re.fullmatch("cambios-[0-9a-f]{8}", tag_of_folder(repository.project).text)
    shutil.rmtree(repository.top / ".git")
    tag = tag_of_folder(repository.project)
    assert re.fullmatch("cambios-[0-9a-f]{8}", tag.text)
    assert tag.commit == ""


def test_what_is_outside_of_the_repository_is_in_no_commit(repository: Repository) -> None:
    outside = repository.top.parent / "fuera" / "pyproject.toml"
    outside.parent.mkdir()
    outside.write_text("", "utf-8")
    pyproject = repository.project / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    pyproject.write_text(text.replace("../../../comun", "../../../../fuera"), "utf-8")
    commit = repository.commit()
    assert tag_of_folder(repository.project).text.startswith(f"{commit}-cambios-")
