"""Where the library comes from: `__library`, cruft's commit, or the wheel that the hook makes."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from answers.outcomes import assert_refused
from electra_answers.library import library, library_problem, library_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated

WITH_COOKIECUTTER = {"_repo_dir": "x", "flow_kind": "basic", "__library": ""}
WITH_CRUFT = {"flow_kind": "basic", "__library": "", "_commit": "c" * 40}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("electra-flow", "electra-flow"),
        ("electra-flow>=1,<2", "electra-flow>=1,<2"),
        ("electra_flow[report] ~= 1.0", "electra-flow[report]~= 1.0"),
        ("Electra.Flow==0.2.0+s0123456789", "electra-flow==0.2.0+s0123456789"),
        (
            "electra-flow @ git+https://github.com/org/electra.git@v1",
            "electra-flow @ git+https://github.com/org/electra.git@v1",
        ),
        ("electra-flow@git+ssh://git@host/a", "electra-flow @ git+ssh://git@host/a"),
        (
            "electra-flow @ https://host/a.whl#sha256=0",
            "electra-flow @ https://host/a.whl#sha256=0",
        ),
        ("electra-flow @ file:///srv/a.whl", "electra-flow @ file:///srv/a.whl"),
    ],
)
def test_a_requirement_of_ours_is_taken(given: str, written: str) -> None:
    assert library_problem(given, {}) is None
    answers = WITH_COOKIECUTTER | {"__library": given}
    assert library(answers) == f'"{written}"'
    assert library_source(answers) == ""


@pytest.mark.parametrize(
    "given",
    [
        "requests", "electra", "electra-flowers", "electra-flow>", "electra-flow>=1 <2", " electra-flow",
        "electra-flow>=1,", 'electra-flow>="1"', "electra-flow; extra", "electra-flow @", "-e .",
        "electra-flow @ ../x", "electra-flow @ git+https://a b", "electra-flow @ http://host/a.whl",
        "electra-flow @ git+https://token@github.com/a/b", "electra-flow[a]b", "electra-flow\\",
        "electra-flow @ git+ssh://git:clave@host/a", "electra-flow @ git+https://u:p@host/a",
    ],
)  # fmt: skip
def test_what_is_none_is_refused(given: str) -> None:
    assert library_problem(given, {})


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("", "electra-flow[report]==@ELECTRA_FLOW_VERSION@"),
        ("electra-flow>=1", "electra-flow[report]>=1"),
        ("electra-flow[otro]>=1", "electra-flow[otro,report]>=1"),
        ("electra-flow[report]>=1", "electra-flow[report]>=1"),
    ],
)
def test_the_report_has_its_extra(given: str, written: str) -> None:
    answers = WITH_COOKIECUTTER | {"flow_kind": "monitoring", "__library": given}
    assert library(answers) == f'"{written}"'


def test_dask_has_its_extra() -> None:
    assert '"electra-flow[dask]==' in library(WITH_COOKIECUTTER | {"flow_kind": "distributed"})


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("https://github.com/org/t", "https://github.com/org/t"),
        ("https://x-access-token:secreto@github.com/org/t.git", "https://github.com/org/t.git"),
        ("git@github.com:org/t.git", "ssh://git@github.com/org/t.git"),
        ("ssh://git@github.com/org/t.git", "ssh://git@github.com/org/t.git"),
        ("file:///srv/t", "file:///srv/t"),
        ("/srv/la ñ/../t", "file:///srv/t"),
        ("/srv/a@b #1", "file:///srv/a%40b%20%231"),
        ("D:\\plantillas\\t", "file:///D:/plantillas/t"),
    ],
)
def test_under_cruft_it_is_the_template_at_its_commit(template: str, address: str) -> None:
    answers = WITH_CRUFT | {"_template": template}
    assert library(answers) == f'"electra-flow @ git+{address}@{"c" * 40}"'
    assert library_source(answers) == ""


def test_with_it_no_wheel_is_made(tmp_path: Path, generate: Callable[..., Generated]) -> None:
    generated = generate(tmp_path, __library="electra-flow>=1,<2")
    config = tomllib.loads((generated.path / "pyproject.toml").read_text("utf-8"))
    assert "electra-flow>=1,<2" in config["project"]["dependencies"]
    assert "sources" not in config["tool"]["uv"]
    assert not (generated.path / "vendor").exists()


def test_a_team_sets_it_once_in_cookiecutter_s_configuration(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    config = 'default_context:\n  __library: "electra-flow>=1,<2"\n'
    (tmp_path / ".cookiecutterrc").write_text(config, "utf-8")
    generated = generate(tmp_path, env={"HOME": str(tmp_path)})
    assert '"electra-flow>=1,<2",' in (generated.path / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "given", ["requests", "a\nb", "{{ 7*7 }}", "{{ cookiecutter | check }}", '"', {"a": "b"}]
)
def test_a_wrong_one_is_refused_like_an_answer(answer: Callable[..., Any], given: Any) -> None:
    assert_refused(answer(__library=given), "__library")
