"""A wheel renders what cookiecutter and the hook generate, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cookiecutter.main import cookiecutter

from electra_flow.generation.monorepo import settle
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.template import Rendering, Template
from harness import ROOT, git
from upgrading.versions import COMBINATIONS, INSIDE, make_project, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated

HOSTILE = {
    "project_name": 'Año «nuevo» & <b> *y* "comillas" 😀',
    "description": "Dice: 'hola' \\ # [x] {y}",
    "cron": "*/15 8-18 * * 1-5",
    "timezone": "America/Montevideo",
    "pool_dev": "equipo uno dev",
    "secrets": "clave-sql, token-api",
}


@pytest.mark.parametrize(
    "answers", [*COMBINATIONS, HOSTILE], ids=lambda given: "-".join(given.values())[:40]
)
def test_it_is_what_cookiecutter_generates(
    answers: dict[str, str], new: Template, tmp_path: Path
) -> None:
    """In this process and without the hook, of which there are two below."""
    config = tmp_path / "config.yaml"
    config.write_text(f"replay_dir: {tmp_path / 'replay'}\n", "utf-8")
    answers = answers | {"project_slug": "mi-flujo"}
    for place in (".", INSIDE):
        above = (tmp_path / "generated" / place).parent
        cookiecutter(
            str(ROOT),
            no_input=True,
            accept_hooks=False,
            config_file=str(config),
            extra_context=answers,
            output_dir=str(above if place != "." else tmp_path / "alone"),
        )
        generated = tmp_path / "alone" / "mi-flujo"
        if place != ".":
            generated = above / "mi-flujo"
            settle(str(generated), str(tmp_path / "generated"))
        rendered = new.render(Rendering(answers, place))
        assert {name: text.encode() for name, text in rendered.items()} == tree(generated)


@pytest.mark.parametrize("place", [".", INSIDE])
def test_it_is_what_the_hook_leaves(
    place: str,
    new: Template,
    tmp_path: Path,
    generate: Callable[..., Generated],
    environment: dict[str, str],
) -> None:
    top = tmp_path / "top"
    folder = top if place == "." else (top / place).parent
    folder.mkdir(parents=True)
    if place != ".":
        git("init", "-q", cwd=top, env=environment)
    done = generate(folder, server_check="skip", **HOSTILE, project_slug="mi-flujo")
    assert done.code == 0, done.output
    make_project(new, HOSTILE | {"project_slug": "mi-flujo"}, tmp_path / "own", place)
    assert tree(tmp_path / "own") == tree(done.path if place == "." else top)


def test_an_answer_that_is_refused_is_said_in_one_line(new: Template) -> None:
    with pytest.raises(CannotUpgradeError) as problem:
        new.render(Rendering({"flow_kind": "otro"}, "."))
    assert "«otro» no es una de las opciones" in str(problem.value)
    assert len(str(problem.value).splitlines()) == 1


def test_what_is_not_asked_for_is_ignored_and_what_is_not_answered_has_its_default(
    new: Template,
) -> None:
    default = new.render(Rendering({}, "."))
    assert new.render(Rendering({"una_de_antes": "x"}, ".")) == default
    assert '"project_slug": "mi-flujo"' in default[".electra-flow.json"]


def test_a_refused_project_does_not_keep_the_others_from_being_rendered(new: Template) -> None:
    wrong = Rendering({"cron": "x"}, ".")
    right = [Rendering({"project_name": name}, ".") for name in ("Uno", "Dos")]
    new.prepare([right[0], wrong, right[1]])
    titles = [new.render(each)["README.md"].splitlines()[0] for each in right]
    assert titles == ["# Uno", "# Dos"]
