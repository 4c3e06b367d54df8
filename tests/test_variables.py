"""Prefect variables: declared, checked on the server, and loaded with their type in a run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from harness import run, worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Project, Server

pytestmark = pytest.mark.real


def declare(project: Project, name: str) -> None:
    project.edit("deploy.py", "variables=[]", f'variables=["{name}"]')


def test_a_missing_variable_is_named_with_the_command_that_creates_it(
    project: Callable[..., Project], server: Server
) -> None:
    project = project(pool_dev=server.make_pool("pool-con-variables"))
    project.env = project.env | server.env
    declare(project, "filas_por_lote")
    result = project.deploy("--check")
    assert result.code == 1
    (line,) = (line for line in result.lines if line.startswith("  error"))
    text, command = line.split(" Se arregla con: ")
    assert text == "  error  Falta la variable «filas_por_lote»."
    created = run(
        *shlex.split(command.removeprefix("uv run ").replace("VALOR", "500")),
        cwd=project.path,
        env=project.env,
    )
    assert created.code == 0, created.output
    result = project.deploy("--check")
    assert result.code == 0, result.output
    assert "  bien   Variable «filas_por_lote»: existe." in result.lines


def test_a_name_that_prefect_does_not_take_is_refused(project: Callable[..., Project]) -> None:
    project = project()
    declare(project, "Límite de filas")
    output = project.deploy("--check").output
    assert "  error  «Límite de filas» no sirve como variable: solo minúsculas" in output


def test_a_variable_that_the_code_reads_has_to_be_declared(project: Callable[..., Project]) -> None:
    """By the project's own tests."""
    project = project()
    project.edit(
        "src/mi_flujo.py",
        '    logger.info("Preparando',
        '    Variable[int].get("filas_por_lote")\n    logger.info("Preparando',
    )
    test = "tests/test_deploy.py::test_las_variables_que_el_codigo_lee_estan_declaradas"
    result = project.run("-m", "pytest", "-q", test)
    assert result.code == 1 and "filas_por_lote" in result.output
    declare(project, "filas_por_lote")
    assert project.run("-m", "pytest", "-q", test).code == 0


def test_the_readme_s_example_loads_it_with_its_type_in_a_run_or_says_what_it_found(
    project: Callable[..., Project], server: Server, installed: Project, tmp_path: Path
) -> None:
    project = project(project_slug="con-variable", pool_dev="pool-de-variables")
    project.env = project.env | server.env
    readme = (project.path / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(from prefect import task\n.*?)```", readme, re.S)
    example = example.replace("filas_por_lote", "filas_de_prueba")
    (project.path / "src" / "lote.py").write_text(example, "utf-8")
    project.edit(
        "src/con_variable.py", "from run_info", "from lote import filas_de_prueba\nfrom run_info"
    )
    project.edit(
        "src/con_variable.py",
        "    return largo\n",
        '    logger.info("Son %r filas", filas_de_prueba())\n    return largo\n',
    )
    declare(project, "filas_de_prueba")
    variable = server.api("POST", "/variables/", {"name": "filas_de_prueba", "value": 500})
    with worker(installed, server, "pool-de-variables", tmp_path):
        result = project.deploy("--run")
        assert result.code == 0, result.output
        log = project.path / "src" / "logs" / "con_variable.log"
        assert "Son 500 filas" in log.read_text("utf-8")
        server.api("PATCH", f"/variables/{variable['id']}", {"value": "muchas"})
        result = project.deploy("--run")
    assert result.code == 1
    assert "unable to parse string as an integer" in result.output
    assert "input_value='muchas'" in result.output
