"""The records of decisions: one each, short, and in the list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import ROOT

FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(set(FOLDER.glob("*.md")) - {FOLDER / "README.md"})


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_says_one_decision_at_its_head_and_is_short(record: Path) -> None:
    text = record.read_text("utf-8")
    assert re.match(r"# .+\n\n\*\*Decision\.\*\* ", text)
    assert text.count("**Decision") == 1
    assert "\n## " in text, "why, what was tried"
    assert len(text.splitlines()) <= 80
    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (FOLDER / name).exists(), name


def test_the_list_has_each_of_them_once() -> None:
    listed = re.findall(r"\]\((.+?)\)", (FOLDER / "README.md").read_text("utf-8"))
    assert sorted(listed) == [record.name for record in RECORDS]
