"""`run.py thin`: a whole project of 0.1.0, in a repository of its own and in one with others."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edited_project import edit, edit_machinery, texts
from harness import TOOLS, run
from migrations.answers import read_answers
from migrations.git import tracked

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated

Thin = "Callable[[Path], tuple[int, str]]"


@pytest.mark.parametrize(
    ("kind", "source", "logger"),
    [
        ("basic", "local", "consulterscommons"),
        ("basic", "github", "bundled"),
        ("monitoring", "local", "bundled"),
        ("monitoring", "github", "consulterscommons"),
        ("subflows", "local", "bundled"),
        ("subflows", "github", "consulterscommons"),
    ],
)
def test_a_project_as_generated_is_as_it_would_be_generated_now(
    kind: str, source: str, logger: str, fat: Callable[..., Path], thin: Thin,
    generate: Callable[..., Generated], tmp_path: Path,
) -> None:  # fmt: skip
    answers = {
        "flow_kind": kind,
        "source": source,
        "prefect_logger": logger,
        "project_name": "Ventas *del* día",
        "project_slug": "ventas",
        "description": 'Suma "las" ventas',
        "timezone": "America/Montevideo",
        "secrets": "clave-sql, token",
        "pool_dev": "mi pool",
    }
    folder = fat(**answers)
    code, said = thin(folder)
    assert code == 0, said
    assert "Para decidir" not in said
    (tmp_path / "nuevo").mkdir()
    new = texts(generate(tmp_path / "nuevo", server_check="skip", **answers).path)
    result = texts(folder)
    assert set(result) == set(new)
    # The behaviour of deploy.py stays, and the README is told of it. Not every answer left a trace
    # in every project, and one that did not changes nothing in it.
    changed = {name for name in new if result[name] != new[name]} - {".electra-flow.json"}
    assert changed == {"README.md", "deploy.py"}
    assert result["README.md"].count(b"\n") == new["README.md"].count(b"\n")


def test_an_edited_project_in_a_repository_with_others_keeps_what_is_its_author_s(
    fat: Callable[..., Path], thin: Thin
) -> None:
    folder = fat("equipo", edit, project_slug="ventas", pool_dev="mi pool")
    top = folder.parents[1]
    code, said = thin(folder)
    assert code == 0, said
    assert "Para decidir" not in said
    files = {name: content.decode() for name, content in texts(folder).items()}
    project = tomllib.loads(files["pyproject.toml"])
    path = project["tool"]["uv"]["sources"]["electra-flow"]["path"]
    assert (folder / path).resolve() == next((top / "vendor").iterdir())
    assert "text-unidecode>=1.3" in project["project"]["dependencies"]
    assert project["project"]["version"] == "1.4.0"
    assert "A Ana, de Ventas (interno 12)." in files["README.md"]
    assert "Los «ORA-12541» son de Softland" in files["README.md"]
    assert "- id: propio" in files[".pre-commit-config.yaml"]
    assert "--project equipo/ventas " in files[".pre-commit-config.yaml"]
    assert 'pool="mi pool"' in files["deploy.py"]
    assert "from electra_flow import PrefectLogger\n" in files["src/ventas_api.py"]
    assert "from electra_flow import PrefectLogger, run_info\n" in files["src/cierre.py"]
    assert "from electra_flow.logger import run_info\n" in files["tests/test_ventas_api.py"]
    assert not {"deployment", "conventions"} & {part.name for part in folder.iterdir()}
    for tool in (("ruff", "check", "."), ("ruff", "format", "--check", ".")):
        done = run(TOOLS / tool[0], *tool[1:], cwd=folder, env=dict(os.environ))
        assert done.code == 0, done.output
    assert thin(folder)[0] == 1  # not committed


def test_edited_machinery_is_kept_beside_and_named(fat: Callable[..., Path], thin: Thin) -> None:
    folder = fat("", edit_machinery)
    before = texts(folder)
    code, said = thin(folder)
    assert code == 0, said
    for name in ("src/prefect_logger.py", "deployment/publish.py", "tests/test_deploy.py"):
        assert (folder / f"{name}.viejo").read_bytes() == before[name]
        assert not (folder / name).exists()
        assert f"{name} está editado" in said
    for name in ("MAQUINA.md", "tests/conftest.py"):
        assert (folder / name).read_bytes() == before[name]
        assert f"{name} está editado" in said


def test_an_edited_module_of_the_report_stays_in_use(fat: Callable[..., Path], thin: Thin) -> None:
    def colours(project: Path) -> None:
        path = project / "src/report_html.py"
        path.write_text(path.read_text("utf-8") + "\nCOLOR = 1\n", "utf-8")

    folder = fat("", colours, flow_kind="monitoring")
    code, said = thin(folder)
    assert code == 0, said
    assert "src/report_html.py está editado: queda" in said
    assert "from report_html import html" in (folder / "src/mi_flujo.py").read_text("utf-8")
    assert "from electra_flow.report.data import" in (folder / "src/report_html.py").read_text(
        "utf-8"
    )
    new = {"vigilar.py", "avisar.py"}
    files = {part.name for part in (folder / "src").iterdir()}
    assert files == {"mi_flujo.py", "report_html.py"} | new


def test_a_conflict_leaves_the_author_s_file_and_writes_the_new_one_beside(
    fat: Callable[..., Path], thin: Thin
) -> None:
    def rewrite(project: Path) -> None:
        path = project / "README.md"
        text = path.read_text("utf-8").replace("## Logs", "## Registros")
        path.write_text(text, "utf-8")

    folder = fat("", rewrite)
    before = (folder / "README.md").read_bytes()
    code, said = thin(folder)
    assert code == 0, said
    assert (folder / "README.md").read_bytes() == before
    assert "electra-flow docs" in (folder / "README.md.nuevo").read_text("utf-8")
    assert "README.md.nuevo" in said


def test_the_workflow_that_was_moved_to_the_top_changes_there(
    fat: Callable[..., Path], thin: Thin
) -> None:
    def move(project: Path) -> None:
        workflows = project.parents[1] / ".github" / "workflows"
        workflows.mkdir(parents=True)
        path = project / ".github/workflows/mi-flujo.yml"
        path.rename(workflows / path.name)

    folder = fat("equipo", move)
    code, said = thin(folder)
    assert code == 0, said
    assert not any(name.startswith(".github") for name in texts(folder))
    workflow = (folder.parents[1] / ".github/workflows/mi-flujo.yml").read_text("utf-8")
    assert 'working-directory: "equipo/mi-flujo"' in workflow


def test_secrets_declared_later_do_not_make_the_rest_look_edited(
    fat: Callable[..., Path], thin: Thin
) -> None:
    def declare(project: Path) -> None:
        path = project / "deploy.py"
        path.write_text(path.read_text("utf-8").replace("secrets=[]", 'secrets=["clave"]'), "utf-8")

    code, said = thin(fat("", declare))
    assert code == 0, said
    assert "Para decidir" not in said


def test_it_is_the_same_in_windows_line_ends(fat: Callable[..., Path], thin: Thin) -> None:
    def crlf(project: Path) -> None:
        for path in (project / "deploy.py", project / "README.md"):
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    folder = fat("", crlf)
    code, said = thin(folder)
    assert code == 0, said
    assert "Para decidir" not in said
    assert b"\r" not in (folder / "deploy.py").read_bytes()


def test_the_answers_are_found_in_the_project(fat: Callable[..., Path]) -> None:
    answers = {
        "project_name": "1. *Ventas* del día_",
        "project_slug": "ventas",
        "description": "Suma «las» ventas",
        "flow_kind": "subflows",
        "source": "github",
        "github_repository": "https://git.example.com/a/b.git",
        "github_secret": "mi-token",
        "cron": "0 7 * * 1",
        "timezone": "America/Montevideo",
        "pool_dev": "uno",
        "pool_prod": "dos",
        "prefect_logger": "consulterscommons",
        "secrets": "a, b",
    }
    folder = fat("", **answers)
    assert read_answers(tracked(folder), folder.name)[0] == answers
