"""The check of pools and secrets when a project is generated, against a real Prefect server.

What the check itself finds, and says, is tested against stand-ins (tests/checks/test_server.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from harness import free_port, prefect_server

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Generated, Project, Server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def names(server: Server) -> dict[str, str]:
    """Two pools and a secret that are on the server, as answers."""
    return {
        "pool_dev": server.make_pool("pool-desarrollo"),
        "pool_prod": server.make_pool("pool-produccion"),
        "secrets": server.make_secret("token-presente", "valor-que-nadie-lee"),
    }


def address(server: Server) -> dict[str, str]:
    return {"PREFECT_API_URL": server.url}


def errors(generated: Generated) -> list[str]:
    return [line for line in generated.lines if line.startswith("  error")]


@pytest.mark.parametrize("mode", ["warn", "strict"])
def test_with_everything_there_the_project_is_generated(
    tmp_path: Path,
    generate: Callable[..., Generated],
    server: Server,
    names: dict[str, str],
    mode: str,
) -> None:
    """Without the token of a repository, which a project of a folder does not need."""
    generated = generate(tmp_path, env=address(server), server_check=mode, **names)
    assert generated.code == 0, generated.output
    assert errors(generated) == []
    assert "  bien   Bloque Secret «token-presente»: existe." in generated.lines
    assert "«pool-desarrollo» no tiene un worker en línea" in generated.output
    assert generated.path.is_dir()


def test_all_that_is_missing_is_named_at_once_with_the_command_that_creates_it(
    tmp_path: Path, generate: Callable[..., Generated], server: Server
) -> None:
    answers = {"pool_dev": "a", "pool_prod": "b", "secrets": "c, d", "source": "github"}
    answers |= {"github_secret": "token-del-repositorio", "flow_kind": "monitoring"}
    warned = generate(tmp_path, env=address(server), **answers)
    assert warned.code == 0 and warned.path.is_dir()
    parts = {
        "work pool «a»": "prefect work-pool create a --type process",
        "work pool «b»": "prefect work-pool create b --type process",
        "bloque Secret «token-del-repositorio»": ".save('token-del-repositorio')",
        "bloque Secret «c»": ".save('c')",
        "bloque Secret «d»": ".save('d')",
        "bloque Email Server Credentials «correo-monitoreo»": ".save('correo-monitoreo')",
    }
    if "Bloque Email Server Credentials «correo-monitoreo»: existe." in warned.output:
        parts.popitem()  # the tests of monitoring have made it on this server
    found = errors(warned)
    assert len(found) == len(parts)
    for what, command in parts.items():
        (line,) = (line for line in found if what in line)
        assert command in line

    (tmp_path / "strict").mkdir()
    strict = {"env": address(server), "server_check": "strict"}
    refused = generate(tmp_path / "strict", **strict, **answers)
    assert refused.code != 0 and "Traceback" not in refused.output
    assert errors(refused) == found
    assert list((tmp_path / "strict").iterdir()) == []


def test_a_pool_of_another_type_or_paused_is_an_error(
    tmp_path: Path, generate: Callable[..., Generated], server: Server
) -> None:
    answers = {
        "pool_dev": server.make_pool("pool-docker", "docker"),
        "pool_prod": server.make_pool("pool-pausado", paused=True),
    }
    generated = generate(tmp_path, env=address(server), server_check="strict", **answers)
    assert generated.code != 0 and not generated.path.exists()
    of_docker, paused = errors(generated)
    assert "«pool-docker» es de tipo docker" in of_docker
    assert "source=GitSource(…)" in of_docker
    assert "«pool-pausado» está en pausa" in paused
    assert "prefect work-pool resume pool-pausado" in paused
    of_git = {"source": "github", "github_secret": server.make_secret("token-de-git", "x")}
    of_git |= {"pool_dev": server.make_pool("pool-aparte"), "pool_prod": "pool-docker"}
    generated = generate(tmp_path, env=address(server), server_check="strict", **of_git)
    assert generated.code == 0, "prod fetches its code itself"


def test_the_active_profile_says_which_server(
    tmp_path: Path, generate: Callable[..., Generated], server: Server, names: dict[str, str]
) -> None:
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(
        'active = "oficina"\n[profiles.local]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n'
        f'[profiles.oficina]\nPREFECT_API_URL = "{server.url}"\n',
        "utf-8",
    )
    generated = generate(tmp_path, env={"PREFECT_HOME": str(tmp_path)}, **names)
    assert f"         Servidor: {server.url}" in generated.lines
    assert "Bloque Secret «token-presente»: existe." in generated.output
    profiles.write_text("active = [", "utf-8")
    generated = generate(tmp_path, env={"PREFECT_HOME": str(tmp_path)}, project_slug="otro")
    assert generated.code == 0 and generated.path.is_dir()
    (line,) = (line for line in generated.lines if "No se pudo leer la configuración" in line)
    assert "profiles.toml no es TOML válido" in line


def test_a_server_that_asks_for_a_password_is_given_the_one_of_the_settings(
    tmp_path: Path, generate: Callable[..., Generated], installed: Project
) -> None:
    password = "ana:una-clave-reconocible"
    with prefect_server(installed, tmp_path, PREFECT_SERVER_API_AUTH_STRING=password) as server:
        env = address(server)
        for slug, given in (("sin", {}), ("otra", {"PREFECT_API_AUTH_STRING": "x"})):
            refused = generate(tmp_path, env=env | given, project_slug=slug)
            assert "rechazó las credenciales (HTTP 401)" in refused.output
        env |= {"PREFECT_API_AUTH_STRING": password}
        accepted = generate(tmp_path, env=env, project_slug="esa")
    assert "Falta el work pool «pool-dev»" in accepted.output
    assert "una-clave-reconocible" not in accepted.output


@pytest.mark.parametrize("mode", ["warn", "strict"])
def test_a_server_that_is_down_costs_one_line(
    tmp_path: Path, generate: Callable[..., Generated], mode: str
) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    env = {"PREFECT_API_URL": url, "PREFECT_API_KEY": "clave-que-no-se-dice"}
    generated = generate(tmp_path, env=env, server_check=mode)
    line = f"  error  El servidor {url} no contesta: nadie atiende en ese puerto. "
    line += "Se arregla con: electra-flow server, en otra terminal"
    assert errors(generated) == [line]
    assert "clave-que-no-se-dice" not in generated.output and "Traceback" not in generated.output
    assert (generated.code == 0) == (mode == "warn") == generated.path.exists()
