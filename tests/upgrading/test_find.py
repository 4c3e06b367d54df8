"""Which version is meant, by a file, a folder, an address or a number; and what is none."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.generation.vendor import put
from electra_flow.upgrading.find import find_release
from electra_flow.upgrading.problem import CannotUpgradeError
from harness import ROOT, copy_template, git
from upgrading.versions import release_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from electra_flow.upgrading.release import Release
    from electra_flow.upgrading.template import Template


@pytest.fixture
def newer(new: Template) -> Release:
    return new.release


@pytest.fixture
def older(old: Template) -> Release:
    return old.release


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; give its address."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_file(newer: Release, tmp_path: Path) -> None:
    (tmp_path / newer.name).write_bytes(newer.content)
    assert find_release(str(tmp_path / newer.name), tmp_path) == newer


def test_the_template_s_folder(newer: Release, tmp_path: Path) -> None:
    assert find_release(str(ROOT), tmp_path) == newer


def test_an_address(newer: Release, tmp_path: Path) -> None:
    (tmp_path / newer.name).write_bytes(newer.content)
    with served(tmp_path) as address:
        for name in (newer.name, newer.name.replace("+", "%2B")):
            assert find_release(f"{address}/{name}", tmp_path) == newer
        with pytest.raises(CannotUpgradeError, match="no se pudo bajar: "):
            find_release(f"{address}/nada.whl", tmp_path)


def test_a_number_and_the_newest_of_vendor(older: Release, newer: Release, tmp_path: Path) -> None:
    put(older, str(tmp_path))
    assert find_release(None, tmp_path) == older
    put(newer, str(tmp_path))
    assert find_release(None, tmp_path) == newer
    assert find_release(str(older.order), tmp_path) == older
    assert find_release(newer.version, tmp_path) == newer


def test_of_two_with_one_number_the_one_that_was_committed_later(
    newer: Release, tmp_path: Path, environment: dict[str, str]
) -> None:
    """What a wheel holds has no order: the second one is of a template without a new version."""
    copy = copy_template(tmp_path / "template")
    (copy / "src" / "electra_flow" / "nuevo.py").touch()
    first, second = newer, release_of(copy)
    for number, order in enumerate(((first, second), (second, first))):
        top = tmp_path / str(number)
        top.mkdir()
        git("init", "-q", cwd=top, env=environment)
        for day, release in enumerate(order, 1):
            put(release, str(top))
            date = {"GIT_COMMITTER_DATE": f"2026-01-0{day}T12:00:00"}
            git("add", "-A", cwd=top, env=environment)
            git("commit", "-qm", "x", cwd=top, env=environment | date)
        assert find_release(None, top) == order[1]
        with pytest.raises(CannotUpgradeError, match="hay más de una"):
            find_release(str(newer.order), top)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (None, "no hay ninguna biblioteca"),
        ("9.9", "De la versión 9.9 no está"),
        ("no-existe.whl", "No está «no-existe.whl»"),
        ("http://example.com/a.whl", "tiene que ser https"),
        ("https://ana:clave@example.com/a.whl", "«https://…@example.com/a.whl» no sirve"),
        (".", "no es la carpeta de la plantilla"),
    ],
)
def test_what_is_none(
    what: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotUpgradeError) as problem:
        find_release(what, tmp_path)
    assert said in str(problem.value)
    assert len(str(problem.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("otra.whl", b"", "no es el nombre de una biblioteca"),
        ("electra_flow-1.0-py3-none-any.whl", b"", "está dañado"),
        ("electra_flow-1.0-py3-none-any.whl", None, "no es lo que dice su nombre"),
    ],
)
def test_a_file_that_is_none(
    name: str, content: bytes | None, said: str, newer: Release, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(newer.content if content is None else content)
    with pytest.raises(CannotUpgradeError, match=said):
        find_release(str(tmp_path / name), tmp_path)
