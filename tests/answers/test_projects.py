"""Projects of odd answers work, in every tool that reads them."""

from __future__ import annotations

import ast
import email
import json
import re
from typing import TYPE_CHECKING

import pytest

from electra_answers.slugs import kind_problem, taken_by
from harness import TOOLS, installed_for, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from answers.outcomes import Outcome
    from harness import Generated, Project

HOSTILE_PROJECTS = {
    "titles": {
        "project_name": 'Ventas "del" día \\ 🚀 {x} #1 \'ñ\' """ <b> & *x*',
        "description": '"""\\ %s $HOME `id` {x} \\',
    },
    "a slug": {"project_slug": "a" * 40},
    "names of the flow's file": {"project_slug": "logger"},
    "secrets": {"secrets": ", ".join(["a", "un--doble", "x" * 70])},
    "pools": {"pool_dev": "pool de prueba ñ", "pool_prod": "Producción 0.0.0.0"},
    "a schedule": {"cron": ",".join(map(str, range(0, 60))) + " * * * *", "timezone": "Asia/Tokyo"},
}


@pytest.mark.real
@pytest.mark.parametrize("case", HOSTILE_PROJECTS)
def test_a_project_of_odd_answers_passes_its_own_tests(
    tmp_path: Path, generate: Callable[..., Generated], installed: Project, case: str
) -> None:
    generated = generate(tmp_path, **HOSTILE_PROJECTS[case])
    assert generated.code == 0, generated.output
    (path,) = (path for path in tmp_path.iterdir() if path.is_dir())
    result = run(installed.python, "-m", "pytest", "-q", cwd=path, env=installed.env)
    assert result.code == 0, result.output


def test_the_built_metadata_tells_the_description(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    description = HOSTILE_PROJECTS["titles"]["description"]
    path = generate(tmp_path, description=description).path
    build = "from setuptools.build_meta import *; print(prepare_metadata_for_build_wheel('out'))"
    (path / "out").mkdir()
    built = run(TOOLS / "python", "-c", build, cwd=path, env=environment)
    assert built.code == 0, built.output
    (metadata,) = (path / "out").glob("*/METADATA")
    assert email.message_from_string(metadata.read_text("utf-8"))["Summary"] == description


@pytest.mark.parametrize("kind", ["basic", "subflows", "distributed", "monitoring"])
@pytest.mark.parametrize("logger", ["bundled", "consulterscommons"])
def test_what_a_project_calls_its_own_is_refused_as_a_slug(
    answer: Callable[..., Outcome], kind: str, logger: str
) -> None:
    """Its modules and folders, and what stands at the top of the flow's file beside the flow."""
    path = answer(flow_kind=kind, prefect_logger=logger, secrets="a").path
    own = {file.stem for file in path.rglob("*.py")} | {"src", "tests"}
    for node in ast.parse((path / "src" / "mi_flujo.py").read_text("utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            own |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Assign):
            own |= {ast.unparse(target) for target in node.targets}
    slugs = {name for name in own if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)}
    free = {
        name for name in slugs if not (taken_by(name) or kind_problem(kind, {"project_slug": name}))
    }
    assert free == {"mi_flujo"}


@pytest.mark.real
@pytest.mark.parametrize("kind", ["basic", "distributed"])
def test_every_module_that_a_project_installs_is_refused_as_a_slug(
    request: pytest.FixtureRequest, kind: str
) -> None:
    installed: Project = request.getfixturevalue(installed_for(kind))
    code = (
        "import importlib.metadata as m, json, sys; "
        "print(json.dumps([n for n in m.packages_distributions() if n not in sys.stdlib_module_names]))"
    )
    names = json.loads(installed.run("-c", code).output)
    free = [name for name in names if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)]
    taken = {name for name in free if taken_by(name) or kind_problem(kind, {"project_slug": name})}
    assert set(free) - taken == set()
