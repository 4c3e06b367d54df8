"""A worker's machine: what `deploy.py` says of it, and the services of MAQUINA.md."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from harness import run, worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated, Project, Server


def block(project: Path, language: str, start: str) -> str:
    """Return the code of MAQUINA.md that starts with a text."""
    text = (project / "MAQUINA.md").read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)
    (found,) = (block for block in blocks if block.startswith(start))
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize("pool", ["pool-prod", "Producción 2.0"])
def test_systemd_s_own_verifier_finds_nothing_in_the_unit(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str], pool: str
) -> None:
    unit = block(generate(tmp_path, server_check="skip", pool_prod=pool).path, "ini", "[Unit]")
    program = tmp_path / "opt" / ".venv" / "bin" / "prefect"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "prefect-worker-prod.service"

    def verify(text: str) -> tuple[int, str]:
        path.write_text(text.replace("/opt/prefect", str(tmp_path / "opt")), "utf-8")
        result = run("systemd-analyze", "verify", path, cwd=tmp_path, env=environment)
        about_it = [line for line in result.lines if path.name in line or "prefect" in line]
        return result.code, "\n".join(about_it)

    assert verify(unit) == (0, "")
    assert "Restrat" in verify(unit.replace("Restart=", "Restrat="))[1], "it sees mistakes"
    assert verify(unit.replace("bin/prefect", "bin/perfect"))[0] != 0


def test_the_unit_and_the_windows_service_say_the_same(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    path = generate(tmp_path, server_check="skip").path
    unit, service = block(path, "ini", "[Unit]"), block(path, "bat", "set S=")
    for setting in ("PREFECT_API_URL=http://servidor-prefect:4200/api", "PYTHONUTF8=1"):
        assert setting in unit and setting in service
    assert "worker start --pool" in unit and "worker start --pool" in service
    settings = dict(re.findall(r"^nssm set %S% (\w+) (.+)$", service, re.M))
    assert settings["Start"] == "SERVICE_DELAYED_AUTO_START"
    assert settings["AppExit"] == "Default Restart"
    assert settings["AppStdout"] == settings["AppStderr"] and settings["AppRotateFiles"] == "1"
    assert settings["AppDirectory"] == r"C:\Prefect"


@pytest.mark.real
def test_a_worker_in_a_terminal_is_a_warning_for_prod_alone(
    project: Callable[..., Project], server: Server, installed: Project, tmp_path: Path
) -> None:
    ready = project(pool_dev="maquina-dev", pool_prod="maquina-prod")
    ready.env = ready.env | server.env
    server.make_pool("maquina-dev")
    folder = tmp_path / "worker"
    folder.mkdir()
    warning = "  aviso  En esta máquina, el worker corre en una terminal"
    with worker(installed, server, "maquina-prod", folder):
        prod, dev = ready.deploy("--check", "--env", "prod"), ready.deploy("--check")
    assert prod.code == dev.code == 0, prod.output + dev.output
    assert warning in prod.output and warning not in dev.output
    assert warning not in ready.deploy("--check", "--env", "prod").output, "it was another one"


@pytest.mark.real
def test_it_says_which_profile_is_used_and_where_the_address_is_from(
    project: Callable[..., Project], server: Server, tmp_path: Path
) -> None:
    ready = project()
    home = {"PREFECT_HOME": str(tmp_path / "home")}
    assert "Perfil de Prefect: ephemeral (sin PREFECT_API_URL)." in ready.deploy(**home).output
    by_variable = ready.deploy("--check", **home, PREFECT_API_URL=server.url)
    assert "ephemeral (PREFECT_API_URL, de una variable de entorno)" in by_variable.output
    prefect = ready.python.with_name("prefect")
    for command in (
        ("profile", "create", "equipo"),
        ("profile", "use", "equipo"),
        ("config", "set", f"PREFECT_API_URL={server.url}"),
    ):
        run(prefect, *command, cwd=ready.path, env=ready.env | home)
    by_profile = ready.deploy("--check", **home)
    assert "Perfil de Prefect: equipo (PREFECT_API_URL, de este perfil)." in by_profile.output


# Windows cannot be had here: its registry and its list of processes are played.
WINDOWS = """
import subprocess, sys, types
import deploy
from deployment import machine_check

sys.platform = "win32"
registry = types.ModuleType("winreg")
registry.HKEY_LOCAL_MACHINE = 0

class Key:
    __enter__ = lambda self: self
    __exit__ = lambda self, *error: None

registry.OpenKey = lambda *place: Key()
def value(key, name):
    try:
        return VARIABLES[name], 1
    except KeyError:
        raise FileNotFoundError from None
registry.QueryValueEx = value
sys.modules["winreg"] = registry
subprocess.check_output = lambda *command, **options: PROCESSES
for finding in machine_check.check_machine("prod", "pool-prod"):
    print(finding)
"""


def windows(project: Project, variables: dict[str, str], processes: str) -> list[str]:
    code = f"VARIABLES = {variables!r}\nPROCESSES = {processes!r}\n{WINDOWS}"
    result = project.run("-c", code)
    assert result.code == 0, result.output
    return [line for line in result.lines if "Perfil" not in line]


@pytest.mark.real
def test_on_windows_the_variables_have_to_be_the_system_s(project: Callable[..., Project]) -> None:
    ready = project()
    none = "INFORMACIÓN: no hay tareas en ejecución.\n"
    variables = {"PREFECT_HOME": r"C:\Users\tareas\.prefect", "PYTHONUTF8": "1"}
    assert [line[:6] for line in windows(ready, variables, none)] == ["bien  "] * 2
    missing = windows(ready, {"PYTHONUTF8": "0"}, none)
    assert [line[:6] for line in missing] == ["aviso "] * 2
    assert missing[0].endswith(
        r'setx /M PREFECT_HOME "C:\Users\tareas\.prefect", en una terminal de administrador'
    )


@pytest.mark.real
@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ('"Services","0"', "bien   En esta máquina, el worker corre como servicio."),
        ('"Console","1"', "aviso  En esta máquina, el worker corre en una terminal"),
    ],
)
def test_on_windows_a_service_runs_in_session_0(
    project: Callable[..., Project], session: str, expected: str
) -> None:
    variables = {"PREFECT_HOME": r"C:\x", "PYTHONUTF8": "1"}
    lines = windows(project(), variables, f'"prefect.exe","4711",{session},"9.216 KB"\n')
    assert lines[-1].startswith(expected)
