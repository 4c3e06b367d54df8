"""`electra-flow upgrade` of a repository with uv and Git: one edited, one whose tests do not pass."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from electra_flow.generation.wheel import PROJECT
from electra_flow.upgrading.template import Template
from harness import ROOT, SYSTEM_PATH, TOOLS, UV, git, run
from upgrading.versions import (
    edit,
    edit_as_an_author,
    make_project,
    older_template,
    release_of,
    tree,
)

if TYPE_CHECKING:
    from harness import Result

pytestmark = pytest.mark.real
BROKEN = '"""Una prueba que no pasa."""\n\n\ndef test_de_ana():\n    assert 1 + 1 == 3\n'


@pytest.fixture
def top(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A repository of projects of an older version, all committed."""
    template = older_template(tmp_path / "template")
    pyproject = template / PROJECT / "pyproject.toml"  # what it names is in no index
    text = pyproject.read_text("utf-8").replace('\n    "viejo-paquete",', "")
    pyproject.write_text(text, "utf-8")
    old = Template(release_of(template), tmp_path)
    top = tmp_path / "repo"
    top.mkdir()
    git("init", "-q", cwd=top, env=environment)
    for name in ("editado", "roto"):
        make_project(old, {"project_slug": name, "project_name": name}, top, f"flujos/{name}")
    edit_as_an_author(top / "flujos" / "editado")
    no_pandas = "pyproject.toml"  # 60 MB
    edit(top / "flujos" / "editado", no_pandas, lambda text: text.replace("pandas>=2", "humanize"))
    (top / "flujos" / "roto" / "tests" / "test_ana.py").write_text(BROKEN, "utf-8")
    git("add", "-A", cwd=top, env=environment)
    git("commit", "-qm", "x", cwd=top, env=environment)
    return top


def electra_flow(top: Path, environment: dict[str, str], *words: str | Path) -> Result:
    env = environment | {"PATH": f"{TOOLS}{os.pathsep}{SYSTEM_PATH}"}
    command = (TOOLS / "python", "-m", "electra_flow.command.main")
    return run(*command, "upgrade", *words, cwd=top, env=env)


def test_all_are_upgraded_but_one_that_stays_as_it_was(
    top: Path, environment: dict[str, str]
) -> None:
    new, broken = release_of(ROOT), top / "flujos" / "roto"
    before = tree(broken)
    done = electra_flow(top, environment, ".", "--to", ROOT)
    assert done.code == 1, done.output
    assert done.lines[:4] == [
        f"flujos/editado: de 0.1.9 a {new.order}.",
        "  Cambiaron: .pre-commit-config.yaml, README.md, deploy.py, pyproject.toml.",
        "  Nuevos: .editorconfig.",
        "  Ya no están: VIEJO.md.",
    ]
    (failed,) = (line for line in done.lines if line.startswith("flujos/roto: "))
    assert "quedó como estaba: sus pruebas no pasan." in failed
    assert "test_ana.py::test_de_ana" in failed
    assert f"## {new.order}" in done.lines
    assert "1 de 2 actualizados; 1 quedaron como estaban." in done.lines

    assert tree(broken) == before
    assert git("status", "--short", "flujos/roto", cwd=top, env=environment).output == ""
    assert not (broken / "uv.lock").exists() and not (broken / ".venv").exists()
    # The broken one needs the old library still.
    assert len(list((top / "vendor").iterdir())) == 2
    project = top / "flujos" / "editado"
    assert not (project / ".venv").exists()
    checked = run(UV, "lock", "--check", cwd=project, env=environment)
    assert checked.code == 0, checked.output
    assert f'version = "{new.version}"' in (project / "uv.lock").read_text("utf-8")
