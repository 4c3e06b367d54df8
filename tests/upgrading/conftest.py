"""Two versions, unpacked once: this working tree, and one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from electra_flow.upgrading.template import Rendering, Template
from harness import ROOT
from upgrading.versions import COMBINATIONS, older_template, release_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def new(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """This working tree."""
    return rendered(Template(release_of(ROOT), tmp_path_factory.mktemp("new")))


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A version before it."""
    folder: Path = tmp_path_factory.mktemp("old")
    return rendered(Template(release_of(older_template(folder / "template")), folder))


def rendered(template: Template) -> Template:
    """Render what the tests will ask for, in one process."""
    template.prepare([Rendering(answers, ".") for answers in COMBINATIONS])
    return template
