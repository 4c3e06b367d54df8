"""The source as deploying uses it, with a real Git host and a server that has the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from electra_flow.model.source import Source, SourceError
from electra_flow.sources.git_source import GitSource
from harness import stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import GitHost
    from sources.conftest import Clone

URL = "https://github.com/electra/ProyectosPython.git"
ENTRYPOINTS = ["src/deuda.py:deuda", "src/deuda.py:otra"]


@pytest.fixture
def block(host: GitHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = "/api/block_types/slug/secret/block_documents/name/token-git?include_secrets=true"
    with stand_in({path: {"data": {"value": host.token}}}) as (url, _):
        monkeypatch.setenv("PREFECT_API_URL", url)
        yield


def source(clone: Clone, url: str = URL, **changes: Any) -> GitSource:
    given = {"url": url, "credentials_block": "token-git"} | changes
    return GitSource(clone.project / "deploy.py", **given)


def said(source: GitSource, env: str = "prod") -> list[str]:
    return [str(finding) for finding in source.check(env, ENTRYPOINTS)]


# --- Declared ---------------------------------------------------------------------------------------


def test_declaring_it_asks_nothing_of_anyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`isinstance` with a protocol evaluates properties (Python 3.11), and Git may not be there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    declared = GitSource(tmp_path, url=URL, credentials_block="token-git")
    assert isinstance(declared, Source)
    assert declared.folder == tmp_path
    assert declared.secrets == ("token-git",)
    assert URL not in repr(declared)


@pytest.mark.parametrize("name", ["url", "credentials_block", "branch"])
def test_a_field_that_is_no_text_is_named(clone: Clone, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} tiene que ser un texto, y es None"):
        source(clone, **{name: None})
    with pytest.raises(ValueError, match=f"{name} está en blanco"):
        source(clone, **{name: " "})


def test_a_run_has_the_locked_environment_and_logs_that_stay(clone: Clone) -> None:
    assert source(clone).job_variables("deuda") == {
        "env": {
            "PYTHONUTF8": "1",
            "FLOW_LOG_DIR": "~/.prefect/logs/deuda",
            "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES": "true",
            "UV_FROZEN": "1",
        }
    }


# --- The code ---------------------------------------------------------------------------------------


def test_the_code_is_the_commit_s_and_is_gone_afterwards(clone: Clone) -> None:
    clone.write("src/deuda.py", "SALUDO = 'Chau'\n")
    with source(clone).code() as folder:
        assert folder.parts[-3:] == ("produccion", "área de cobros", "deuda")
        assert "Hola" in (folder / "src" / "deuda.py").read_text("utf-8")
    assert not folder.exists()


def test_without_a_commit_the_code_is_this_folder_s(clone: Clone) -> None:
    clone.git("update-ref", "-d", "HEAD")
    with source(clone).code() as folder:
        assert folder == clone.project


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    nowhere = GitSource(tmp_path / "no-está", url=URL, credentials_block="token-git")
    (error,) = said(nowhere)
    assert error.startswith(f"error  No está la carpeta {tmp_path / 'no-está'}:")
    with pytest.raises(SourceError, match="No está la carpeta"), nowhere.code():
        pass


# --- The check --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("block")
def test_dev_follows_the_branch_and_any_other_environment_stays_at_its_commit(
    clone: Clone, url: str
) -> None:
    commit = clone.git("rev-parse", "--short=12", "HEAD")
    for env, code in (
        ("dev", f"lo último de la rama main de {url} (hoy, {commit})"),
        ("prod", f"el commit {commit} de {url}, fijo hasta el próximo despliegue"),
        ("producción", f"el commit {commit} de {url}, fijo hasta el próximo despliegue"),
    ):
        checked = source(clone, url)
        assert said(checked, env) == [f"bien   Commit {commit}, en la rama main de {url}."]
        assert checked.describe(env) == code


@pytest.mark.usefixtures("block")
def test_newer_changes_are_fetched_and_refused_in_dev(
    clone: Clone, host: GitHost, url: str, tmp_path: Path
) -> None:
    other = tmp_path / "otro"
    clone.git("clone", "--quiet", str(clone.top), str(other))
    flow = other / "produccion" / "área de cobros" / "deuda" / "src" / "deuda.py"
    flow.write_text("SALUDO = 'Chau'\n", "utf-8")
    clone.git("-C", str(other), "commit", "--quiet", "--all", "-m", "Otro")
    clone.git("-C", str(other), "push", "--quiet", host.with_token(url), "HEAD:main")
    (error,) = said(source(clone, url), "dev")
    assert error.startswith(f"error  En la rama main de {url} hay cambios de este proyecto")
    good, warning = said(source(clone, url), "prod")
    assert good.startswith("bien") and "cambios más nuevos" in warning


@pytest.mark.usefixtures("block")
def test_what_is_wrong_here_and_there_is_told_at_once(clone: Clone, url: str) -> None:
    clone.git("rm", "--quiet", "--cached", str(clone.wheel), f"{clone.project}/src/deuda.py")
    (clone.top / ".gitignore").write_text("*.whl\ndeuda.py\n", "utf-8")
    clone.commit()
    flow, wheel, branch = said(source(clone, url, branch="otra"))
    assert flow.startswith("error  src/deuda.py no está en el commit")
    assert wheel.startswith("error  ../../../vendor/electra_flow-")
    assert branch == (
        f"error  {url} no tiene la rama otra: subila con «git push origin HEAD:otra», o cambiá "
        "branch en deploy.py."
    )


def test_a_token_in_the_address_is_not_repeated(clone: Clone) -> None:
    clone.write("src/deuda.py", "SALUDO = 'Chau'\n")
    (error,) = said(source(clone, "https://x:clave-4711@github.com/a/b.git"))
    assert "url tiene que ser https://servidor" in error
    assert "clave-4711" not in error


def test_without_the_token_it_is_a_warning_since_the_server_s_check_tells_why(clone: Clone) -> None:
    assert said(source(clone)) == [f"aviso  No se revisó {URL}: falta el token."]


def test_without_git_it_says_so_once(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(source(clone)) == ["error  No está Git (https://git-scm.com/): instalalo."]


def test_a_folder_that_git_does_not_trust_is_told_with_git_s_reason(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    error, _ = said(source(clone))
    assert error.startswith(
        "error  Git no puede leer esta carpeta: fatal: detected dubious ownership"
    )


# --- What is deployed -------------------------------------------------------------------------------


@pytest.mark.usefixtures("block")
def test_a_push_between_the_check_and_the_deploy_is_noticed_in_dev(
    clone: Clone, host: GitHost, url: str
) -> None:
    following, pinned = source(clone, url), source(clone, url)
    said(following, "dev")
    said(pinned, "prod")
    deployed = clone.git("rev-parse", "HEAD")
    clone.commit()
    clone.git("push", "--quiet", host.with_token(url), "HEAD:main")
    with pytest.raises(SourceError) as problem:
        following.storage("dev", ENTRYPOINTS[0])
    assert str(problem.value) == ("La rama main cambió mientras se revisaba: volvé a desplegar.")
    step = pinned.storage("prod", ENTRYPOINTS[0]).to_pull_step()[0]["timeit.timeit"]
    assert step["globals"]["arguments"]["ref"] == deployed


@pytest.mark.usefixtures("block")
def test_what_is_deployed_names_the_branch_and_the_block_but_not_the_token(
    clone: Clone, host: GitHost, url: str
) -> None:
    deployed = source(clone, url)
    said(deployed, "dev")
    fetch, directory = deployed.storage("dev", ENTRYPOINTS[0]).to_pull_step()
    project = "repositorio/produccion/área de cobros/deuda"
    arguments = fetch["timeit.timeit"]["globals"]["arguments"]
    environment = arguments.pop("git_env")
    assert arguments == {
        "url": url,
        "ref": "refs/heads/main",
        "folder": "repositorio",
        "project": project,
        "file": "src/deuda.py",
    }
    assert directory == {"prefect.deployments.steps.set_working_directory": {"directory": project}}
    assert environment["FLOW_GIT_TOKEN"] == "{{ prefect.blocks.secret.token-git }}"
    assert environment["GIT_CONFIG_KEY_1"] == f"credential.{host.url}.helper", "no other server"
    assert host.token not in str(fetch)


@pytest.mark.usefixtures("block")
def test_prefect_loads_the_flow_from_the_commit(
    clone: Clone, url: str, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(home))
    monkeypatch.setenv("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    from prefect import flow
    from prefect.runner.storage import RunnerStorage

    code = 'from prefect import flow\n\n\n@flow\ndef deuda():\n    """Del commit."""\n'
    clone.write("src/deuda.py", code)
    clone.commit()
    storage = source(clone, url).storage("prod", ENTRYPOINTS[0])
    clone.write("src/deuda.py", code.replace("Del commit", "De la carpeta"))
    assert isinstance(storage, RunnerStorage)
    assert flow.from_source(storage, ENTRYPOINTS[0]).description == "Del commit."
