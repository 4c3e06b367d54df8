"""The flows of a project, imported as a worker imports them, and the parameters declared for them.

All flows that end well or badly are imported in one go, which takes as long as Prefect does.
"""

from __future__ import annotations

import runpy
from contextlib import closing
from pathlib import Path

import pytest

from electra_flow.checks import flow_import
from electra_flow.checks.finding import Finding
from electra_flow.checks.flow_import import FlowImport, ImportedFlow

pytestmark = pytest.mark.real

DEPLOY = """\
import sys
from datetime import UTC, date, datetime, time

from electra_flow import Cron, Deployment, Environment, LocalFolder, Project, RRule, main

PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={{"dev": Environment(pool="pool-dev", source=LocalFolder(__file__))}},
    private_libraries={{"consulterscommons": "uv run electra-flow docs logs"}},
)


def deployments():
    return [
        {}
    ]


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, print, usage=__doc__))
"""
FLOW = "from prefect import flow\n{}\n\n@flow\ndef {}({}):\n    pass\n"


def make_project(folder: Path, flows: dict[str, str], deployments: dict[str, str]) -> Path:
    """Write a project: its flows by file, its deployments by name, and return its deploy.py."""
    (folder / "src").mkdir()
    for file, text in flows.items():
        (folder / "src" / f"{file}.py").write_text(text, "utf-8")
    lines = [
        f'Deployment(entrypoint="src/{given.partition(", ")[0]}", name="{name}", description="x"'
        f"{given.partition(':')[2].partition(', ')[2] and ', ' + given.partition(', ')[2]}),"
        for name, given in deployments.items()
    ]
    (folder / "deploy.py").write_text(DEPLOY.format("\n        ".join(lines)), "utf-8")
    return folder / "deploy.py"


def look(script: Path, **env: str) -> tuple[list[Finding], dict[str, ImportedFlow]]:
    declared = runpy.run_path(str(script), run_name="deploy")
    with closing(FlowImport(script, script.parent, env)) as imported:
        findings = list(imported.check(declared["PROJECT"], declared["deployments"]()))
        return findings, imported.flows


# --- Flows that can be imported, or not ---------------------------------------------------------

FINE = {
    "plain": FLOW.format("", "plain", 'nombre: str = "mundo"'),
    "of_its_folder": FLOW.format("import plain", "of_its_folder", ""),
    "of_the_root": FLOW.format("import src.plain", "of_the_root", ""),
    "of_its_environment": FLOW.format(
        "import os\nassert os.environ['FLOW_LOG_DIR'] == 'D:/logs'", "of_its_environment", ""
    ),
    # What is there for a type checker alone.
    "typed": """\
from __future__ import annotations
from typing import TYPE_CHECKING
from prefect import flow
if TYPE_CHECKING:
    from pandas import DataFrame

@flow
def typed() -> DataFrame:
    pass
""",
    # What it does to its streams, and leaves behind.
    "noisy": FLOW.format(
        'import atexit, os, sys, threading, time\nprint("hola", flush=True)\n'
        'os.write(1, b"\\xff\\xfe")\natexit.register(os._exit, 7)\nsys.stdout = sys.stderr = None\n'
        "threading.Thread(target=time.sleep, args=(600,)).start()",
        "noisy",
        "",
    ),
    # What it does to its process hides no other flow.
    "moved": FLOW.format("import os\nos.chdir('/')", "moved", ""),
    "closed": FLOW.format("import os\nos.closerange(3, 100)", "closed", ""),
    "with_hooks": """\
from prefect import flow

def avisar(flow, flow_run, state): pass

@flow(on_crashed=[avisar], on_cancellation=[avisar], on_failure=[print])
def with_hooks(): pass
""",
}
BROKEN = {
    "beside": (
        FLOW.format("from paquete.ayuda import x", "beside", ""),
        "ModuleNotFoundError: No module named 'paquete' (src/beside.py, línea 2)",
    ),
    "through": (
        FLOW.format("import beside", "through", ""),
        "ModuleNotFoundError: No module named 'paquete' (src/beside.py, línea 2)",
    ),
    # In a folder of PYTHONPATH, which a worker does not have.
    "elsewhere": (FLOW.format("import solo_aca", "elsewhere", ""), "No module named 'solo_aca'"),
    "syntax": (
        "from prefect import flow\n@flow\ndef syntax((:\n",
        "SyntaxError: invalid syntax (src/syntax.py, línea 3)",
    ),
    "loads": (  # without a temporary server, which nobody would end
        FLOW.format(
            "from prefect.blocks.system import Secret\nSecret.load('clave-sql')", "loads", ""
        ),
        "carga algo de Prefect al importarse; va adentro del flujo o de la tarea (src/loads.py, "
        "línea 3)",
    ),
    "named": (FLOW.format("", "otro", ""), "MissingFlowError: Flow function with name 'named'"),
    "no_flow": ("def no_flow():\n    pass\n", "Function with name 'no_flow' is not a flow"),
    "ended": (
        FLOW.format("raise SystemExit(3)", "ended", ""),
        "SystemExit: 3 (src/ended.py, línea 2)",
    ),
    "stopped": (FLOW.format("raise KeyboardInterrupt", "stopped", ""), "KeyboardInterrupt"),
    "moved_and_broken": (
        "import os\nos.chdir('/')\n1 / 0\n",
        "ZeroDivisionError: division by zero (src/moved_and_broken.py, línea 3)",
    ),
    "slash": (
        "from prefect import flow\n@flow(name='cobros/ventas')\ndef slash(): pass\n",
        "Name 'cobros/ventas' contains an invalid character",
    ),
    "lines": (FLOW.format("raise ValueError('una\\ndos')", "lines", ""), "ValueError: una dos"),
}
PRIVATE = FLOW.format("from consulterscommons.log_tools import PrefectLogger", "private", "")


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[Finding], dict[str, ImportedFlow]]:
    flows = FINE | {name: text for name, (text, _) in BROKEN.items()} | {"private": PRIVATE}
    script = make_project(
        tmp_path_factory.mktemp("flujos"), flows, {name: f"{name}.py:{name}" for name in flows}
    )
    elsewhere = tmp_path_factory.mktemp("otra")
    (elsewhere / "solo_aca.py").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(elsewhere))
        return look(script, FLOW_LOG_DIR="D:/logs")


