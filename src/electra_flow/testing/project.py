"""The tests that hold for every project: `from electra_flow.testing.project import *` in its tests.

They are about the project in whose tests folder that line stands. Their names and what they say are
Spanish: they are read by the project's author.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from electra_flow.conventions.source import UNKNOWN, Source, argument

__all__ = [
    "test_al_importar_no_se_carga_nada_de_prefect",
    "test_cada_flujo_se_importa_como_en_un_worker_y_tiene_los_parametros_declarados",
    "test_el_codigo_cumple_las_convenciones",
    "test_las_variables_que_el_codigo_lee_estan_declaradas",
    "test_lo_que_se_importa_esta_en_las_dependencias",
    "test_lo_que_declara_deploy_py_cumple_las_convenciones",
    "test_los_secretos_que_el_codigo_carga_estan_declarados",
]


def test_lo_que_declara_deploy_py_cumple_las_convenciones(request: pytest.FixtureRequest) -> None:
    from electra_flow.checks.declared import check_declared

    findings = check_declared(_deploy().PROJECT, _deploy().deployments(), _folder(request))
    _nothing(finding for finding in findings if finding.level != "bien")


def test_cada_flujo_se_importa_como_en_un_worker_y_tiene_los_parametros_declarados(
    request: pytest.FixtureRequest,
) -> None:
    from electra_flow.testing.plugin import begin_import

    flows = begin_import(request.config, _folder(request))
    findings = flows.check(_deploy().PROJECT, _deploy().deployments())
    _nothing(finding for finding in findings if finding.level != "bien")


def test_los_secretos_que_el_codigo_carga_estan_declarados(request: pytest.FixtureRequest) -> None:
    loaded = _names_in_code(_folder(request), r"prefect\..*\bSecret\.a?load")
    assert loaded - set(_deploy().PROJECT.secrets) == set(), "faltan en secrets, en deploy.py"


def test_las_variables_que_el_codigo_lee_estan_declaradas(request: pytest.FixtureRequest) -> None:
    read = _names_in_code(_folder(request), r"prefect\..*\bVariable\.a?get")
    assert read - set(_deploy().PROJECT.variables) == set(), "faltan en variables, en deploy.py"


def test_lo_que_se_importa_esta_en_las_dependencias(request: pytest.FixtureRequest) -> None:
    from electra_flow.checks.toml_file import parse
    from electra_flow.testing.imports import undeclared_imports

    folder = _folder(request)
    pyproject = parse((folder / "pyproject.toml").read_text("utf-8"), "pyproject.toml")
    _nothing(undeclared_imports(_files(folder), folder, pyproject))


def test_el_codigo_cumple_las_convenciones(request: pytest.FixtureRequest) -> None:
    from electra_flow.conventions.check import check

    _nothing(check(_folder(request)))


def test_al_importar_no_se_carga_nada_de_prefect(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also not relative to the working directory, which is an empty one."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    folder = _folder(request)
    files = list(_files(folder))
    asked = _refuse_requests(monkeypatch)
    _forget_modules(files, monkeypatch)
    monkeypatch.chdir(tmp_path)
    # Without an address, Prefect would start a temporary server before it asks for anything.
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        for file in files:
            try:
                _import(file, folder, monkeypatch)
            except Exception as error:
                problem = f"{_place(error, folder)}: {_reason(error)}"
            else:
                problem = ""
            if problem:  # outside of `except`, or pytest shows where the error came from, too
                pytest.fail(problem, pytrace=False)
            name = file.relative_to(folder).as_posix()
            assert asked == [], f"{name} carga algo al importarse, aunque el error no se vio"


def _nothing(findings: Iterable[object]) -> None:
    """Fail with all that was found, a line each: pytest would cut a list of it."""
    if lines := [str(finding) for finding in findings]:
        pytest.fail("\n".join(["", *lines]), pytrace=False)


def _folder(request: pytest.FixtureRequest) -> Path:
    """Return the project of the test: the nearest folder with a deploy.py."""
    for folder in request.path.parents:
        if (folder / "deploy.py").is_file():
            return folder
    pytest.fail(f"No hay un deploy.py en ninguna carpeta de {request.path.parent} para arriba.")


def _deploy() -> Any:
    return importlib.import_module("deploy")


def _files(folder: Path) -> Iterator[Path]:
    """Give the files that a run or a deployment imports."""
    yield folder / "deploy.py"
    flows = {item.entrypoint.rpartition(":")[0] for item in _deploy().deployments()}
    yield from sorted({*Path(folder, "src").rglob("*.py"), *(folder / file for file in flows)})


def _names_in_code(folder: Path, function: str) -> set[str]:
    """Return the names that the code gives to what matches the whole name of a function."""
    names = set()
    for file in _files(folder):
        source = Source(file.name, file.read_text("utf-8-sig"))
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                source.add_import(node)  # one in a function, too
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and re.fullmatch(function, source.name(node.func)):
                given = source.text(argument(node, 0, "name"))
                names |= {given} if given and UNKNOWN not in given else set()
    return names


def _place(error: Exception, folder: Path) -> str:
    """Return the last line of the project that an error went through."""
    frames = [
        f"{Path(frame.filename).relative_to(folder).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(folder) and ".venv" not in frame.filename
    ]
    return frames[-1] if frames else folder.name


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error}: al importar se abre una ruta relativa, que en el worker es otra."
    return f"{error}" if type(error) is RuntimeError else f"{type(error).__name__}: {error}"


def _refuse_requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Prefect ask its server for nothing; return what was tried."""
    from prefect.client.orchestration import PrefectClient, SyncPrefectClient

    asked: list[str] = []

    def refuse(client: object, *_arguments: Any, **_options: Any) -> None:
        asked.append(type(client).__name__)
        raise RuntimeError(
            "Un secreto, un bloque o una variable se carga al importar: llevalo adentro del "
            "flujo o de la tarea que lo usa."
        )

    for client in (PrefectClient, SyncPrefectClient):
        monkeypatch.setattr(client, "__init__", refuse)
    return asked


def _forget_modules(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the project's modules be imported anew, and be again what they were afterwards."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file) in files:
            monkeypatch.delitem(sys.modules, name)


def _import(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import a file under the name that a run gives it, or else under one of its own."""
    top = folder / "src" if file.is_relative_to(folder / "src") else file.parent
    if str(top) not in sys.path:  # of a flow in another folder, Prefect adds it too
        monkeypatch.syspath_prepend(top)
    parts = file.relative_to(top).with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    name = ".".join(parts)
    if name and all(part.isidentifier() for part in parts):
        importlib.import_module(name)
        return
    spec = importlib.util.spec_from_file_location(f"prueba_{file.stem}", file)
    assert spec and spec.loader
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
