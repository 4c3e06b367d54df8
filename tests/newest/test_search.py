"""Finding what breaks a step: with a user who only says so, and once with a package that does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newest.failure import StepError
from newest.search import Search, UnexplainedError
from newest.user import DEPENDENCIES, User
from newest.versions import Package, Versions

NAMES = [f"package-{number}" for number in range(16)]
GOOD = {Package("project", name): "1" for name in NAMES}
UV = Package("tools", "uv")


class Pretended:
    """A user who has the version 2 of everything, and a step that fails as it is told to."""

    def __init__(self, *broken: tuple[str, ...], step: str = "tests") -> None:
        self.broken, self.step, self.trials = broken, step, 0

    def versions(self) -> Versions:
        return dict.fromkeys(GOOD, "2")

    def again(self, held: Versions, last: str | None) -> None:
        """Fail where all of a group of packages are as they are."""
        self.trials += 1
        assert last in (None, self.step)
        for group in self.broken:
            if not {one.name for one in held} & set(group):
                raise StepError(self.step, f"Error: {group[0]}")


def search(user: Any, good: Versions = GOOD) -> tuple[Search, list[str]]:
    said: list[str] = []
    return Search(user, good, said.append), said


def test_a_step_that_works_is_done_once() -> None:
    user = Pretended()
    ours, _ = search(user)
    ours.step("basic", "tests", user.again)
    assert user.trials == 1 and ours.found == []


def test_it_names_the_package_its_version_the_good_one_and_why() -> None:
    user = Pretended(("package-11",))
    ours, _ = search(user)
    ours.step("basic", "tests", user.again)
    assert ours.found == [
        "basic: «tests» fails with package-11 2 (last good: package-11 1): Error: package-11"
    ]


def test_it_goes_on_with_that_one_held_and_finds_the_others() -> None:
    user = Pretended(("package-3",), ("package-7", "package-12"))
    ours, _ = search(user)
    ours.step("basic", "tests", user.again)
    first, second = ours.found
    assert "with package-3 2 (last good: package-3 1)" in first
    assert "with package-12 2 and package-7 2 (last good: package-12 1, package-7 1)" in second


def test_what_fails_with_the_good_ones_as_well_is_no_dependency() -> None:
    user = Pretended(("none-of-them",))
    ours, _ = search(user)
    with pytest.raises(UnexplainedError, match=r"^basic: «tests» fails, and no dependency .*"):
        ours.step("basic", "tests", user.again)
    assert user.trials == 3


def test_where_nothing_differs_no_version_is_tried() -> None:
    user = Pretended(("package-1",))
    ours, _ = search(user, dict.fromkeys(GOOD, "2"))
    with pytest.raises(UnexplainedError):
        ours.step("basic", "tests", user.again)
    assert user.trials == 2


def test_what_fails_once_and_not_again_is_said_and_is_no_failure() -> None:
    user, times = Pretended(), iter([True, False])

    def again(held: Versions, last: str | None) -> None:
        if next(times):
            raise StepError("tests", "Error: busy")

    ours, said = search(user)
    ours.step("basic", "tests", again)
    assert ours.found == []
    assert "basic: «tests» failed once, and not again: Error: busy" in said


def test_a_trial_that_fails_at_another_step_does_not_count() -> None:
    """An old one with a new one may break something else."""
    user = Pretended(("package-5",))

    def again(held: Versions, last: str | None) -> None:
        names = {one.name for one in held}
        if "package-6" in names and "package-5" not in names:
            raise StepError("server", "Error: of its own")
        user.again(held, last)

    ours, _ = search(user)
    ours.step("basic", "tests", again)
    assert "with package-5 2 and package-6 2 (" in ours.found[0]


def test_where_nothing_could_be_installed_all_that_is_known_is_suspected() -> None:
    user = Pretended(("uv",), step=DEPENDENCIES)
    user.versions = dict  # type: ignore[method-assign]
    ours, _ = search(user, GOOD | {UV: "1"})
    ours.step("basic", DEPENDENCIES, user.again)
    assert "«dependencies» fails with uv (last good: uv 1)" in ours.found[0]


@pytest.mark.real
def test_a_package_that_broke_another_is_found(tmp_path: Path) -> None:
    """Flask 2.2.2 takes any Werkzeug from 2.2.2, and cannot be imported with 3."""
    user = User(tmp_path, lowest=False, overrides=[])
    user.project.path.mkdir()
    user.declare(
        '[project]\nname = "mi-flujo"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["flask==2.2.2"]\n[tool.uv]\npackage = false\n'
    )
    good = {"itsdangerous": "2.1.2", "werkzeug": "2.3.8"}

    def again(held: Versions, _: str | None) -> None:
        user.install(held)
        user.do("tests", "uv", "run", "--frozen", "python", "-c", "import flask")

    ours, said = search(user, {Package("project", name): good[name] for name in good})
    ours.step("flask", "tests", again)
    (found,) = ours.found
    assert "«tests» fails with werkzeug 3" in found, said
    assert "(last good: werkzeug 2.3.8): ImportError: cannot import name 'url_quote'" in found