@pytest.mark.parametrize("name", FINE)
def test_a_flow_that_a_worker_could_import_is_named(imported: tuple, name: str) -> None:
    findings, flows = imported
    entrypoint = f"src/{name}.py:{name}"
    own_name = name.replace("_", "-")
    assert f"bien   Flujo «{own_name}»: {entrypoint} se importa." in map(str, findings)
    parameters = ["nombre"] if name == "plain" else []
    hooks = ("avisar",) if name == "with_hooks" else ()
    assert flows[entrypoint] == ImportedFlow(own_name, parameters, hooks)


@pytest.mark.parametrize("name", BROKEN)
def test_one_that_could_not_be_is_said_in_one_line_with_its_place(
    imported: tuple, name: str
) -> None:
    findings, flows = imported
    start = f"El flujo src/{name}.py:{name} no se puede importar: "
    (finding,) = (finding for finding in findings if finding.text.startswith(start))
    assert finding.level == "error" and BROKEN[name][1] in finding.text
    assert "\n" not in finding.text
    assert f"src/{name}.py:{name}" not in flows


def test_a_private_library_is_said_with_what_has_to_be_done(imported: tuple) -> None:
    findings, _ = imported
    assert findings[-1] == Finding(
        "error",
        "Falta la biblioteca consulterscommons, que src/private.py:private importa.",
        "uv run electra-flow docs logs",
    )


def test_an_import_that_ends_python_is_said_with_what_it_wrote_last_and_what_was_before_it(
    tmp_path: Path,
) -> None:
    crash = 'import os\nprint("¡Chau!", flush=True)\nos.write(1, b"\\xff\\n")\nos._exit(9)'
    flows = {"syntax": BROKEN["syntax"][0], "crash": FLOW.format(crash, "crash", "")}
    script = make_project(tmp_path, flows, {name: f"{name}.py:{name}" for name in flows})
    (syntax, died), _ = look(script)
    assert "SyntaxError" in syntax.text
    assert died.text == (
        "Python se cerró (código 9) al importar src/crash.py:crash; lo último que escribió: �."
    )


def test_a_deploy_py_that_fails_in_the_clean_interpreter_is_said_in_its_words(
    tmp_path: Path,
) -> None:
    script = make_project(tmp_path, {}, {"a": "a.py:a"})
    declared = runpy.run_path(str(script), run_name="deploy")
    script.write_text(script.read_text("utf-8").replace("timezone=", "timezon="), "utf-8")
    with closing(FlowImport(script, script.parent, {})) as imported:
        (finding,) = imported.check(declared["PROJECT"], declared["deployments"]())
    assert finding.text.startswith("Python se cerró (código 1) al importar src/a.py:a; ")
    assert "deploy.py, línea 6: TypeError: " in finding.text and "timezon" in finding.text


