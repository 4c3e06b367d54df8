"""The shortcuts past Jinja give what Jinja gives, for every file and every choice."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment, StrictUndefined

from answers.outcomes import DEFAULTS
from electra_answers.library import library, library_source
from electra_answers.quoting import markdown, names, python, quoted, shell
from electra_answers.shortcuts import fill, shorten
from electra_answers.slugs import module, slug
from harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
FILES = [path for path in sorted(TEMPLATE.rglob("*")) if path.is_file()]
FILTERS = {
    "library": library, "library_source": library_source, "markdown": markdown, "module": module,
    "names": names, "python": python, "quoted": quoted, "shell": shell, "slug": slug,
}  # fmt: skip
GITHUB = {"github_repository": "https://host/a/b", "github_secret": "token"}
CHOICES = {
    "flow_kind": ["basic", "subflows", "distributed", "monitoring"],
    "source": ["local", "github"],
    "prefect_logger": ["bundled", "consulterscommons"],
    "secrets": ["", "a", "a, " + "b" * 30],
    "cron": ["* * * * *", ",".join(map(str, range(40))) + " * * * *"],
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TEMPLATE)))
def test_each_file_comes_out_as_jinja_renders_it(path: Path) -> None:
    source = path.read_text("utf-8")
    jinja = Environment(keep_trailing_newline=True, undefined=StrictUndefined)
    jinja.filters.update(FILTERS)
    own = {"project_slug": "mi-flujo", "__module": "mi_flujo", "__library": "", "_repo_dir": "x"}
    own |= GITHUB
    whole = jinja.from_string(source)
    for values in itertools.product(*CHOICES.values()):
        answers = DEFAULTS | own | dict(zip(CHOICES, values, strict=True))
        short = shorten(source, answers)
        text = fill(short, answers, FILTERS)
        if text is None:
            text = jinja.from_string(short).render(cookiecutter=answers)
        assert text == whole.render(cookiecutter=answers)


def test_the_default_project_needs_no_jinja() -> None:
    """What this file is for: compiling it took 14 of 270 ms."""
    own = {"project_slug": "mi-flujo", "__module": "mi_flujo", "_repo_dir": "x"}
    answers = DEFAULTS | GITHUB | own | {"source": "local", "prefect_logger": "bundled"}
    for path in FILES:
        if "flow_kind" not in path.name or "'basic'" in path.name:
            assert fill(shorten(path.read_text("utf-8"), answers), answers, FILTERS), path.name


def test_an_answer_is_never_taken_for_a_template() -> None:
    answers = {"a": "{", "b": "{ x }}", "c": "{% raw %}", "d": "{{ cookiecutter.a }}"}
    source = "{{ cookiecutter.a }}{{cookiecutter.b}} {{- cookiecutter.c -}} {{ cookiecutter.d }}"
    assert fill(source, answers, {}) == "{{ x }}{% raw %}{{ cookiecutter.a }}"


@pytest.mark.parametrize(
    "source",
    ["{{ cookiecutter.other }}", "{{ cookiecutter.a | upper }}", "{{ a }}", "{# a #}", "{{"],
)
def test_what_is_not_known_is_left_to_jinja(source: str) -> None:
    assert fill(f"{source} {{{{ cookiecutter.a }}}}", {"a": "1"}, {}) is None
