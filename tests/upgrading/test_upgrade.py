"""From each version to the next and to the newest: without edits, a fresh render; with edits, no loss."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.repository.root import make_root
from electra_flow.upgrading.__main__ import upgrade_all
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.root import move_root
from electra_flow.upgrading.template import Rendering, Template
from electra_flow.upgrading.unit import find_units
from electra_flow.upgrading.upgrade import Upgrade
from harness import git
from upgrading.versions import (
    COMBINATIONS,
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


def test_the_root_of_a_repository_comes_along(
    old: Template, new: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    # In a folder that has another name than the project.
    project = make_project(old, COMBINATIONS[0], tmp_path, "flujos/renombrado")
    monkeypatch.setenv("UV", "no-hay-uv")  # its lock is not looked at here
    make_root(project)
    at_first = (tmp_path / "pyproject.toml").read_text("utf-8")
    assert old.release.name in at_first
    way = way_to(new, old)
    release, vendor = new.release, tmp_path / "vendor"
    assert move_root(tmp_path, vendor, release, refuse).startswith("La raíz quedó como estaba: no")
    assert (tmp_path / "pyproject.toml").read_text("utf-8") == at_first
    said = f"La raíz: ahora con {release.version}."
    assert move_root(tmp_path, vendor, release, way.lock) == said
    moved = (tmp_path / "pyproject.toml").read_text("utf-8")
    assert moved == at_first.replace(old.release.version, release.version)
    assert move_root(tmp_path, vendor, release, refuse) == "", "it is there"
    assert move_root(tmp_path, vendor, old.release, refuse) == "", "it is later"
    (tmp_path / "pyproject.toml").write_text(f"# De Ana.\n{at_first}", "utf-8")
    assert move_root(tmp_path, vendor, release, refuse) == "", "it is not ours"


def refuse(_folder: Path) -> None:
    raise CannotUpgradeError("no se puede.")


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
        for template in (old, to):
            template.prepare([Rendering(answers, ".") for answers in COMBINATIONS])
        way = way_to(to, old)
        for number, answers in enumerate(COMBINATIONS):
            folder = tmp_path / f"{to.release.version}-{number}"
            check(way, old, to, answers, folder)
