"""Where `run.py thin` changes nothing, and says why in one line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edited_project import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated

Thin = "Callable[[Path], tuple[int, str]]"


def refused(folder: Path, thin: Thin) -> str:
    """Return what is said where nothing is changed."""
    before = texts(folder) if folder.is_dir() else {}
    code, said = thin(folder)
    assert code == 1, said
    assert (texts(folder) if folder.is_dir() else {}) == before
    assert said.startswith("No se cambió nada. ")
    assert said.count("\n") == 1
    return said


def test_a_folder_that_is_no_project_of_0_1_0(
    tmp_path: Path, generate: Callable[..., Generated], thin: Thin
) -> None:
    assert "no es una carpeta" in refused(tmp_path / "no-hay", thin)
    new = generate(tmp_path, server_check="skip")
    assert "no es un proyecto de la versión 0.1.0" in refused(new.path, thin)


def test_what_is_in_no_commit_could_be_lost(
    fat: Callable[..., Path], thin: Thin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fat()
    (folder / "src/nuevo.py").write_text("x = 1\n", "utf-8")
    assert "cambios sin commit (src/nuevo.py)" in refused(folder, thin)
    (folder / "src/nuevo.py").unlink()
    (folder / ".git").rename(tmp_path / "git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert "no está en un repositorio de Git" in refused(folder, thin)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("deploy.py", "\nprint(PROJECT.pools)\n", "deploy.py:"),
        ("src/mi_flujo.py", "\nimport conventions\n", "src/mi_flujo.py:"),
        ("src/mi_flujo.py", "\n# \udce9\n", "src/mi_flujo.py no está en UTF-8"),
        ("pyproject.toml", "\nno es toml\n", "pyproject.toml: no se pudo juntar"),
    ],
)
def test_what_cannot_be_rewritten_for_certain(
    file: str, text: str, said: str, fat: Callable[..., Path], thin: Thin
) -> None:
    def change(project: Path) -> None:
        with (project / file).open("a", encoding="utf-8", errors="surrogateescape") as opened:
            opened.write(text)

    assert said in refused(fat("", change), thin)


def test_a_library_that_cannot_be_put_there(fat: Callable[..., Path], thin: Thin) -> None:
    def occupy(project: Path) -> None:
        (project / "vendor").write_text("mío\n", "utf-8")

    assert "vendor no es una carpeta" in refused(fat("", occupy), thin)


def test_a_file_that_cannot_be_written(
    fat: Callable[..., Path], thin: Thin, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, replace = fat(), Path.replace
    failed = False

    def fail(self: Path, target: Path) -> Path:
        nonlocal failed
        if target.name == "pyproject.toml" and not failed:
            failed = True
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    said = refused(folder, thin)
    assert failed
    assert re.search(r"No se puede escribir \S+pyproject.toml .*quedó todo como estaba", said)
    assert not (folder / "vendor").exists()
