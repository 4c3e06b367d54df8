"""A private repository on a real Git host: its tip, and why it cannot be read."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.model.source import SourceError
from electra_flow.sources import remote
from electra_flow.sources.remote import Remote, check_address
from harness import free_port, stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import GitHost
    from sources.conftest import Clone

BRANCH = "pruebas/ñandú#1"


@pytest.fixture(autouse=True)
def block(host: GitHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server with the host's token in the block `token-git`."""
    path = "/api/block_types/slug/secret/block_documents/name/token-git?include_secrets=true"
    with stand_in({path: {"data": {"value": host.token}}}) as (url, _):
        monkeypatch.setenv("PREFECT_API_URL", url)
        yield


def refused(remote: Remote, host: GitHost, token: str = "") -> str:
    with pytest.raises(SourceError) as problem:
        remote.tip()
    said = str(problem.value)
    assert "\n" not in said
    assert (token or host.token) not in said
    return said


def test_the_tip_is_that_of_the_branch_and_of_no_other_name_that_ends_alike(
    clone: Clone, host: GitHost, url: str
) -> None:
    first = clone.git("rev-parse", "HEAD")
    second = clone.commit()
    push = ("push", "--quiet", host.with_token(url))
    clone.git(*push, f"HEAD:refs/heads/{BRANCH}", f"{first}:refs/tags/{BRANCH}")
    clone.git(*push, "HEAD:refs/heads/ana/main")
    assert Remote(clone.project, url, BRANCH, "token-git").tip() == second
    assert Remote(clone.project, url, "main", "token-git").tip() == first


def test_a_branch_that_is_not_there_has_no_tip(clone: Clone, url: str) -> None:
    assert Remote(clone.project, url, "otra", "token-git").tip() == ""


def test_a_fetch_brings_the_commits_and_changes_nothing_else(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    other = tmp_path / "otro"
    clone.git("clone", "--quiet", str(clone.top), str(other))
    clone.git("-C", str(other), "commit", "--quiet", "--allow-empty", "-m", "Otro")
    clone.git("-C", str(other), "push", "--quiet", host.with_token(url), "HEAD:main")
    refs = clone.git("for-each-ref")
    branch = Remote(clone.project, url, "main", "token-git")
    branch.fetch()
    clone.git("cat-file", "-e", branch.tip())
    assert clone.git("for-each-ref") == refs
    assert not (clone.top / ".git" / "FETCH_HEAD").exists()
    kept = [path for path in (clone.top / ".git").rglob("*") if path.is_file()]
    assert not [path for path in kept if host.token.encode() in path.read_bytes()]


def test_the_token_is_not_in_the_list_of_processes(clone: Clone, host: GitHost, url: str) -> None:
    seen: list[bytes] = []

    def look(_: object) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes())
            except OSError:
                continue

    host.on_request = look
    Remote(clone.project, url, "main", "token-git").tip()
    assert any(b"git-remote-https" in command for command in seen), "the list saw Git at work"
    assert not any(host.token.encode() in command for command in seen)


def test_the_user_s_own_helpers_are_neither_asked_nor_told(
    clone: Clone, url: str, home: Path
) -> None:
    helper = f"!cat >> '{home}/told' ; :"
    clone.git("config", "--global", "credential.helper", helper)
    Remote(clone.project, url, "main", "token-git").tip()
    assert not (home / "told").exists()


def test_a_wrong_or_expired_token_is_told_apart(clone: Clone, host: GitHost, url: str) -> None:
    branch, token = Remote(clone.project, url, "main", "token-git"), host.token
    host.token = "github_pat_otro"
    said = refused(branch, host, token)
    assert f"{url} rechazó el token del bloque Secret «token-git»: está mal o venció" in said
    assert "electra-flow docs token»)" in said


def test_a_token_without_the_permission_is_told_apart(
    clone: Clone, host: GitHost, url: str
) -> None:
    host.forbidden = True
    said = refused(Remote(clone.project, url, "main", "token-git"), host)
    assert said.startswith("El token del bloque Secret «token-git» no puede leer https://")
    assert "le falta el permiso «Contents: Read-only»" in said


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("ProyectosPython.git", "Otro.git", "No existe https://localhost:"),
        ("https://localhost:{port}", "https://localhost:{closed}", "No hay conexión con https://"),
        ("https://localhost:", "https://no-existe.invalid:", "No hay conexión con https://"),
        (
            "localhost:{port}/{top}/ProyectosPython",
            "localhost:{closed}/{top}/SSL",
            "No hay conexión con https://",
        ),
        ("https://localhost:", "https://127.0.0.1:", "Git no confía en el certificado de https://"),
        ("https://localhost:", "http://localhost:", "url tiene que ser https://servidor"),
    ],
    ids=["repository", "port", "name", "a word in the address", "certificate", "http"],
)
def test_a_repository_that_cannot_be_read_is_named_with_the_reason(
    clone: Clone, host: GitHost, url: str, old: str, new: str, problem: str
) -> None:
    places = {"port": host.url.rpartition(":")[2], "closed": free_port(), "top": url.split("/")[3]}
    assert old.format(**places) in url
    wrong = url.replace(old.format(**places), new.format(**places))
    said = refused(Remote(clone.project, wrong, "main", "token-git"), host)
    assert said.startswith(problem) or said.startswith(f"En deploy.py, {problem}")


@pytest.mark.parametrize("branch", ["--upload-pack=main", "/main", "a..b", "con espacio"])
def test_what_is_no_branch_s_name_is_told(
    clone: Clone, host: GitHost, url: str, branch: str
) -> None:
    said = refused(Remote(clone.project, url, branch, "token-git"), host)
    assert said == f"En deploy.py, «{branch}» no es el nombre de una rama."


@pytest.mark.parametrize(
    "url",
    [
        "https://x:clave@github.com/a/b.git",
        "http://github.com/a/b.git",
        "git@github.com:a/b.git",
        "https://github.com",
        "https://github.com/a b",
        "--upload-pack=x",
    ],
)
def test_an_address_that_takes_no_token_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SourceError) as problem:
        check_address(url)
    assert "https://servidor/dueño/nombre.git" in str(problem.value)
    assert url not in str(problem.value)


def test_an_old_git_is_told(
    clone: Clone, host: GitHost, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not read GIT_CONFIG_COUNT finds no token."""
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text('#!/bin/sh\nunset GIT_CONFIG_COUNT\nexec /usr/bin/git "$@"\n', "utf-8")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}{os.pathsep}{os.environ['PATH']}")
    said = refused(Remote(clone.project, url, "main", "token-git"), host)
    assert said.startswith(
        "Git no usó el token del bloque Secret «token-git»: tiene que ser Git 2.31"
    )


def test_a_repository_that_does_not_answer_is_given_up(
    clone: Clone, host: GitHost, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "ASK_TIMEOUT", 0.3)
    answer = threading.Event()
    host.on_request = lambda _: answer.wait(20)
    try:
        said = refused(Remote(clone.project, url, "main", "token-git"), host)
    finally:
        answer.set()
    assert said == "Git no terminó en 0.3 segundos: ls-remote."
