"""A worker's machine: Prefect's profile, the system's variables, the worker as a service."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from electra_flow.checks import machine
from electra_flow.checks.finding import UV_RUN
from electra_flow.checks.settings import Settings

SETTINGS = Settings({}, "equipo", "PREFECT_API_URL, de este perfil")
SERVICE = "0::/system.slice/prefect-worker.service\n"
TERMINAL = "0::/user.slice/user-1000.slice/session-1.scope\n"
IN_TERMINAL = "aviso  En esta máquina, el worker corre en una terminal: se detiene al cerrarla."
AS_SERVICE = "bien   En esta máquina, el worker corre como servicio."


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine's processes, as Linux shows them in files; none at first."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(machine, "PROC", tmp_path)
    (tmp_path / "self").mkdir()
    return tmp_path


def start(proc: Path, number: int, command: str, group: str) -> None:
    (proc / str(number)).mkdir()
    (proc / str(number) / "cmdline").write_bytes(command.replace(" ", "\0").encode() + b"\0")
    (proc / str(number) / "cgroup").write_text(group, "utf-8")


def lines(env: str = "prod", pool: str = "pool-prod") -> list[str]:
    profile, *found = machine.check_machine(env, pool, SETTINGS)
    assert profile.level == ""
    return [str(finding) for finding in found]


def test_it_says_which_profile_is_used_and_where_the_address_is_from(proc: Path) -> None:
    (found,) = machine.check_machine("dev", "p", SETTINGS)
    assert found.text == "Perfil de Prefect: equipo (PREFECT_API_URL, de este perfil)."
    assert found.level == ""


def test_a_worker_in_a_terminal_is_a_warning_for_prod_alone(proc: Path) -> None:
    start(proc, 7, "python prefect worker start --pool pool-prod", TERMINAL)
    (line,) = lines()
    assert line.startswith(IN_TERMINAL)
    assert line.endswith(f"Se arregla con: {UV_RUN}electra-flow docs worker")
    assert lines("dev") == []
    assert lines(pool="otro") == [], "it is a worker of another pool"


@pytest.mark.parametrize("option", ["--pool pool-prod", "--pool=pool-prod", "-p pool-prod"])
def test_a_worker_of_a_unit_of_the_system_is_a_service(proc: Path, option: str) -> None:
    start(proc, 7, f"python prefect worker start {option}", SERVICE)
    start(proc, 8, f"python prefect worker start {option}", TERMINAL)
    assert lines() == [AS_SERVICE]


def test_other_processes_and_those_that_end_meanwhile_say_nothing(proc: Path) -> None:
    start(proc, 7, "python deploy.py --pool pool-prod", TERMINAL)
    (proc / "9").mkdir()
    assert lines() == []


# Windows cannot be had here: its registry and its list of processes are played.


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that plays a machine with some variables and processes."""

    def windows(variables: dict[str, str], processes: str | Exception) -> list[str]:
        class Key:
            def __enter__(self) -> Key:
                return self

            def __exit__(self, *_: object) -> None:
                pass

        def value(_key: Key, name: str) -> tuple[str, int]:
            if name not in variables:
                raise FileNotFoundError
            return variables[name], 1

        def tasklist(*_: object, **__: object) -> str:
            if isinstance(processes, Exception):
                raise processes
            return processes

        registry = types.ModuleType("winreg")
        registry.HKEY_LOCAL_MACHINE = 0
        registry.OpenKey = lambda *_: Key()
        registry.QueryValueEx = value
        monkeypatch.setitem(sys.modules, "winreg", registry)
        monkeypatch.setattr(subprocess, "check_output", tasklist)
        monkeypatch.setattr(sys, "platform", "win32")
        return lines()

    return windows


BOTH = {"PREFECT_HOME": r"C:\Users\tareas\.prefect", "PYTHONUTF8": "1"}
NONE = "INFORMACIÓN: no hay tareas en ejecución.\n"


def test_on_windows_the_variables_have_to_be_the_system_s(windows: Any) -> None:
    assert [line[:6] for line in windows(BOTH, NONE)] == ["bien  "] * 2
    missing = windows({"PYTHONUTF8": "0"}, NONE)
    assert [line[:6] for line in missing] == ["aviso "] * 2
    assert missing[0].endswith(
        r'setx /M PREFECT_HOME "C:\Users\tareas\.prefect", en una terminal de administrador'
    )


@pytest.mark.parametrize(
    ("session", "expected"), [('"Services","0"', AS_SERVICE), ('"Console","1"', IN_TERMINAL)]
)
def test_on_windows_a_service_runs_in_session_0(windows: Any, session: str, expected: str) -> None:
    processes = f'"prefect.exe","4711",{session},"9.216 KB"\n'
    assert windows(BOTH, processes)[-1].startswith(expected)


@pytest.mark.parametrize("error", [FileNotFoundError(), subprocess.TimeoutExpired("tasklist", 10)])
def test_a_list_of_processes_that_cannot_be_had_says_nothing(
    windows: Any, error: Exception
) -> None:
    assert len(windows(BOTH, error)) == 2
