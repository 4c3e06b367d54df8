"""The token, read over HTTP without Prefect."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from electra_flow.model.source import SourceError
from electra_flow.sources.secret_block import NoTokenError, read_token
from harness import free_port, stand_in

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/block_types/slug/secret/block_documents/name/token-git?include_secrets=true"


def read(folder: Path, answer: object, monkeypatch: pytest.MonkeyPatch) -> str:
    with stand_in({f"/api{PATH}": answer}) as (url, requests):
        monkeypatch.setenv("PREFECT_API_URL", url)
        try:
            return read_token(folder, "token-git")
        finally:
            assert requests == [f"/api{PATH}"]


def test_the_token_is_the_block_s_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(tmp_path, {"data": {"value": "github_pat_1"}}, monkeypatch) == "github_pat_1"


def test_the_server_may_be_the_one_of_prefect_toml(tmp_path: Path) -> None:
    with stand_in({f"/api{PATH}": {"data": {"value": "github_pat_1"}}}) as (url, _):
        (tmp_path / "prefect.toml").write_text(f'[api]\nurl = "{url}"\n', "utf-8")
        assert read_token(tmp_path, "token-git") == "github_pat_1"


@pytest.mark.parametrize("value", ["", "github_pat_1\n", "un token", {"token": "x"}, None, "ñ"])
def test_a_value_that_is_no_token_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    with pytest.raises(SourceError) as problem:
        read(tmp_path, {"data": {"value": value}}, monkeypatch)
    assert not isinstance(problem.value, NoTokenError)
    assert "El valor del bloque Secret «token-git» no es un token" in str(problem.value)
    assert "github_pat_1" not in str(problem.value)


@pytest.mark.parametrize("case", ["no block", "nobody", "no server", "broken settings", "no JSON"])
def test_a_block_that_cannot_be_read_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    with stand_in({"/api/otra": {}} if case == "no block" else {}) as (url, _):
        if case == "nobody":
            url = f"http://127.0.0.1:{free_port()}/api"
        if case == "broken settings":
            (tmp_path / "prefect.toml").write_text("[api", "utf-8")
        if case != "no server":
            monkeypatch.setenv("PREFECT_API_URL", url)
        with pytest.raises(NoTokenError):
            read_token(tmp_path, "token-git")


def test_a_block_s_name_stays_one_part_of_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stand_in({"/api/otra": {}}) as (url, requests):
        monkeypatch.setenv("PREFECT_API_URL", url)
        with pytest.raises(NoTokenError):
            read_token(tmp_path, "../x?y#z")
    assert requests == [f"/api{PATH}".replace("token-git", "..%2Fx%3Fy%23z")]


def test_nothing_that_checks_imports_prefect() -> None:
    program = (
        "import sys, electra_flow.sources.git_source, electra_flow.sources.local_folder\n"
        "sys.exit(any(name.partition('.')[0] == 'prefect' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
