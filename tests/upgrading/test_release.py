"""A release is made once, when the changelogs have it; and never again with another content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness import ROOT, copy_template
from releases.make import CannotReleaseError, make

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template that can be released as 7.0.0."""
    copy = copy_template(tmp_path / "template")
    pyproject = copy / "pyproject.toml"
    text = re.sub(r'^version = ".*"', 'version = "7.0.0"', pyproject.read_text("utf-8"), flags=re.M)
    pyproject.write_text(text, "utf-8")
    for name in ("CHANGELOG.md", "src/electra_flow/docs/novedades.md"):
        (copy / name).write_text(f"# X\n\n## 7.0.0\n\n{(ROOT / name).read_text('utf-8')}", "utf-8")
    return copy


def test_it_is_made_once(template: Path, tmp_path: Path) -> None:
    path = make(template, tmp_path / "releases")
    assert path.name.startswith("electra_flow-7.0.0+s")
    assert make(template, tmp_path / "releases") == path


@pytest.mark.parametrize("version", ["7.0.0", "6.9.9"])
def test_another_content_needs_a_version_above(
    version: str, template: Path, tmp_path: Path
) -> None:
    make(template, tmp_path / "releases")
    pyproject = template / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").replace("7.0.0", version), "utf-8")
    (template / "src" / "electra_flow" / "otro.py").touch()
    with pytest.raises(CannotReleaseError, match=r"7\.0\.0 is released"):
        make(template, tmp_path / "releases")
    assert len(list((tmp_path / "releases").iterdir())) == 1


@pytest.mark.parametrize("name", ["CHANGELOG.md", "src/electra_flow/docs/novedades.md"])
def test_the_changelogs_have_to_have_it(name: str, template: Path, tmp_path: Path) -> None:
    text = (template / name).read_text("utf-8")
    (template / name).write_text(text.replace("## 7.0.0", "## 7.0.0 (unreleased)"), "utf-8")
    with pytest.raises(CannotReleaseError, match=f"{name} has no heading"):
        make(template, tmp_path / "releases")
    assert not (tmp_path / "releases").exists()
