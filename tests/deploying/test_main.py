"""The command `deploy.py` where there is no server, or one that is not as it should be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from electra_flow import Deployment, Environment, LocalFolder, Project, main
from electra_flow.deploying import main as main_module
from harness import free_port, stand_in

SCRIPT = '''\
"""Así se usa: uv run deploy.py"""

import sys

from electra_flow import Deployment, Environment, LocalFolder, Project, main

PROJECT = Project(
    timezone="America/Buenos_Aires",
    environments={"dev": Environment(pool="pool-dev", source=LocalFolder(__file__))},
    secrets=["clave-sql"],
)


def deployments():
    return [
        Deployment(
            entrypoint="src/ventas.py:ventas",
            name="ventas",
            description="Suma las ventas",
            parameters={"nombra": "mundo"},
            tags=["ventas"],
        )
    ]


if __name__ == "__main__":
    sys.exit(main(PROJECT, deployments, lambda prepared: 1 / 0, usage=__doc__))
'''
FLOW = 'from prefect import flow\n\n\n@flow\ndef ventas(nombre: str = "x"):\n    pass\n'
ZONE = (
    "  error  El huso horario «America/Buenos_Aires» no es el nombre canónico de la zona; usá "
    "America/Argentina/Buenos_Aires."
)
PARAMETER = "  error  ventas: el flujo no tiene el parámetro «nombra» (tiene: nombre)."


@pytest.fixture
def deploy(tmp_path: Path) -> Callable[..., tuple[int, list[str]]]:
    """Return a function that runs the deploy.py of a project with two mistakes."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "ventas.py").write_text(FLOW, "utf-8")
    (tmp_path / "deploy.py").write_text(SCRIPT, "utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["prefect"]\n', "utf-8")

    def deploy(*arguments: str, **env: str) -> tuple[int, list[str]]:
        clean = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
        done = subprocess.run(
            [sys.executable, "deploy.py", *arguments],
            cwd=tmp_path,
            env=clean | {"PREFECT_HOME": str(tmp_path / "prefect")} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return done.returncode, done.stdout.splitlines()

    return deploy


@pytest.mark.real
def test_without_a_server_it_fails_at_once_and_checks_the_rest(
    deploy: Callable[..., tuple[int, list[str]]],
) -> None:
    code, lines = deploy()
    assert code == 1
    server, zone, parameter = (line for line in lines if line.startswith("  error"))
    assert server.startswith("  error  No hay un servidor de Prefect configurado (PREFECT_API_URL)")
    assert (zone, parameter) == (ZONE, PARAMETER)
    assert lines[0] == "Revisión (dev)"
    assert "  bien   Flujo «ventas»: src/ventas.py:ventas se importa." in lines
    assert lines[-1] == "No se desplegó nada: hay 3 errores."
    assert not any("temporary server" in line or "Traceback" in line for line in lines)


@pytest.mark.real
def test_a_busy_server_is_waited_for_and_an_old_one_is_a_warning(
    deploy: Callable[..., tuple[int, list[str]]],
) -> None:
    """Longer than the template's hook does, which is two seconds."""
    answers = {"/api/health": True, "/api/admin/version": "3.0.0"}
    with stand_in(answers, delay=2.5) as (url, _):
        code, lines = deploy("--check", PREFECT_API_URL=url)
    assert code == 1
    assert f"         Servidor: {url}" in lines
    (warning,) = (line for line in lines if line.startswith("  aviso"))
    assert warning.startswith("  aviso  La API contesta: Prefect 3.0.0.") and "422" in warning
    assert warning.endswith('uv add "prefect==3.0.0"')
    pool, secret, *rest = (line for line in lines if line.startswith("  error"))
    assert pool.startswith("  error  Falta el work pool «pool-dev».")
    assert secret.startswith("  error  Falta el bloque Secret «clave-sql»")
    assert rest == [ZONE, PARAMETER] and lines[-1] == "Hay 4 errores."


# --- What can be said in this process, since no flow is imported ----------------------------------


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, list[str]]]:
    """Return a function that runs the command for two deployments of a flow."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def declared() -> list[Deployment]:
        return [
            Deployment(entrypoint="src/ventas.py:ventas", name=name, description="x")
            for name in ("ventas", "cierre")
        ]

    def command(*arguments: str, zone: str = "America/Montevideo") -> tuple[int, list[str]]:
        environment = Environment(pool="pool-dev", source=LocalFolder(tmp_path))
        project = Project(timezone=zone, environments={"dev": environment})
        monkeypatch.setattr(sys, "argv", ["deploy.py", *arguments])
        code = main(project, declared, print, usage="Ayuda")
        said = capsys.readouterr()
        return code, [*said.out.splitlines(), *said.err.splitlines()]

    return command


CHRISTMAS = ("--schedule", "2030-12-24 08:00")


def test_without_a_server_nothing_is_scheduled(command: Callable[..., Any]) -> None:
    code, lines = command(*CHRISTMAS, "--deployment", "ventas")
    assert code == 1
    assert "No hay un servidor de Prefect configurado" in lines[1]
    assert lines[-1] == "No se programó nada."


def test_wrong_dates_are_told_before_the_server_is_asked(
    command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    code, (day, word, last) = command(
        "--schedule", "2030-02-31 8:00", "x", "--deployment", "cierre"
    )
    assert code == 1
    assert "«2030-02-31 8:00» no es una fecha que exista" in day and word.startswith("«x» no es ")
    assert last == "No se programó nada."


@pytest.mark.parametrize("given", [(), ("--deployment", "otro")])
def test_of_several_deployments_one_has_to_be_named(
    command: Callable[..., Any], given: tuple[str, ...]
) -> None:
    code, (line,) = command(*CHRISTMAS, *given)
    assert code == 2
    assert line.endswith("elegí uno con --deployment (ventas, cierre).")


def test_no_date_is_read_in_a_wrong_zone(command: Callable[..., Any]) -> None:
    code, (line,) = command(*CHRISTMAS, "--deployment", "ventas", zone="UTC")
    assert code == 1
    assert line.startswith("deploy.py: el huso horario es UTC o una hora fija")


def test_settings_that_cannot_be_read_are_one_line(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "prefect.toml").write_text("api = [", "utf-8")
    code, lines = command(*CHRISTMAS, "--deployment", "ventas")
    assert code == 1
    assert "prefect.toml no es TOML válido" in lines[-1]


def test_who_interrupts_is_told_what_stays(
    command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "deploy", interrupted)
    code, (line,) = command()
    assert code == 1 and line.startswith("Interrumpido. Lo que ya se hizo queda en el servidor")
