"""The checks that passed: at hand while nothing changes that they depend on, and only then."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from electra_flow.repository.check_cache import FOLDER, CheckCache
from electra_flow.repository.projects import FlowProject, find_projects
from electra_flow.repository.report import Report

PASSED = Report(
    [
        {"protocol": 1, "prefect": "3.9.1"},
        {"finding": ["bien", "Huso horario.", ""]},
        {"finding": ["aviso", "Sin tags.", ""]},
        {"deployments": ["a/a-dev"]},
        {"done": True},
    ]
)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "flujos"
    for name in ("stock", "ventas"):
        (top / name).mkdir(parents=True)
        (top / name / "deploy.py").touch()
        (top / name / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\ndependencies = ["electra-flow"]\n', encoding="utf-8"
        )
    subprocess.run(["git", "init", "--quiet"], cwd=top, check=True)
    return top


def look(top: Path, environment: str = "dev") -> tuple[CheckCache, FlowProject, FlowProject]:
    stock, ventas = find_projects(top)
    return CheckCache(top, [stock, ventas], environment), stock, ventas


def keep(top: Path, report: Report = PASSED) -> None:
    cache, stock, _ = look(top)
    cache.keep(stock, report)
    cache.save()


def at_hand(top: Path, environment: str = "dev") -> Report | None:
    cache, stock, ventas = look(top, environment)
    assert cache.find(ventas) is None
    return cache.find(stock)


def test_one_that_passed_is_at_hand_the_next_time(top: Path) -> None:
    assert at_hand(top) is None
    keep(top)
    found = at_hand(top)
    assert found is not None
    assert (found.deployments, found.reasons) == (["a/a-dev"], [])
    assert found.warnings == ["Sin tags."], "what should be known is told each time"
    assert [finding.level for finding in found.findings] == ["aviso"]


@pytest.mark.parametrize(
    "report",
    [
        Report([*PASSED.answers, {"finding": ["error", "Está mal.", ""]}]),
        Report(PASSED.answers[:-1], None),
    ],
)
def test_one_that_did_not_pass_is_never_kept(report: Report, top: Path) -> None:
    keep(top, report)
    assert at_hand(top) is None
    assert not (top / FOLDER).exists()


CHANGES: dict[str, Callable[[Path], object]] = {
    "its code": lambda top: (top / "stock/deploy.py").write_text("1", encoding="utf-8"),
    "its settings": lambda top: (top / "stock/.env").write_text("A=1", encoding="utf-8"),
    "its Python": lambda top: (
        (top / "stock/.venv").mkdir(),
        (top / "stock/.venv/pyvenv.cfg").write_text("version_info = 3.12", encoding="utf-8"),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_after_a_change_it_is_not(what: str, top: Path) -> None:
    if what == "its settings":
        (top / "stock/.gitignore").write_text(".env\n", encoding="utf-8")
    keep(top)
    CHANGES[what](top)
    assert at_hand(top) is None


def test_nor_for_another_environment(top: Path) -> None:
    keep(top)
    assert at_hand(top, "prod") is None


def test_what_is_edited_while_it_is_checked_is_not_kept(top: Path) -> None:
    cache, stock, _ = look(top)
    cache.keep(stock, PASSED)
    (top / "stock/deploy.py").write_text("1", encoding="utf-8")
    cache.save()
    assert at_hand(top) is None
    (top / "stock/deploy.py").write_text("", encoding="utf-8")
    assert at_hand(top) is None


def test_two_at_a_time_keep_what_each_found(top: Path) -> None:
    first, stock, ventas = look(top)
    second, _, _ = look(top, "prod")
    first.keep(stock, PASSED)
    second.keep(ventas, PASSED)
    first.save()
    second.save()
    assert at_hand(top) is not None
    assert look(top, "prod")[0].find(ventas) is not None


def test_its_folder_is_no_part_of_the_repository(top: Path) -> None:
    keep(top)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=top, check=True, capture_output=True, text=True
    )
    assert FOLDER not in status.stdout


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 0}', '{"version": 1, "checks": 3}'])
def test_a_file_that_is_none_of_ours_is_as_good_as_none(text: str, top: Path) -> None:
    keep(top)
    (file,) = (top / FOLDER).glob("*.json")
    file.write_text(text, encoding="utf-8")
    assert at_hand(top) is None
    keep(top)
    assert at_hand(top) is not None
    assert json.loads(file.read_text(encoding="utf-8"))["version"] == 1


def test_where_it_cannot_be_written_it_is_lost(top: Path) -> None:
    (top / FOLDER).write_text("un archivo", encoding="utf-8")
    keep(top)
    assert at_hand(top) is None
