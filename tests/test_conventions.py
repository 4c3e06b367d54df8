"""The conventions of a generated project: what is caught, what is not, and by which tool.

`tests/conventions/*.md` hold the examples, one file for each rule. A line of an example that ends
with `# <- EF01` is where that finding has to be; everywhere else there must be none, of ruff's
rules for the conventions or of the checker's. `tests/samples/` are flows as the team writes them.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness import ROOT, TOOLS, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, Project

EXAMPLES = ROOT / "tests" / "conventions"
SAMPLES = ROOT / "tests" / "samples"
# The rules of ruff that say a convention.
OF_RUFF = re.compile(r"T20\d|TID251|S10[567]|DTZ\d+")
EXPECTED = re.compile(r"\s*# <- ((?:[A-Z]+\d+ ?)+)$")


class Example(NamedTuple):
    """Some files, and the findings that they have to give."""

    name: str
    caught: bool
    github: bool
    files: dict[str, str]
    expected: set[tuple[str, int, str]]


def read_examples() -> Iterator[Example]:
    for path in sorted(EXAMPLES.glob("*.md")):
        _, *sections = re.split(r"^## ", path.read_text("utf-8"), flags=re.M)
        for section in sections:
            kind, *examples = re.split(r"^### ", section, flags=re.M)
            for text in examples:
                title, _, body = text.partition("\n")
                name = f"{path.stem}: {kind.strip().lower()}: {title.removesuffix(' (github)')}"
                files, expected = {}, set()
                for file, code in re.findall(r"^```\w+ ?(\S*)\n(.*?)^```", body, re.M | re.S):
                    file = file or "src/ejemplo.py"
                    lines = code.splitlines()
                    for number, line in enumerate(lines, 1):
                        if match := EXPECTED.search(line):
                            expected |= {(file, number, rule) for rule in match[1].split()}
                            lines[number - 1] = line[: match.start()]
                    files[file] = "\n".join(lines) + "\n"
                github = title.endswith("(github)")
                yield Example(name, kind.startswith("Caught"), github, files, expected)


ALL = list(read_examples())


@pytest.fixture(scope="session")
def plain(
    tmp_path_factory: pytest.TempPathFactory, generate: Callable[..., Generated]
) -> Generated:
    """A generated project, to take the checker and the settings from."""
    return generate(tmp_path_factory.mktemp("plain"), server_check="skip")


@pytest.fixture(scope="session")
def check(plain: Generated) -> Callable[[Path], list]:
    """The checker of a generated project; `test_the_command…` runs it as its users do."""
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(plain.path))
    try:
        return importlib.import_module("conventions.check").check
    finally:
        sys.path.remove(str(plain.path))
        sys.dont_write_bytecode = writes


@pytest.fixture(scope="session")
def folders(plain: Generated, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All the examples, each in a project of its own with the generated settings."""
    top = tmp_path_factory.mktemp("examples")
    settings = (plain.path / "pyproject.toml").read_text("utf-8")
    folders = {}
    for number, example in enumerate(ALL):
        folder = folders[example.name] = top / str(number)
        source = "github" if example.github else "local"
        project = re.sub(r'^source = ".*"', f'source = "{source}"', settings, flags=re.M)
        for file, text in {"pyproject.toml": project, **example.files}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, "utf-8")
    return folders


@pytest.fixture(scope="session")
def of_ruff(folders: dict[str, Path]) -> dict[Path, set[tuple[int, str]]]:
    """What ruff finds in all the examples, at once: line and rule, by file."""
    top = next(iter(folders.values())).parent
    return ruff_findings(top)


def ruff_findings(folder: Path) -> dict[Path, set[tuple[int, str]]]:
    command = (TOOLS / "ruff", "check", "--no-cache", "--output-format", "json", folder)
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=folder)
    found: dict[Path, set[tuple[int, str]]] = {}
    for item in json.loads(done.stdout):
        if OF_RUFF.fullmatch(item["code"] or ""):
            place = found.setdefault(type(folder)(item["filename"]), set())
            place.add((item["location"]["row"], item["code"]))
    return found


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_example(
    example: Example,
    folders: dict[str, Path],
    of_ruff: dict[Path, set[tuple[int, str]]],
    check: Callable[[Path], list],
) -> None:
    folder = folders[example.name]
    assert bool(example.expected) == example.caught, "the example is in the wrong section"
    found = {(item.path, item.line, item.code) for item in check(folder)}
    for file in example.files:
        found |= {(file, *item) for item in of_ruff.get(folder / file, ())}
    assert found == example.expected


@pytest.mark.parametrize("number", range(11))
def test_each_rule_has_evasions_and_as_many_honest_examples(number: int) -> None:
    of_rule = [example for example in ALL if example.name.startswith(f"{number:02}-")]
    caught = sum(example.caught for example in of_rule)
    assert caught >= 6
    assert len(of_rule) - caught >= caught


def test_names_of_examples_are_unique() -> None:
    assert len({example.name for example in ALL}) == len(ALL)
