"""The files of versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newest.versions import Package, differing, frozen, good_file, read, up_to, write

VERSIONS = {
    Package("tools", "click"): "8.5.1",
    Package("project", "prefect"): "3.9.1",
    Package("project", "click"): "8.2.0",
}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "good.txt", VERSIONS, lowest=True)
    assert read(tmp_path / "good.txt") == VERSIONS
    assert "newest --lowest`" in (tmp_path / "good.txt").read_text("utf-8")


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert read(tmp_path / "good.txt") == {}


def test_what_is_of_no_index_has_no_version() -> None:
    said = "a==1\nelectra-flow @ file:///x/electra_flow-0.2.0-py3-none-any.whl\n-e /y\n"
    assert frozen("project", said) == {Package("project", "a"): "1"}


def test_only_what_is_there_in_another_version_differs() -> None:
    now = VERSIONS | {Package("project", "prefect"): "4.0", Package("project", "new"): "1"}
    del now[Package("tools", "click")]
    assert differing(now, VERSIONS) == [Package("project", "prefect")]


def test_a_package_is_held_in_its_own_environment() -> None:
    assert up_to("project", VERSIONS) == ["click<=8.2.0", "prefect<=3.9.1"]
    assert up_to("tools", VERSIONS) == ["click<=8.5.1"]


@pytest.mark.parametrize("lowest", [False, True])
def test_ours_have_both_environments_and_nothing_but_names_and_versions(lowest: bool) -> None:
    """No address of a registry, above all."""
    file = good_file(lowest)
    lines = file.read_text("utf-8").splitlines()
    line = r"#.*|\[(tools|project)\]|[a-z0-9-]+==[\w.]+|"
    assert [each for each in lines if not re.fullmatch(line, each)] == []
    known = read(file)
    for package in (("tools", "uv"), ("project", "prefect"), ("project", "pre-commit")):
        assert Package(*package) in known
