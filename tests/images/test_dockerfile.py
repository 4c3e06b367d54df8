"""The library's Dockerfile: in the page as it is, and with the uv that everything here is tested with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from electra_flow.command.docs import PAGES
from electra_flow.images import context, storage
from harness import ROOT

TEXT = (Path(context.__file__).parent / "Dockerfile").read_text("utf-8")


def test_the_page_shows_it() -> None:
    assert f"```dockerfile\n{TEXT}```\n" in (PAGES / "imagenes.md").read_text("utf-8")


def test_its_uv_is_the_tools_own() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["dev"]
    assert f"uv=={re.findall(r'^ARG UV=(.+)$', TEXT, re.M)[0]}" in tools


def test_the_code_is_where_a_run_looks_for_it() -> None:
    assert re.findall(r"^COPY \S+ (\S+)$", TEXT, re.M) == [storage.TOP, storage.TOP]
