"""Versions of the template, and projects as each of them makes them, without cookiecutter."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from electra_flow.generation.pyproject import name_wheel
from electra_flow.generation.vendor import put
from electra_flow.generation.wheel import PROJECT, QUESTIONS, TEMPLATE, Wheel, read_project
from electra_flow.upgrading.release import Release, read_release
from electra_flow.upgrading.template import Rendering, Template
from harness import ROOT, copy_template

COMBINATIONS = [
    {"flow_kind": kind, "source": source, "prefect_logger": logger}
    for kind, source, logger in product(
        ("basic", "subflows", "distributed", "monitoring"),
        ("local", "github"),
        ("bundled", "consulterscommons"),
    )
]
INSIDE = "flujos/de Ana/mi-flujo"


def release_of(template: Path) -> Release:
    """Return the version that a template's folder is."""
    wheel = Wheel(str(template), read_project(str(template)))
    return read_release(wheel.name, wheel.content)


def questions_of(release: Release) -> dict[str, Any]:
    """Return the questions of a version, as its cookiecutter.json has them."""
    with zipfile.ZipFile(io.BytesIO(release.content)) as wheel:
        inner = zipfile.ZipFile(io.BytesIO(wheel.read(TEMPLATE)))
    found: dict[str, Any] = json.loads(inner.read(QUESTIONS))
    return found


def combinations_of(release: Release) -> list[dict[str, str]]:
    """Return the combinations that a version had: a kind may be younger."""
    kinds = questions_of(release)["__prompts__"]["flow_kind"]
    return [answers for answers in COMBINATIONS if f"]{answers['flow_kind']}[" in kinds]


def older_template(folder: Path) -> Path:
    """Return a template before a change of each sort, of which this working tree is the result."""
    template = copy_template(folder)
    project = template / PROJECT
    for name, now, before in (
        ("README.md", "## Empezar\n", "## Empezar\n\nEsto decía antes.\n"),
        (".pre-commit-config.yaml", "      - id: uv-lock\n", "      - id: candado\n"),
        ("deploy.py", '"""Los despliegues; cada programación', '"""Todos; cada programación'),
        ("pyproject.toml", '"ruff>=0.14",', '"ruff>=0.13",\n    "viejo-paquete",'),
    ):
        text = (project / name).read_text("utf-8")
        assert now in text, (name, now)
        (project / name).write_text(text.replace(now, before, 1), "utf-8")
    (project / ".editorconfig").unlink()  # a file that is new
    (project / "VIEJO.md").write_text("De {{ cookiecutter.project_name }}\n", "utf-8")
    pyproject = template / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    version = read_project(str(template))["version"]
    pyproject.write_text(text.replace(f'version = "{version}"', 'version = "0.1.9"', 1), "utf-8")
    return template


def make_project(template: Template, answers: Mapping[str, str], top: Path, place: str) -> Path:
    """Make a project as cookiecutter and the hook do; return its folder."""
    folder = top / place
    files = template.render(Rendering(answers, place))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    release = template.release
    put(release, str(top))
    path = os.path.relpath(top / "vendor" / release.name, folder)
    name_wheel(str(folder), release.version, path.replace(os.sep, "/"))
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, by path; Git's own and the lock aside."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", "uv.lock", "__pycache__"} & set(path.parts)
    }


def nothing(*_: object) -> None:
    """Lock nothing, and test nothing."""


SECOND = '''"""Otro flujo."""

from prefect import flow


@flow(name="cierre", description="Cierra")
def cierre() -> None:
    """Cierra."""
'''
ANOTHER = """        Deployment(
            entrypoint="src/cierre.py:cierre",
            name="cierre",
            description="Cierra",
            schedules=[Cron("0 20 * * *")],
            tags=["cierre"],
        ),
"""


def edit_as_an_author(project: Path) -> None:
    """Do what authors do: another flow, dependency, paragraph and schedule; beside what is ours."""
    (project / "src" / "cierre.py").write_text(SECOND, "utf-8", newline="\n")
    edit(project, "README.md", lambda text: f"{text}\n## Lo del equipo\n\nPreguntar a Ana.\n")
    edit(project, "README.md", lambda text: text.replace("\n\n", "\n\nOtra cosa.\n\n", 1))
    edit(project, "pyproject.toml", lambda text: re.sub(
        r'^(    "electra-flow.*\n)', r'\1    "pandas>=2",  # para los totales\n', text, flags=re.M
    ))  # fmt: skip
    edit(project, "deploy.py", lambda text: re.sub(
        r'(Cron\(|"diario": )"[^"]*"', r'\1"5 6 * * 1-5"', text, count=1
    ))  # fmt: skip
    edit(project, "deploy.py", lambda text: re.sub(
        r"(?<=^        \),\n)(?=    \]$)", ANOTHER, text, flags=re.M
    ) if "PERIODS" not in text else text.replace("rounds, alerts]", f"rounds, alerts,\n{ANOTHER}    ]")
    )  # fmt: skip


def edit(project: Path, name: str, change: Callable[[str], str]) -> None:
    """Change a file, which has to come out another."""
    text = (project / name).read_text("utf-8")
    assert change(text) != text, name
    (project / name).write_text(change(text), "utf-8")


def released() -> list[Release]:
    """Return the versions of `releases/`, the oldest first."""
    paths = (ROOT / "releases").glob("*.whl")
    found = [read_release(path.name, path.read_bytes()) for path in paths]
    return sorted(found, key=lambda release: release.order)
