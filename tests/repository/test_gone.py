"""What is on the server of projects whose folder is no longer in the repository."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from electra_flow.checks.api import Server
from electra_flow.deploying.marked import Belongings, Marked
from electra_flow.repository import gone
from electra_flow.repository.gone import Gone, find_gone
from electra_flow.repository.projects import FlowProject
from electra_flow.sources.origin import Origin

REPOSITORY = "git.example.com/datos/flujos"
SERVER = Server("http://x/api")


def git(top: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
    subprocess.run(["git", *who, *arguments], cwd=top, check=True, capture_output=True)


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository from which some projects were removed, one of them on a branch that was merged."""
    top = tmp_path_factory.mktemp("flujos")
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "remote", "add", "origin", f"git@{REPOSITORY.replace('/', ':', 1)}.git")
    for place in ("borrado", "mudado", "está", "sin commit"):
        _add(top, place)
    git(top, "commit", "--quiet", "--message", "Todo")
    git(top, "checkout", "--quiet", "-b", "rama")
    _add(top, "de paso")
    git(top, "commit", "--quiet", "--message", "De paso")
    git(top, "rm", "--quiet", "-r", "de paso")
    git(top, "commit", "--quiet", "--message", "Ya no")
    git(top, "checkout", "--quiet", "main")
    git(top, "rm", "--quiet", "-r", "borrado", "mudado")
    _add(top, "otro/mudado")
    git(top, "commit", "--quiet", "--message", "Uno menos")
    git(top, "merge", "--quiet", "--no-ff", "--message", "La rama", "rama")
    git(top, "branch", "colega", "HEAD~1")
    (top / "sin commit" / "deploy.py").unlink()
    return top


def _add(top: Path, place: str) -> None:
    (top / place).mkdir(parents=True)
    (top / place / "deploy.py").touch()
    git(top, "add", "--all")


def marked(place: str, repository: str | None = REPOSITORY, folder: str = "/x") -> Marked:
    name = place.rpartition("/")[2]
    origin = Origin(name, repository, place, platform.node(), folder, "prod")
    return Marked(name, f"{name}/{name}-prod", origin, 1)


def found(monkeypatch: pytest.MonkeyPatch, top: Path, *on_server: Marked) -> Gone:
    monkeypatch.setattr(gone, "in_environment", lambda *_: on_server)
    monkeypatch.setattr(gone, "belongings", lambda *_: Belongings(1, 3, 2, 0))
    projects = [
        FlowProject(top / place, top, Path(place).name) for place in ("está", "otro/mudado")
    ]
    return find_gone(SERVER, top, projects, "prod")


@pytest.mark.parametrize("place", ["borrado", "de paso"])
def test_what_was_removed_from_the_history_is_an_orphan(
    monkeypatch: pytest.MonkeyPatch, top: Path, place: str
) -> None:
    orphan = marked(place)
    result = found(monkeypatch, top, orphan)
    assert (result.orphans, result.kept) == ([orphan], [])
    (line,) = map(str, result.findings(SERVER, "electra-flow deploy --prune"))
    assert line == (
        f"aviso  {orphan.full_name} quedó en el servidor, y su proyecto ya no está, «{place}» "
        f"({REPOSITORY}, {place}): 1 programación activa, 3 automatizaciones, 2 ejecuciones "
        "pendientes. Se arregla con: electra-flow deploy --prune"
    )


def test_one_that_was_deployed_before_there_was_an_address_is_one_by_its_folder(
    monkeypatch: pytest.MonkeyPatch, top: Path
) -> None:
    orphan = marked(".", None, (top / "borrado").as_posix())
    assert found(monkeypatch, top, orphan).orphans == [orphan]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("de un colega", "que nunca estuvo en la historia de este commit (¿es de otra rama?)"),
        ("bor*", "que nunca estuvo en la historia de este commit (¿es de otra rama?)"),
        ("mudado", "y hay uno que se llama igual en otro/mudado, que al desplegarse se lo queda"),
        ("sin commit", "que falta en esta carpeta y sigue en el commit"),
    ],
)
def test_what_may_be_somewhere_is_named_and_kept(
    monkeypatch: pytest.MonkeyPatch, top: Path, place: str, why: str
) -> None:
    one = marked(place)
    result = found(monkeypatch, top, one)
    assert (result.orphans, result.kept) == ([], [(one, why)])
    (line,) = map(str, result.findings(SERVER, ""))
    assert line == f"aviso  {one.full_name} es de {one.origin}, {why}: no se toca."


def test_what_is_here_or_of_another_repository_is_not_named(
    monkeypatch: pytest.MonkeyPatch, top: Path
) -> None:
    others = [
        marked("está"),
        marked("borrado", "git.example.com/ana/flujos"),
        marked("borrado", None, "/otra/carpeta/borrado"),
    ]
    assert found(monkeypatch, top, *others) == Gone([], [])


def test_in_a_shallow_clone_nothing_is_removed(
    monkeypatch: pytest.MonkeyPatch, top: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", top.as_uri(), "clon")
    clone = tmp_path / "clon"
    git(clone, "remote", "set-url", "origin", f"https://{REPOSITORY}")
    result = found(monkeypatch, clone, marked("borrado"))
    assert not result.orphans
    ((_, why),) = result.kept
    assert why.endswith("(git fetch --unshallow)")
