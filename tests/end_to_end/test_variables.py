"""Prefect variables: declared, checked on the server, and loaded with their type in a run."""

from __future__ import annotations

import re
import shlex
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from end_to_end.declared import Declared
from harness import run

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Project

pytestmark = pytest.mark.real


def test_a_missing_variable_is_named_with_the_command_that_creates_it(
    declared: Declared, installed: Project
) -> None:
    project = {"variables": ["filas_por_lote"]}
    result = declared.deploy("--check", project=project)
    assert result.code == 1
    (line,) = (line for line in result.lines if line.startswith("  error"))
    text, command = line.split(" Se arregla con: ")
    assert text == "  error  Falta la variable «filas_por_lote»."
    words = shlex.split(command.removeprefix("uv run ").replace("VALOR", "500"))
    created = run(*words, cwd=declared.folder, env=installed.env | declared.server.env)
    assert created.code == 0, created.output
    lines = declared.done("--check", project=project)
    assert "  bien   Variable «filas_por_lote»: existe." in lines


def test_the_page_s_example_loads_it_with_its_type_in_a_run_or_says_what_it_found(
    declared: Declared, worker_log: Path
) -> None:
    page = files("electra_flow").joinpath("docs/variables.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(from prefect import task\n.*?)```", page, re.S)
    example = example.replace("filas_por_lote", "filas_de_prueba")
    flow = declared.folder / "src" / "ventas.py"
    text = flow.read_text("utf-8").replace(
        "return sucursal", 'return open("filas.txt", "w").write(repr(filas_de_prueba()))'
    )
    flow.write_text(f"{example}\n\n{text}", "utf-8")
    declared.pool = "pool-con-worker"
    project = {"variables": ["filas_de_prueba"]}
    body = {"name": "filas_de_prueba", "value": 500}
    variable = declared.server.api("POST", "/variables/", body)
    declared.done("--run", project=project)
    assert (declared.folder / "filas.txt").read_text("utf-8") == "500"
    declared.server.api("PATCH", f"/variables/{variable['id']}", {"value": "muchas"})
    result = declared.deploy("--run", project=project)
    assert result.code == 1
    assert "unable to parse string as an integer" in result.output
    assert "input_value='muchas'" in result.output
