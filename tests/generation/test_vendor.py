"""Putting the wheel into a repository: once, whole, and with a clear word where it cannot be."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from electra_flow.generation import vendor
from electra_flow.generation.vendor import CannotPutError, put, repository_above

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "electra_flow-1.0+s0123456789-py3-none-any.whl"


def wheel(content: bytes = b"the wheel", name: str = NAME) -> Any:
    return SimpleNamespace(name=name, content=content)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "vendor").iterdir())


def test_it_is_put_there_once(tmp_path: Path) -> None:
    assert put(wheel(), str(tmp_path)) == "put"
    before = (tmp_path / "vendor" / NAME).stat().st_mtime_ns
    assert put(wheel(), str(tmp_path)) == ""
    assert (tmp_path / "vendor" / NAME).stat().st_mtime_ns == before
    assert (tmp_path / "vendor" / NAME).read_bytes() == b"the wheel"


def test_another_version_stands_beside_it(tmp_path: Path) -> None:
    put(wheel(), str(tmp_path))
    put(wheel(b"newer", "electra_flow-2.0-py3-none-any.whl"), str(tmp_path))
    assert files(tmp_path) == [NAME, "electra_flow-2.0-py3-none-any.whl"]


@pytest.mark.parametrize("damaged", [b"", b"the whee", b"the wheel\n"])
def test_a_damaged_one_is_mended(tmp_path: Path, damaged: bytes) -> None:
    put(wheel(), str(tmp_path))
    (tmp_path / "vendor" / NAME).write_bytes(damaged)
    assert put(wheel(), str(tmp_path)) == "mended"
    assert (tmp_path / "vendor" / NAME).read_bytes() == b"the wheel"
    assert files(tmp_path) == [NAME]


def test_two_generations_at_once_do_no_harm(tmp_path: Path) -> None:
    """Whoever looks, meanwhile, sees no half of a file."""
    content = os.urandom(400_000)

    def generation(_: int) -> str:
        done = put(wheel(content), str(tmp_path))
        assert (tmp_path / "vendor" / NAME).read_bytes() == content
        return done

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(generation, range(40)))
    assert "put" in outcomes and set(outcomes) <= {"", "put"}
    assert files(tmp_path) == [NAME]


def vendor_is_a_file(top: Path) -> None:
    (top / "vendor").write_text("mío", "utf-8")


def vendor_leads_nowhere(top: Path) -> None:
    (top / "vendor").symlink_to(top / "no-existe")


def the_name_is_a_folder_s(top: Path) -> None:
    (top / "vendor" / NAME).mkdir(parents=True)


@pytest.mark.parametrize(
    ("obstacle", "said"),
    [
        (vendor_is_a_file, "no es una carpeta"),
        (vendor_leads_nowhere, "no es una carpeta"),
        (the_name_is_a_folder_s, "es una carpeta"),
    ],
)
def test_what_stands_in_its_place_is_left_and_named(
    tmp_path: Path, obstacle: Callable[[Path], None], said: str
) -> None:
    obstacle(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CannotPutError, match=said) as problem:
        put(wheel(), str(tmp_path))
    assert len(str(problem.value).splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("step", ["makedirs", "replace"])
def test_where_nobody_may_write_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A read-only folder, a full disk; the tests may run as root, whom no permission stops."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(vendor.os, step, refuse)
    with pytest.raises(CannotPutError, match="pedí permiso de escritura"):
        put(wheel(), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_where_windows_holds_the_file_that_is_there_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another generation put it there a moment ago, and somebody reads it."""

    def somebody_was_quicker(temporary: str, path: str) -> None:
        shutil.copy(temporary, path)
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(vendor.os, "replace", somebody_was_quicker)
    assert put(wheel(), str(tmp_path)) == ""
    assert files(tmp_path) == [NAME]


@pytest.mark.parametrize("kind", ["folder", "file"])  # a worktree and a submodule have a file
def test_the_repository_is_the_nearest_folder_above_with_git_in_it(
    tmp_path: Path, kind: str
) -> None:
    project = tmp_path / "flujos" / "ventas" / "mi-flujo"
    project.mkdir(parents=True)
    if kind == "folder":
        (tmp_path / "flujos" / ".git").mkdir()
    else:
        (tmp_path / "flujos" / ".git").write_text("gitdir: x", "utf-8")
    assert repository_above(str(project)) == str(tmp_path / "flujos")


def test_the_ceilings_of_git_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "mi-flujo").mkdir(parents=True)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path / "a"))
    assert repository_above(str(tmp_path / "a" / "mi-flujo")) is None
