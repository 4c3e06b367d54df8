"""Under cruft, which cannot carry a wheel, the library is the template's own Git address."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from harness import TOOLS, copy_template, git, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def template(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A Git repository with the template."""
    folder = copy_template(tmp_path / "template")
    git("init", "-q", cwd=folder, env=environment)
    commit(folder, environment)
    return folder


def commit(folder: Path, environment: dict[str, str]) -> str:
    git("add", "-A", cwd=folder, env=environment)
    git("commit", "-qm", "x", cwd=folder, env=environment)
    return git("rev-parse", "HEAD", cwd=folder, env=environment).lines[0]


def requirement(project: Path) -> str:
    config = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert "sources" not in config["tool"]["uv"]
    (needed,) = (r for r in config["project"]["dependencies"] if r.startswith("electra-flow"))
    return needed


@pytest.mark.real
def test_an_update_is_clean_and_moves_the_library(
    template: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """cruft renders into temporary folders; a repository there makes its updates apply nothing."""
    head = git("rev-parse", "HEAD", cwd=template, env=environment).lines[0]
    cruft = TOOLS / "cruft"
    created = run(cruft, "create", template, "--no-input", cwd=tmp_path, env=environment)
    assert created.code == 0, created.output
    project = tmp_path / "mi-flujo"
    assert not (project / ".git").exists() and not (project / "vendor").exists()
    assert requirement(project) == f"electra-flow @ git+{template.as_uri()}@{head}"
    git("init", "-q", cwd=project, env=environment)
    commit(project, environment)

    # What the author does (`uv add pandas`), and then the template.
    pyproject = project / "pyproject.toml"
    text = re.sub(
        r"^(dependencies = \[\n.*?)^\]",
        r'\1    "pandas>=2",\n]',
        pyproject.read_text("utf-8"),
        flags=re.S | re.M,
    )
    pyproject.write_text(text, "utf-8")
    commit(project, environment)
    readme = template / "{{cookiecutter.project_slug}}" / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nUna línea nueva.\n", "utf-8")
    head = commit(template, environment)

    updated = run(cruft, "update", "--skip-apply-ask", cwd=project, env=environment)
    assert updated.code == 0, updated.output
    assert "Una línea nueva." in (project / "README.md").read_text("utf-8")
    assert requirement(project) == f"electra-flow @ git+{template.as_uri()}@{head}"
    assert '"pandas>=2"' in pyproject.read_text("utf-8")
    assert list(project.rglob("*.rej")) == []
    assert run(cruft, "check", cwd=project, env=environment).code == 0
    assert "UU" not in git("status", "--short", cwd=project, env=environment).output
