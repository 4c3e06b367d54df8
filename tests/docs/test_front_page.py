"""The front page: short, in both languages, with pictures that are there and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import ROOT

READMES = ("README.md", "README.es.md")
PICTURES = ROOT / "docs" / "pictures"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
PAGES = (*READMES, "docs/README.md", "docs/decisions/README.md", "examples/README.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str) -> list[tuple[str, str]]:
    """Return the code blocks of a page: language and text."""
    return re.findall(r"^```(\w*)\n(.*?)^```", text_of(name), re.M | re.S)


def anchors(path: Path) -> set[str]:
    """Return what a link can name in a page: its headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_both_say_the_same() -> None:
    """The commands, the links, the pictures and the tables, in the same order."""
    english, spanish = (text_of(name) for name in READMES)
    assert blocks("README.md") == blocks("README.es.md")
    assert [text for _, text in blocks("README.md")][:2] == [
        "uvx cookiecutter gh:org/electra-flow-template\n",
        "uv run electra-flow dev\n",
    ]
    others = [
        [target for _, _, target in LINK.findall(text) if target not in READMES]
        for text in (english, spanish)
    ]
    assert others[0] == others[1]
    shapes = [re.findall(r"^(#+|\||\d\.)", text, re.M) for text in (english, spanish)]
    assert shapes[0] == shapes[1], "headings, rows and steps"
    named = [
        re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))
        for text in (english, spanish)
    ]
    local = {"uv run electra-flow docs PAGE": "uv run electra-flow docs PÁGINA"}
    local |= {"key=value": "clave=valor", "thin FOLDER": "thin CARPETA"}
    assert sorted(local.get(name, name) for name in named[0]) == sorted(named[1])


@pytest.mark.parametrize("name", READMES)
def test_it_is_short_and_begins_with_what_it_is_and_a_picture(name: str) -> None:
    text = text_of(name)
    assert len(text.splitlines()) < 150
    title, other, says, picture, *_ = text.split("\n\n")
    assert title.startswith("# ") and other.startswith("*[")
    assert len(re.findall(r"[.](?= |$)", " ".join(says.split()))) == 2, "two sentences"
    assert picture.startswith("![")


@pytest.mark.parametrize("name", PAGES)
def test_its_links_lead_somewhere(name: str) -> None:
    here = ROOT / name
    found = LINK.findall(re.sub(r"(?ms)^```.*?^```", "", text_of(name)))
    assert found
    for picture, words, target in found:
        assert words.strip(), f"{target}: said to who does not see it"
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (here.parent / path).resolve() if path else here
        assert there.is_relative_to(ROOT) and there.exists(), target
        assert not anchor or anchor in anchors(there), target
        assert bool(picture) == (there.parent == PICTURES), target


def test_the_pictures_are_those_of_the_readmes_and_small() -> None:
    shown = {
        target for name in READMES for picture, _, target in LINK.findall(text_of(name)) if picture
    }
    kept = {path.relative_to(ROOT).as_posix(): path for path in PICTURES.iterdir()}
    assert shown == set(kept)
    assert {
        name: path.stat().st_size for name, path in kept.items() if path.stat().st_size > 150_000
    } == {}


def test_the_drawn_session_is_the_two_commands_and_of_no_machine() -> None:
    svg = (PICTURES / "two-commands.svg").read_text("utf-8")
    shown = re.sub(r"<[^>]+>", "", svg).replace("&#160;", " ")
    for _, command in blocks("README.md")[:2]:
        assert command.strip() in shown
    assert "Ctrl-C" in shown and "terminó bien" in shown
    assert not re.search(r"https?://(?!127\.0\.0\.1|www\.w3\.org)", svg), "nothing from elsewhere"
    assert set(re.findall(r"(?<![\w.:/])/(\w+)/", shown)) <= {"srv", "usr"}


def test_both_describe_every_question() -> None:
    questions = set(re.findall(r'^  "([a-z]\w+)":', text_of("cookiecutter.json"), re.M))
    assert len(questions) == 14
    for name in READMES:
        assert {question for question in questions if f"`{question}`" not in text_of(name)} == set()


def test_every_page_of_the_authors_is_in_the_list() -> None:
    listed = re.findall(r"\]\(\.\./src/electra_flow/docs/(.+?)\)", text_of("docs/README.md"))
    assert sorted(listed) == sorted(
        path.name for path in (ROOT / "src/electra_flow/docs").glob("*.md")
    )


def test_the_commands_of_run_py_are_there() -> None:
    said = text_of("run.py").split('"""')[1]
    for name in READMES:
        table = text_of(name).partition("| `python3 run.py")[2]
        cells = "".join(re.findall(r"^\| `.*? \|", table, re.M))
        named = re.findall(r"`(\w+)", cells)
        assert named and [word for word in named if f"run.py {word}" not in said] == []
