"""The changelogs: the maintainers' and the authors' are of the same versions, and sections are found."""

from __future__ import annotations

import re
import tomllib

import pytest

from electra_flow.upgrading.news import PAGE, news
from harness import ROOT

TEXT = (
    "# N\n\nIntro.\n\n## 0.10.0\n\nDiez.\n\n## 0.9.0\n\nNueve.\n\n### Detalle\n\n## 0.2.0\n\nDos.\n"
)


def headings(text: str) -> list[str]:
    return re.findall(r"^## (\d\S*)", text, re.M)


def test_both_name_the_same_versions_the_newest_first() -> None:
    changelog = headings((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert headings(PAGE.read_text("utf-8")) == changelog
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert changelog[0] == project["version"]


@pytest.mark.parametrize(
    ("after", "until", "titles"),
    [
        ("0.2.0", "0.10.0", ["0.10.0", "0.9.0"]),
        ("0.2.0+sabc", "0.9.0+sdef", ["0.9.0"]),
        ("0.9.0", "0.9.0+sdef", []),
        ("0.1.0", "0.2.0", ["0.2.0"]),
    ],
)
def test_the_sections_between_two_versions(after: str, until: str, titles: list[str]) -> None:
    found = news(TEXT, after, until)
    assert headings(found) == titles
    assert "Intro" not in found
    assert ("### Detalle" in found) == ("0.9.0" in titles)
