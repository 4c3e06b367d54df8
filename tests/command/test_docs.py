"""The pages that the command shows."""

from __future__ import annotations

import re

import pytest

from electra_flow.command.docs import PAGES
from electra_flow.command.main import main
from harness import ROOT

NAMES = sorted(path.stem for path in PAGES.glob("*.md"))
# Pages that a project's README leaves to `electra-flow docs`: few projects ever need them.
BEYOND_ONE_MACHINE = ["contenedores", "escala", "imagenes", "varias-maquinas"]


def test_without_a_page_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs"]) == 0
    *lines, empty, last = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    assert all(len(line.split(maxsplit=1)) == 2 and "#" not in line for line in lines)
    assert (empty, last) == ("", "Cada una se muestra con: uv run electra-flow docs PÁGINA")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_shown_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", name]) == 0
    assert capsys.readouterr().out == (PAGES / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("typed", ["LOGS", "logs.md", " logs "])
def test_how_its_name_is_typed_does_not_matter(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", typed]) == 0
    assert capsys.readouterr().out.startswith("# Logs\n")


def test_on_a_terminal_it_is_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["docs", "convenciones"]) == 0
    said = capsys.readouterr().out
    assert "EF04" in said
    assert not re.search(r"^\||^```|^# ", said, re.M), "no Markdown is left"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tokn", "No hay una página «tokn». Se parecen: token.\n"),
        ("variable", "No hay una página «variable». Se parecen: variables.\n"),
        ("xyz", f"No hay una página «xyz». Las que hay: {', '.join(NAMES)}.\n"),
        ("", f"No hay una página «». Las que hay: {', '.join(NAMES)}.\n"),
        ("../docs/logs", None),
    ],
)
def test_a_page_that_is_not_there(
    typed: str, said: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", typed]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == said or said is None


def test_the_readme_of_a_project_names_every_other_page() -> None:
    readme = (ROOT / "{{cookiecutter.project_slug}}" / "README.md").read_text("utf-8")
    table = readme.partition("| página |")[2]
    named = [
        name
        for row in table.splitlines()
        for name in re.findall(r"`([\w-]+)`", row[: row.rfind(" | ")])
    ]
    assert sorted([*named, *BEYOND_ONE_MACHINE]) == NAMES
    for page in re.findall(r"electra-flow docs ([a-z-]+)", readme):
        assert page in NAMES
