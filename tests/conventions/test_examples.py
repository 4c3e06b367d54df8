"""What the conventions find in code, and what they do not: `examples/*.md`, one file for each rule.

A line of an example that ends with `# <- EF04` is where that finding has to be; everywhere else there
must be none. `tests/samples/` are twenty flows as the team writes them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from electra_flow.conventions import check as module
from electra_flow.conventions.check import check
from electra_flow.conventions.finding import Finding
from electra_flow.conventions.of_ruff import Ruff
from harness import ROOT

EXAMPLES = Path(__file__).with_name("examples")
SAMPLES = ROOT / "tests" / "samples"
EXPECTED = re.compile(r"\s*# <- ((?:[A-Z]+\d+ ?)+)$")
# What makes a project one that runs from Git.
FROM_GIT = """from electra_flow import GitSource

CODIGO = GitSource(__file__, url="https://git.example/flujos.git", credentials_block="token")
"""


class Example(NamedTuple):
    """Some files, and the findings that they have to give."""

    name: str
    caught: bool
    files: dict[str, str]
    expected: set[tuple[str, int, str]]


def read_examples() -> Iterator[Example]:
    for path in sorted(EXAMPLES.glob("*.md")):
        _, *sections = re.split(r"^## ", path.read_text("utf-8"), flags=re.M)
        for section in sections:
            kind, *examples = re.split(r"^### ", section, flags=re.M)
            for text in examples:
                title, _, body = text.partition("\n")
                name = f"{path.stem}: {kind.strip().lower()}: {title}"
                files = {"deploy.py": FROM_GIT} if title.endswith("(github)") else {}
                expected = set()
                for file, code in re.findall(r"^```\w+ ?(\S*)\n(.*?)^```", body, re.M | re.S):
                    file = file or "src/ejemplo.py"
                    lines = code.splitlines()
                    for number, line in enumerate(lines, 1):
                        if match := EXPECTED.search(line):
                            expected |= {(file, number, rule) for rule in match[1].split()}
                            lines[number - 1] = line[: match.start()]
                    files[file] = "\n".join(lines) + "\n"
                yield Example(name, kind.startswith("Caught"), files, expected)


ALL = list(read_examples())


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each example in a project of its own."""
    top = tmp_path_factory.mktemp("examples")
    folders = {}
    for number, example in enumerate(ALL):
        folder = folders[example.name] = top / str(number)
        for file, text in example.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, "utf-8")
    return folders


@pytest.fixture(scope="module")
def of_ruff(folders: dict[str, Path]) -> dict[str, list[Finding]]:
    """What ruff says of all examples, in one run: starting it takes longer than all the rest."""
    found: dict[str, list[Finding]] = {folder.name: [] for folder in folders.values()}
    top = next(iter(folders.values())).parent
    for item in Ruff(top).findings("America/Argentina/Buenos_Aires"):
        number, _, path = item.path.partition("/")
        own = Finding(path, item.line, item.column, item.rule, item.text, item.lines)
        found[number].append(own)
    return found


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_example(
    example: Example,
    folders: dict[str, Path],
    of_ruff: dict[str, list[Finding]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Done:
        def __init__(self, folder: Path) -> None:
            self.found = of_ruff[folder.name]

        def findings(self, _timezone: str) -> list[Finding]:
            return self.found

    monkeypatch.setattr(module, "Ruff", Done)
    assert bool(example.expected) == example.caught, "the example is in the wrong section"
    found = {(item.path, item.line, item.code) for item in check(folders[example.name])}
    assert found == example.expected


@pytest.mark.parametrize("name", sorted({example.name.split(":")[0] for example in ALL}))
def test_each_rule_has_mistakes_and_honest_examples(name: str) -> None:
    own = [example.caught for example in ALL if example.name.startswith(f"{name}:")]
    assert own.count(True) >= 4 and own.count(False) >= 4


def test_names_of_examples_are_unique() -> None:
    assert len({example.name for example in ALL}) == len(ALL)


@pytest.mark.parametrize("source", ["local", "github"])
def test_nothing_is_found_in_the_twenty_sample_flows(source: str, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES, tmp_path / "src")
    (tmp_path / "deploy.py").write_text(FROM_GIT if source == "github" else "\n", "utf-8")
    assert len(list(SAMPLES.glob("*.py"))) == 20
    assert [str(item) for item in check(tmp_path)] == []
