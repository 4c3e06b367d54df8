"""What cannot be upgraded stays as it was, byte by byte, and says why in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.generation.vendor import put
from electra_flow.upgrading import changes
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.unit import find_units
from electra_flow.upgrading.upgrade import Outcome, Upgrade
from harness import git
from upgrading.versions import edit, make_project, nothing, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from electra_flow.upgrading.template import Template

ANSWERS = {"flow_kind": "basic", "source": "local", "prefect_logger": "bundled"}


@pytest.fixture
def project(old: Template, tmp_path: Path) -> Path:
    return make_project(old, ANSWERS, tmp_path / "mi-flujo", ".")


@pytest.fixture
def way(new: Template, old: Template) -> Upgrade:
    templates = {each.release.version: each for each in (old, new)}
    return Upgrade(new.release, Path(), nothing, nothing, templates)


def upgraded(way: Upgrade, project: Path) -> Outcome:
    (unit,) = find_units(project, below=False)
    (outcome,) = way.upgrade(unit)
    return outcome


def assert_refused(way: Upgrade, project: Path, said: str) -> None:
    before = tree(project)
    problem = upgraded(way, project).problem
    assert problem and said in problem
    assert len(problem.splitlines()) == 1
    assert tree(project) == before


def without_record(project: Path) -> None:
    (project / ".electra-flow.json").unlink()


def broken_record(project: Path) -> None:
    (project / ".electra-flow.json").write_text("{", "utf-8")


def place_outside(project: Path) -> None:
    edit(project, ".electra-flow.json", lambda text: text.replace('"."', '"../otro"'))


def wrong_answer(project: Path) -> None:
    edit(project, ".electra-flow.json", lambda text: text.replace('"basic"', '"otro"'))


def broken_toml(project: Path) -> None:
    edit(project, "pyproject.toml", lambda text: f"{text}[")


def from_an_index(project: Path) -> None:
    edit(
        project,
        "pyproject.toml",
        lambda text: text.replace("[tool.uv.sources]\nelectra-flow", "[tool.x]\nno"),
    )


def of_cruft(project: Path) -> None:
    from_an_index(project)
    (project / ".cruft.json").write_text("{}", "utf-8")


def vendor_is_a_file(project: Path) -> None:
    for path in (project / "vendor").iterdir():
        path.unlink()
    (project / "vendor").rmdir()
    (project / "vendor").write_text("mío", "utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (without_record, "no tiene .electra-flow.json"),
        (broken_record, ".electra-flow.json no es como se generó"),
        (place_outside, "place «../otro»"),
        (wrong_answer, "«otro» no es una de las opciones"),
        (broken_toml, "no es TOML válido"),
        (from_an_index, "uv lock --upgrade-package electra-flow"),
        (of_cruft, "«cruft update»"),
        (vendor_is_a_file, "no es una carpeta"),
    ],
)
def test_what_is_not_as_it_has_to_be(
    harm: Callable[[Path], None], said: str, way: Upgrade, project: Path
) -> None:
    harm(project)
    assert_refused(way, project, said)


def test_a_version_whose_wheel_is_nowhere(new: Template, project: Path, old: Template) -> None:
    """Not even in Git: there is none."""
    (project / "vendor" / old.release.name).unlink()
    way = Upgrade(new.release, Path(), nothing, nothing, {new.release.version: new})
    assert_refused(way, project, "no está en vendor/ ni en los commits")


def test_a_version_that_is_older(old: Template, new: Template, tmp_path: Path) -> None:
    project = make_project(new, ANSWERS, tmp_path / "mi-flujo", ".")
    templates = {each.release.version: each for each in (old, new)}
    assert_refused(Upgrade(old.release, Path(), nothing, nothing, templates), project, "git revert")


def test_what_is_in_no_commit(way: Upgrade, project: Path, environment: dict[str, str]) -> None:
    git("init", "-q", cwd=project, env=environment)
    git("add", "-A", cwd=project, env=environment)
    git("commit", "-qm", "x", cwd=project, env=environment)
    edit(project, "README.md", lambda text: f"{text}\nMío.\n")
    assert_refused(way, project, "cambios sin commit (README.md)")
    git("commit", "-qam", "y", cwd=project, env=environment)
    put(way.release, str(project))  # by hand, so that it is the newest there
    assert upgraded(way, project).problem is None


def refuse(*_: Path) -> None:
    raise CannotUpgradeError("no se puede.")


def interrupt(*_: Path) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["lock", "test"])
def test_a_step_that_fails_leaves_everything_as_it_was(
    step: str, way: Upgrade, project: Path
) -> None:
    def lock(folder: Path) -> None:
        (folder / "uv.lock").write_text("nuevo", "utf-8")
        if step == "lock":
            refuse()

    (project / "uv.lock").write_text("viejo", "utf-8")
    way.lock, way.test = lock, refuse
    assert_refused(way, project, "no se puede.")
    assert (project / "uv.lock").read_text("utf-8") == "viejo"
    (project / "uv.lock").unlink()
    assert_refused(way, project, "no se puede.")
    assert not (project / "uv.lock").exists()


def test_an_interrupted_one_leaves_everything_as_it_was(way: Upgrade, project: Path) -> None:
    before, way.test = tree(project), interrupt
    with pytest.raises(KeyboardInterrupt):
        upgraded(way, project)
    assert tree(project) == before


def test_a_file_that_cannot_be_written_leaves_everything_as_it_was(
    way: Upgrade, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that another program holds, on Windows: others were written before it."""
    real = changes._write

    def write(path: Path, content: bytes | None) -> None:
        if path.name == "pyproject.toml":
            raise PermissionError(13, "Access is denied", str(path))
        real(path, content)

    monkeypatch.setattr(changes, "_write", write)
    assert_refused(way, project, "pyproject.toml: Access is denied.")


def test_where_a_folder_has_the_name_of_a_file(way: Upgrade, project: Path) -> None:
    (project / "VIEJO.md").unlink()
    (project / "VIEJO.md").mkdir()
    assert_refused(way, project, "VIEJO.md")


def test_the_projects_of_a_workspace_come_together_or_not_at_all(
    way: Upgrade, old: Template, tmp_path: Path
) -> None:
    """They share a lock, and it cannot have two versions of one library."""
    top = tmp_path / "top"
    top.mkdir()
    (top / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["flujos/*/*"]\n', "utf-8")
    one, two = (make_project(old, ANSWERS, top, f"flujos/{name}/mi-flujo") for name in "ab")
    (unit,) = find_units(one, below=False)
    assert (unit.folder, [each.folder for each in unit.projects]) == (top, [one, two])
    before = tree(top)
    locked: list[Path] = []
    way.lock = locked.append
    (two / ".electra-flow.json").write_text("{", "utf-8")
    problems = [outcome.problem or "" for outcome in way.upgrade(unit)]
    assert "comparte uv.lock con" in problems[0] and "no es como se generó" in problems[1]
    (two / ".electra-flow.json").write_bytes(before["flujos/b/mi-flujo/.electra-flow.json"])
    assert tree(top) == before and locked == []
    assert [outcome.problem for outcome in way.upgrade(unit)] == [None, None]
    assert locked == [top]
