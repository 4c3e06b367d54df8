"""A mistake anywhere in `deploy.py` is one line: the file, its line, and what would work."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from electra_flow.deploying.mistakes import is_mistake_of, mistake

SCRIPT = """\
import sys

from electra_flow import Cron, Deployment, Environment, LocalFolder, Project, Watchdog, main

PROJECT = Project(
    timezone="America/Argentina/Buenos_Aires",
    environments={"dev": Environment(pool="pool-dev", source=LocalFolder(__file__))},
    watchdog=Watchdog(running=None),
)


def deployments():
    return [
        Deployment(
            entrypoint="src/a.py:a",
            name="a",
            description="Hace algo",
            schedules=[Cron("0 8 * * *")],
        )
    ]


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, print, usage=__doc__))
"""

MISTAKES = {
    "a misspelt import": (
        "Deployment, E",
        "Deploiment, E",
        "electra_flow no tiene «Deploiment»: ¿es «Deployment»?",
    ),
    "a misspelt field": (
        "schedules=",
        "shedules=",
        "Deployment no tiene «shedules»: ¿es «schedules»?; otro argumento",
    ),
    "a field of the project": (
        "timezone=",
        "timezon=",
        "Project no tiene «timezon»: ¿es «timezone»?",
    ),
    "a field of a limit": (
        "running=",
        "corre=",
        "Watchdog no tiene «corre»: hay running, late, lost",
    ),
    "a second way to say when": ("schedules=[Cron(", 'cron="0 8 * * *", tags=[str(', "schedules="),
    "a keyword of ours": ('name="a"', 'name="a", work_pool_name="x"', "Environment(pool=…)"),
    "a wrong type": ('name="a"', "name=7", "name tiene que ser un texto, y es 7"),
    "no list": ("    return [", "    [", "tiene que devolver una lista, y devuelve None"),
    "something else in it": (
        "        Deployment(",
        "        dict(",
        "tiene que devolver Deployment",
    ),
    "an environment without a pool": ('pool="pool-dev", ', "", "a Environment(…) le falta «pool»"),
    "a misspelt name": ("[Cron(", "[Crn(", "«Crn» no está definido: ¿es «Cron»?"),
    "a name that is not imported": ("[Cron(", "[RRule(", "«RRule» no está definido: agregalo a"),
    "an entrypoint without a function": ("src/a.py:a", "src/a.py", "«src/archivo.py:funcion»"),
    "an error of its own": ("def deployments():", "def deployments():\n    1 / 0", "ZeroDivision"),
}


def run(script: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), "--check"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=script.parent)


@pytest.mark.parametrize("case", MISTAKES)
def test_it_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    old, new, said = MISTAKES[case]
    assert old in SCRIPT
    script = tmp_path / "deploy.py"
    script.write_text(SCRIPT.replace(old, new), "utf-8")
    monkeypatch.setattr(sys, "argv", [str(script), "--check"])
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        assert end.code == 1
        (line,) = capsys.readouterr().err.splitlines()
    except Exception as error:
        line = mistake(error, script)
    place = "" if case in ("no list", "something else in it") else r", línea \d+"
    assert re.match(rf"deploy\.py{place}: \w+Error: ", line), line
    assert said in line, line


@pytest.mark.parametrize("case", ["a misspelt field", "a field of the project"])
def test_python_itself_says_that_line_alone(tmp_path: Path, case: str) -> None:
    """While deploy.py declares, or before; whatever its name is."""
    old, new, said = MISTAKES[case]
    script = tmp_path / "deploy_mensual.py"
    script.write_text(SCRIPT.replace(old, new), "utf-8")
    done = run(script)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("deploy_mensual.py, línea ") and said in line


def test_a_syntax_error_is_python_s_own(tmp_path: Path) -> None:
    script = tmp_path / "deploy.py"
    script.write_text(SCRIPT.replace("def deployments():", "def deployments(:"), "utf-8")
    assert "SyntaxError" in run(script).stderr


def test_whoever_imports_it_gets_the_exception(tmp_path: Path) -> None:
    """A test that imports deploy.py shows its own traceback, not our line."""
    (tmp_path / "deploy.py").write_text(SCRIPT.replace("timezone=", "timezon="), "utf-8")
    script = tmp_path / "otro.py"
    script.write_text("import deploy\n", "utf-8")
    assert "Traceback" in run(script).stderr


def test_what_a_line_of_publish_raises_is_told_from_what_prefect_says(tmp_path: Path) -> None:
    script = tmp_path / "deploy.py"
    script.write_text("def publish(prepared):\n    int(prepared)\n    prepared.nada\n", "utf-8")
    names: dict[str, Any] = {}
    exec(compile(script.read_text("utf-8"), script, "exec"), names)
    with pytest.raises(AttributeError) as own:
        names["publish"](1)
    with pytest.raises(ValueError, match="invalid literal") as of_int:
        names["publish"]("x")
    assert is_mistake_of(own.value, script) and mistake(own.value, script).startswith(
        "deploy.py, línea 3: AttributeError: "
    )
    assert is_mistake_of(of_int.value, script), "a built-in has no line of its own"
    with pytest.raises(AttributeError) as elsewhere:
        Path(script).nada  # type: ignore[attr-defined]  # noqa: B018
    assert not is_mistake_of(elsewhere.value, script)