def test_an_import_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_import, "TIMEOUT", 0.1)
    script = make_project(tmp_path, {"a": FLOW.format("", "a", "")}, {"a": "a.py:a"})
    ((finding,), _) = look(script)
    assert finding.text == "src/a.py:a tarda más de 0.1 segundos en importarse."


# --- Parameters -----------------------------------------------------------------------------------

TYPES = """\
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Literal

from prefect import flow
from pydantic import AfterValidator, BaseModel

if TYPE_CHECKING:
    from pandas import DataFrame


class Color(Enum):
    ROJO = "rojo"


class Factura(BaseModel):
    numero: int


@dataclass
class Cliente:
    nombre: str


def es_par(value):
    if value % 2:
        raise ValueError("tiene que ser par")
    return value


@flow
def de_todo(
    color: Color = Color.ROJO,
    factura: Factura | None = None,
    cliente: Cliente | None = None,
    dia: date | None = None,
    momento: datetime | None = None,
    hora: time | None = None,
    dias: dict[date, int] | None = None,
    conjunto: set[int] = frozenset(),
    par: Annotated[int, AfterValidator(es_par)] = 2,
    entero: int = 1,
    real: float = 1.0,
    modo: Literal["a", "b"] = "a",
    lista: list[str] = (),
    reales: list[float] = (),
):
    pass


@flow
def pide(sucursal: int, detalle: str = ""):
    pass


@flow
def con_opciones(a: int = 1, **opciones):
    pass


@flow(validate_parameters=False)
def sin_validar(a: int = 1):
    pass


@flow
def nada():
    pass


@flow
def tabla(datos: DataFrame = None):
    pass
"""
TAKEN = {
    "as_json": 'de_todo, parameters={"color": "rojo", "factura": {"numero": 1}, "conjunto": [1, 2],'
    ' "cliente": {"nombre": "Ana"}, "dia": "2030-01-01"}',
    "as_python": 'de_todo, parameters={"dia": date(2030, 1, 1), "conjunto": {1, 2},'
    ' "momento": datetime(2030, 1, 1, tzinfo=UTC), "lista": ("a", "b"), "real": 1}',
    # The server looks at no format when it takes a moment.
    "local": 'de_todo, parameters={"momento": datetime(2030, 1, 1, 8), "hora": time(8, 30),'
    ' "dias": {date(2030, 1, 1): 5}}',
    "late": 'de_todo, parameters={"entero": {"__prefect_kind": "jinja", "template": "1"}}',
    "reference": 'de_todo, parameters={"entero": {"$ref": "prefect.variables.x"}}',
    "unchecked": 'de_todo, parameters={"entero": "1"}, enforce_parameter_schema=False',
    "required": 'pide, parameters={"sucursal": 1}',
    "scheduled": 'pide, schedules=[Cron("0 8 * * *", parameters={"sucursal": 1})]',
    "options": 'con_opciones, parameters={"a": 1, "opciones": {"b": 2}}',
    "unvalidated": 'sin_validar, parameters={"a": "x"}, enforce_parameter_schema=False',
    "passed": 'nada, deploy_options={"build": False}',
}
OPTIONS = "deploy_options: Flow.deploy no tiene"
WRONG = {
    "an enum": ('de_todo, parameters={"color": "verde"}', "color: 'verde' no es lo que declara"),
    "a model": (
        'de_todo, parameters={"factura": {"numero": "x"}}',
        "factura: {'numero': 'x'} no es lo que declara el flujo (Input should be a valid integer",
    ),
    "an own rule": ('de_todo, parameters={"par": 3}', "par: tiene que ser par."),
    "a text for a number": (
        'de_todo, parameters={"entero": "1"}',
        "entero: '1' no es lo que declara el flujo ('1' is not of type 'integer').",
    ),
    "a truth for a number": (
        'de_todo, parameters={"entero": True}',
        "entero: True no es lo que declara el flujo (True is not of type 'integer').",
    ),
    "a text for a list": (
        'de_todo, parameters={"lista": "a"}',
        "lista: 'a' no es lo que declara el flujo (Input should be a valid list).",
    ),
    "a literal": ('de_todo, parameters={"modo": "c"}', "modo: 'c' no es lo que declara el flujo"),
    "none": ('de_todo, parameters={"entero": None}', "entero: None no es lo que declara el flujo"),
    "no data": (
        'nada, parameters={"x": object()}',
        "parameters no se puede guardar en el servidor: Unable to serialize unknown type",
    ),
    "infinite": (
        'de_todo, parameters={"real": float("inf")}',
        "real: inf se guarda como None: JSON no tiene infinito ni NaN.",
    ),
    "infinite in a list": (
        'de_todo, parameters={"reales": [1.5, float("nan")]}',
        "reales: [1.5, nan] se guarda como None: JSON no tiene infinito ni NaN.",
    ),
    "half a letter": (
        'pide, parameters={"sucursal": 1, "detalle": "\\udce9"}',
        "parameters no se puede guardar en el servidor: 'utf-8' codec can't",
    ),
    "unknown": (
        'pide, parameters={"sucursal": 1, "detale": "x"}',
        "el flujo no tiene el parámetro «detale» (tiene: sucursal, detalle).",
    ),
    "not even one": (
        'nada, parameters={"x": 1}',
        "el flujo no tiene el parámetro «x» (tiene: ninguno).",
    ),
    "an option as a parameter": (
        'con_opciones, parameters={"b": 2}',
        "el flujo no tiene el parámetro «b» (tiene: a, opciones).",
    ),
    "missing": ("pide", "falta el parámetro «sucursal», que no tiene valor por defecto."),
    "missing in a schedule": (
        'pide, schedules=[Cron("0 8 * * *", parameters={"sucursal": 1}), Cron("0 9 * * *")]',
        "falta el parámetro «sucursal», que no tiene valor por defecto.",
    ),
    "wrong in a schedule": (
        'pide, parameters={"sucursal": 1},'
        ' schedules=[Cron("0 8 * * *", parameters={"sucursal": "x"})]',
        "sucursal: 'x' no es lo que declara el flujo",
    ),
    "unvalidated": (
        'sin_validar, parameters={"a": "x"}',
        "a: 'x' no es lo que declara el flujo ('x' is not of type 'integer').",
    ),
    "a rule": ('nada, schedules=[RRule("FREQ=NUNCA")]', "schedules: Invalid RRule string"),
    "an unknown keyword": ('nada, deploy_options={"buid": False}', f"{OPTIONS} «buid»; ¿es «build»?"),
    "another one": ('nada, deploy_options={"zzz": 1}', f"{OPTIONS} «zzz» (tiene: _sla, build, "),
    "a type that is not there": ("tabla", "Prefect no puede revisar los parámetros: `TablaModel`"),
}  # fmt: skip


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    deployments = {f"good {name}": given for name, given in TAKEN.items()}
    deployments |= {f"wrong {name}": given for name, (given, _) in WRONG.items()}
    script = make_project(
        tmp_path_factory.mktemp("parametros"),
        {"tipos": TYPES},
        {name: f"tipos.py:{given}" for name, given in deployments.items()},
    )
    return look(script)[0]


