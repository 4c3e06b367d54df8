"""From each version to the next and to the newest: without edits, a fresh render; with edits, no loss."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.upgrading.__main__ import upgrade_all
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.template import Rendering, Template
from electra_flow.upgrading.unit import find_units
from electra_flow.upgrading.upgrade import Upgrade
from harness import git
from upgrading.versions import (
    COMBINATIONS,
    combinations_of,
    edit_as_an_author,
    make_project,
    nothing,
    released,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Callable
RELEASED = released()


def way_to(new: Template, old: Template) -> Upgrade:
    """Return an upgrade that locks nothing and tests nothing."""
    templates = {each.release.version: each for each in (old, new)}
    return Upgrade(new.release, Path(), nothing, nothing, templates)


def test_without_edits_it_is_a_fresh_render(old: Template, new: Template, tmp_path: Path) -> None:
    way = way_to(new, old)
    for number, answers in enumerate(COMBINATIONS):
        check(way, old, new, answers, tmp_path / str(number))


def test_with_edits_there_is_no_conflict_that_the_template_did_not_make(
    old: Template, new: Template, tmp_path: Path
) -> None:
    """What comes out is a fresh render in which the author does the same."""
    way = way_to(new, old)
    for number, answers in enumerate(COMBINATIONS):
        check(way, old, new, answers, tmp_path / str(number), edit_as_an_author)


def check(
    way: Upgrade,
    old: Template,
    new: Template,
    answers: dict[str, str],
    folder: Path,
    author: Callable[[Path], None] = nothing,
) -> None:
    """Check the upgrade of a project that its author edited."""
    project = make_project(old, answers, folder / "upgraded", ".")
    fresh = make_project(new, answers, folder / "fresh", ".")
    author(project)
    author(fresh)
    (unit,) = find_units(project, below=False)
    (outcome,) = way.upgrade(unit)
    assert outcome.problem is None
    assert outcome.merged and outcome.merged.conflicts == []
    (project / "vendor" / old.release.name).unlink()
    assert tree(project) == tree(fresh)


def test_all_projects_of_a_repository(
    old: Template, new: Template, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Each with its own answers and place; what nobody uses any more goes."""
    places = {f"flujos/{n}/mi-flujo": answers for n, answers in enumerate(COMBINATIONS)}
    old_top, fresh = tmp_path / "upgraded", tmp_path / "fresh"
    for template in (old, new):
        template.prepare([Rendering(answers, place) for place, answers in places.items()])
    for place, answers in places.items():
        make_project(old, answers, old_top, place)
        make_project(new, answers, fresh, place)
    git("init", "-q", cwd=old_top, env=environment)
    (fresh / ".git").mkdir()
    git("add", "-A", cwd=old_top, env=environment)
    git("commit", "-qm", "Antes", cwd=old_top, env=environment)
    (old_top / "vendor" / old.release.name).unlink()  # it is in a commit
    way = way_to(new, old)
    assert upgrade_all(way, find_units(old_top, below=True), chosen=True) == 0
    assert tree(old_top) == tree(fresh)


def repository_with_root(old: Template, top: Path) -> Path:
    """Make a repository whose root has the library, as `electra-flow repository` makes it."""
    make_project(old, COMBINATIONS[0], top, "a/mi-flujo")
    name, version = old.release.name, old.release.version
    (top / "pyproject.toml").write_text(
        f'[project]\nname = "raiz"\nversion = "0"\ndependencies = ["electra-flow=={version}"]\n\n'
        f'[tool.uv.sources]\nelectra-flow = {{ path = "vendor/{name}" }}\n',
        "utf-8",
    )
    return top


@pytest.mark.parametrize("fails", [False, True])
def test_the_root_of_the_repository_comes_too(
    fails: bool,
    old: Template,
    new: Template,
    tmp_path: Path,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    top = repository_with_root(old, tmp_path / "top")
    git("init", "-q", cwd=top, env=environment)
    git("add", "-A", cwd=top, env=environment)
    git("commit", "-qm", "x", cwd=top, env=environment)
    before = (top / "pyproject.toml").read_text("utf-8")

    def lock(folder: Path) -> None:
        if fails and folder == top:
            raise CannotUpgradeError("no se puede.")

    way = way_to(new, old)
    way.lock = lock
    units = find_units(top, below=True)
    assert upgrade_all(way, units, chosen=True, root=top) == int(fails)
    after = (top / "pyproject.toml").read_text("utf-8")
    said = capsys.readouterr().out
    if fails:  # and its library stays, though no project has it
        assert after == before
        assert "La raíz quedó como estaba: no se puede." in said
        assert len(list((top / "vendor").iterdir())) == 2
        return
    assert after == before.replace(old.release.version, new.release.version)
    assert f"La raíz usa ahora la biblioteca {new.release.version}." in said
    assert [path.name for path in (top / "vendor").iterdir()] == [new.release.name]
    assert upgrade_all(way, find_units(top, below=True), chosen=True, root=top) == 0
    assert "La raíz" not in capsys.readouterr().out


@pytest.mark.skipif(not RELEASED, reason="nothing is released yet")
@pytest.mark.parametrize("release", RELEASED, ids=lambda release: release.version)
def test_from_each_release_to_the_next_and_to_the_newest(
    release: object, new: Template, tmp_path: Path
) -> None:
    templates = {
        each.version: Template(each, tmp_path / f"unpacked-{each.version}") for each in RELEASED
    }
    following = {before.version: after.version for before, after in pairwise(RELEASED)}
    old = templates[release.version]
    later = [templates[following[release.version]]] if release.version in following else []
    for to in {each.release.version: each for each in (*later, new)}.values():
        if to.release.version == old.release.version:
            continue
        had = combinations_of(old.release)
        for template in (old, to):
            template.prepare([Rendering(answers, ".") for answers in had])
        way = way_to(to, old)
        for number, answers in enumerate(had):
            folder = tmp_path / f"{to.release.version}-{number}"
            check(way, old, to, answers, folder)
