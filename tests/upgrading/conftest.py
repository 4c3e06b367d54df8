"""Two versions, unpacked once: this working tree, and one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from electra_flow.upgrading.template import Template
from harness import ROOT
from upgrading.versions import older_template, release_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def new(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """This working tree."""
    return Template(release_of(ROOT), tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A version before it."""
    folder: Path = tmp_path_factory.mktemp("old")
    return Template(release_of(older_template(folder / "template")), folder)