@pytest.mark.parametrize("case", TAKEN)
def test_what_prefect_takes_is_no_error(checked: list[Finding], case: str) -> None:
    assert [found for found in checked if found.text.startswith(f"good {case}: ")] == []


@pytest.mark.parametrize("case", WRONG)
def test_what_a_run_would_not_take_is_said_in_one_line(checked: list[Finding], case: str) -> None:
    name = f"wrong {case}: "
    found = [
        finding.text.removeprefix(name) for finding in checked if finding.text.startswith(name)
    ]
    assert found[-1].startswith(WRONG[case][1]), found
    # Without a value, it is also unknown.
    assert len(found) == (2 if case == "no data" else 1)


def test_two_flows_see_each_what_is_beside_it_alone(tmp_path: Path) -> None:
    """Also where two modules have the same name; a run imports one flow."""
    flows = {"ventas": "from ayuda import de_ventas", "cierre": "from ayuda import de_cierre"}
    flows["otra"] = "import ayuda"
    script = make_project(tmp_path, {}, {name: f"{name}/main.py:{name}" for name in flows})
    for name, line in flows.items():
        (tmp_path / "src" / name).mkdir()
        text = FLOW.format(line, name, f"de_{name}: int = 1")
        (tmp_path / "src" / name / "main.py").write_text(text, "utf-8")
        if name != "otra":
            (tmp_path / "src" / name / "ayuda.py").write_text(f"de_{name} = 1\n", "utf-8")
    (*_, wrong), found = look(script)
    assert found == {
        f"src/{name}/main.py:{name}": ImportedFlow(name, [f"de_{name}"])
        for name in ("ventas", "cierre")
    }
    assert "No module named 'ayuda' (src/otra/main.py, línea 2)" in wrong.text
