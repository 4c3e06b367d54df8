"""What goes with the tasks to a cluster that does not have it, and what does not."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cloudpickle
import pytest
from prefect.utilities.importtools import load_script_as_module

from electra_flow.distributed.late_imports import late_imports
from electra_flow.distributed.own_code import OwnCode

FILES = {
    "consultas_de_prueba.py": "from cuentas_de_prueba.dobles import doble\n\ndef f(n):\n    return doble(n)\n",
    "cuentas_de_prueba/__init__.py": "",
    "cuentas_de_prueba/dobles.py": "FACTOR = 2\n\ndef doble(n):\n    return FACTOR * n\n",
    "sin_init_de_prueba/otra.py": "def g():\n    return 4711\n",
}
ELSEWHERE = """
import pickle, sys
for line in sys.stdin.read().split():
    print(pickle.loads(bytes.fromhex(line))(21))
"""


@pytest.fixture
def own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnCode]:
    """The modules of a project, imported."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("consultas_de_prueba", "sin_init_de_prueba.otra"):
        importlib.import_module(name)
    own_code = OwnCode()
    yield own_code
    own_code.forget()
    for name in [name for name in sys.modules if "_de_prueba" in name]:
        del sys.modules[name]


def elsewhere(*pickled: bytes) -> subprocess.CompletedProcess[str]:
    """Call functions in a process that has the environment, and not the project."""
    command = [sys.executable, "-c", ELSEWHERE]
    given = "\n".join(text.hex() for text in pickled)
    return subprocess.run(command, input=given, capture_output=True, encoding="utf-8", cwd="/")


def test_a_project_s_modules_go_by_value_as_they_are_at_that_moment(own_code: OwnCode) -> None:
    own_code.register()
    module = sys.modules["consultas_de_prueba"]
    then = cloudpickle.dumps(module.f)
    sys.modules["cuentas_de_prueba.dobles"].FACTOR = 3  # type: ignore[attr-defined]
    done = elsewhere(then, cloudpickle.dumps(module.f))
    assert done.stdout.split() == ["42", "63"], done.stderr


def test_without_it_they_are_not_found(own_code: OwnCode) -> None:
    done = elsewhere(cloudpickle.dumps(sys.modules["consultas_de_prueba"].f))
    assert "No module named 'consultas_de_prueba'" in done.stderr


def test_what_is_installed_and_the_library_do_not_go(own_code: OwnCode) -> None:
    own_code.register()
    registered = cloudpickle.list_registry_pickle_by_value()
    own = {name for name in registered if "_de_prueba" in name}
    assert own == {
        "consultas_de_prueba",
        "cuentas_de_prueba",
        "cuentas_de_prueba.dobles",
        "sin_init_de_prueba",
        "sin_init_de_prueba.otra",
    }
    tops = {name.partition(".")[0] for name in registered}
    assert not tops & {"electra_flow", "prefect", "dask", "json", "pytest", "__main__"}
    own_code.forget()
    assert not cloudpickle.list_registry_pickle_by_value()


def test_on_this_machine_only_what_has_no_name_goes(tmp_path: Path) -> None:
    """A flow's file that is called as a module that was imported before."""
    file = tmp_path / "shutil.py"
    file.write_text("def f(n):\n    return 2 * g(n)\n\ndef g(n):\n    return n\n", "utf-8")
    module = load_script_as_module(str(file))
    assert module.__name__.startswith("__prefect_loader_")
    assert "No module named '__prefect_loader_" in elsewhere(cloudpickle.dumps(module.f)).stderr
    loaded = {name for name in sys.modules if name.startswith("__prefect_loader_")}
    own_code = OwnCode(found_by_name=True)
    try:
        own_code.register()
        assert cloudpickle.list_registry_pickle_by_value() == loaded, "other tests load some, too"
        done = elsewhere(cloudpickle.dumps(module.f))
    finally:
        own_code.forget()
        del sys.modules[module.__name__]
    assert done.stdout.split() == ["42"], done.stderr


def test_what_is_imported_later_goes_too(own_code: OwnCode, tmp_path: Path) -> None:
    own_code.register()
    assert own_code.register() == []
    (tmp_path / "tardia_de_prueba.py").write_text("", "utf-8")
    importlib.import_module("tardia_de_prueba")
    assert own_code.register() == [tmp_path / "tardia_de_prueba.py"]


def test_imports_in_functions_are_found_where_they_are_of_the_project(
    own_code: OwnCode, tmp_path: Path
) -> None:
    file = tmp_path / "flujo.py"
    file.write_text(
        "import consultas_de_prueba\n"
        "def f():\n"
        "    import json\n"
        "    from cuentas_de_prueba import dobles\n"
        "    import prefect.flows, no_hay\n"
        "    async def g():\n"
        "        from . import otra\n",
        "utf-8",
    )
    found = list(late_imports([file, tmp_path / "no hay.py"]))
    assert found == [f"{tmp_path.name}/flujo.py:4", f"{tmp_path.name}/flujo.py:7"]
