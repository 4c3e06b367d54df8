"""The installed version hands over to the code of the one to come; both sides are frozen."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from electra_flow.command.main import main
from electra_flow.upgrading.handover import Request, hand_over, read_request
from harness import TOOLS, copy_template
from upgrading.versions import COMBINATIONS, make_project, release_of

if TYPE_CHECKING:
    from pathlib import Path

    from electra_flow.upgrading.template import Template


def test_the_code_of_the_version_to_come_runs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = copy_template(tmp_path / "template")
    main_module = copy / "src" / "electra_flow" / "upgrading" / "__main__.py"
    main_module.write_text("import sys; print(open(sys.argv[1]).read()); sys.exit(7)\n", "utf-8")
    (tmp_path / "json.py").write_text("raise SystemExit(9)", "utf-8")  # what stands there is not it
    release = release_of(copy)
    assert hand_over(release, tmp_path, below=True, check=False, chosen=True) == 7
    told = json.loads(capfd.readouterr().out)
    assert told.pop("wheel").endswith(release.name)
    assert told == {"folder": str(tmp_path), "below": True, "check": False, "chosen": True}


def test_what_an_earlier_version_does_not_say_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "request").write_text('{"wheel": "w", "folder": "f"}', "ascii")
    wanted = Request(wheel="w", folder="f", below=False, check=False, chosen=True)
    assert read_request(tmp_path / "request") == wanted


def test_check_says_how_far_behind_each_project_is_and_changes_nothing(
    old: Template, new: Template, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    for name, template in (("a", old), ("b", new), ("c", old)):
        make_project(template, COMBINATIONS[0], tmp_path, f"{name}/mi-flujo")
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert main(["upgrade", str(tmp_path), "--check"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        f"a/mi-flujo  0.1.9 → {new.release.order}",
        f"b/mi-flujo  al día ({new.release.version})",
        f"c/mi-flujo  0.1.9 → {new.release.order}",
    ]
    (tmp_path / "c" / "mi-flujo" / ".electra-flow.json").unlink()
    assert main(["upgrade", str(tmp_path), "--check"]) == 1
    assert "c/mi-flujo  no tiene .electra-flow.json" in capfd.readouterr().out
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [
        path for path in before if path.parts[-3:] != ("c", "mi-flujo", ".electra-flow.json")
    ]


def test_without_a_newer_one_it_says_how_another_is_named(
    new: Template,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")  # where uv is
    monkeypatch.chdir(make_project(new, COMBINATIONS[0], tmp_path / "mi-flujo", "."))
    assert main(["upgrade"]) == 0
    first, second = capfd.readouterr().out.splitlines()
    assert first == f"mi-flujo: ya está en {new.release.version}."
    assert second.startswith("No hay una más nueva en vendor/. Otra se nombra con --to")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Acá no hay un proyecto"),
        (["."], "no hay ningún proyecto de flujos"),
        (["no-existe"], "No está la carpeta no-existe"),
    ],
)
def test_where_there_is_no_project(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["upgrade", *words]) == 1
    assert said in capfd.readouterr().err
