"""The check of pools and secrets when a project is generated, against a real Prefect server."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from harness import free_port, prefect_server, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable
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


@pytest.mark.parametrize("mode", ["warn", "strict"])
def test_with_everything_there_the_project_is_generated(
    tmp_path: Path, generate: Callable[..., Generated], server: Server, names, mode: str
) -> None:
    generated = generate(tmp_path, env=address(server), server_check=mode, **names)
    assert generated.code == 0, generated.output
    assert "error" not in generated.output
    assert "  bien   Bloque Secret «token-presente»: existe." in generated.lines
    assert "«pool-desarrollo» no tiene un worker en línea" in generated.output
    assert generated.path.is_dir()


MISSING = {
    "pool_dev": (
        "Falta el work pool «pool-ausente»",
        "prefect work-pool create pool-ausente --type process",
    ),
    "pool_prod": (
        "Falta el work pool «pool-ausente»",
        "prefect work-pool create pool-ausente --type process",
    ),
    "secrets": ("Falta el bloque Secret «token-ausente»", ".save('token-ausente')"),
}


@pytest.mark.parametrize("question", MISSING)
def test_what_is_missing_is_named_with_the_command_that_creates_it(
    tmp_path: Path, generate: Callable[..., Generated], server: Server, names, question: str
) -> None:
    missing = "token-ausente" if question == "secrets" else "pool-ausente"
    answers = names | {question: missing}
    warned = generate(tmp_path, env=address(server), **answers)
    assert warned.code == 0
    (line,) = (line for line in warned.lines if line.startswith("  error"))
    assert all(part in line for part in MISSING[question])
    assert warned.path.is_dir()

    strict = tmp_path / "strict"
    strict.mkdir()
    refused = generate(strict, env=address(server), server_check="strict", **answers)
    assert refused.code != 0
    assert line in refused.lines
    assert "Traceback" not in refused.output
    assert list(strict.iterdir()) == []


@pytest.mark.parametrize(("source", "asked"), [("github", True), ("local", False)])
def test_the_token_of_the_repository_is_asked_for_where_the_code_comes_from_it(
    tmp_path: Path, generate: Callable[..., Generated], server: Server, names, source, asked
) -> None:
    answers = names | {"source": source, "github_secret": "token-del-repositorio"}
    generated = generate(tmp_path, env=address(server), **answers)
    assert ("Falta el bloque Secret «token-del-repositorio»" in generated.output) is asked


def test_all_that_is_missing_is_reported_at_once(
    tmp_path: Path, generate: Callable[..., Generated], server: Server
) -> None:
    generated = generate(tmp_path, env=address(server), pool_dev="a", pool_prod="b", secrets="c, d")
    errors = [line for line in generated.lines if line.startswith("  error")]
    assert [line.split("»")[0].split("«")[1] for line in errors] == ["a", "b", "c", "d"]


def test_a_pool_of_another_type_or_paused_is_an_error(
    tmp_path: Path, generate: Callable[..., Generated], server: Server
) -> None:
    answers = {
        "pool_dev": server.make_pool("pool-docker", "docker"),
        "pool_prod": server.make_pool("pool-pausado", paused=True),
    }
    output = generate(tmp_path, env=address(server), **answers).output
    (tmp_path / "strict").mkdir()
    strict = generate(tmp_path / "strict", env=address(server), server_check="strict", **answers)
    assert strict.code != 0 and not strict.path.exists()
    assert "«pool-docker» es de tipo docker" in output
    assert "«pool-pausado» está en pausa" in output
    assert "prefect work-pool resume pool-pausado" in output


def test_a_value_of_a_secret_is_never_asked_for(
    tmp_path: Path, generate: Callable[..., Generated], names
) -> None:
    """The server here is a stand-in, to see the requests."""
    with stand_in({"/api/health": True}) as (url, requests):
        generate(tmp_path, env={"PREFECT_API_URL": url}, **names)
    (asked,) = (path for path in requests if "token-presente" in path)
    assert asked.endswith("?include_secrets=false")


def test_the_active_profile_says_which_server(
    tmp_path: Path, generate: Callable[..., Generated], server: Server, names
) -> None:
    home = tmp_path / "prefect"
    home.mkdir()
    (home / "profiles.toml").write_text(
        'active = "oficina"\n[profiles.local]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n'
        f'[profiles.oficina]\nPREFECT_API_URL = "{server.url}"\n',
        "utf-8",
    )
    generated = generate(tmp_path, env={"PREFECT_HOME": str(home)}, **names)
    assert f"         Servidor: {server.url}" in generated.lines
    assert "Bloque Secret «token-presente»: existe." in generated.output


def test_a_certificate_is_checked_with_the_company_s_own_authority(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """The server here is a stand-in, with a certificate that nobody knows but the settings."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "empresa.pem")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with stand_in({"/api/health": True, "/api/admin/version": "3.9.1"}, tls=tls) as (url, _):
        env = {"PREFECT_API_URL": url}
        unknown = generate(tmp_path, env=env, project_slug="sin-autoridad")
        assert "no contesta: la conexión segura falló" in unknown.output
        env["PREFECT_API_SSL_CERT_FILE"] = str(tmp_path / "empresa.pem")
        known = generate(tmp_path, env=env, project_slug="con-autoridad")
    assert "  bien   La API contesta: Prefect 3.9.1." in known.lines


@pytest.mark.parametrize(
    "broken",
    [
        {"PREFECT_CLIENT_CUSTOM_HEADERS": "{"},
        {
            "PREFECT_API_URL": "https://127.0.0.1:9/api",
            "PREFECT_API_SSL_CERT_FILE": "no-existe.pem",
        },
    ],
)
def test_settings_that_cannot_be_read_cost_one_line(
    tmp_path: Path, generate: Callable[..., Generated], broken: dict[str, str]
) -> None:
    generated = generate(tmp_path, env={"PREFECT_API_URL": "http://127.0.0.1:9/api"} | broken)
    assert generated.code == 0 and generated.path.is_dir()
    assert "  error  Los ajustes de Prefect no sirven: " in generated.output
    assert "Traceback" not in generated.output


def test_a_profile_that_cannot_be_read_costs_one_line(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    (tmp_path / "profiles.toml").write_text("active = [", "utf-8")
    generated = generate(tmp_path, env={"PREFECT_HOME": str(tmp_path)})
    assert generated.code == 0 and generated.path.is_dir()
    assert "No se pudo leer el perfil de Prefect" in generated.output


def test_an_api_key_is_sent_unless_there_is_a_password_as_prefect_does(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """The server here is a stand-in, to see the requests."""
    with stand_in({"/api/health": True}, header := []) as (url, _):
        env = {"PREFECT_API_URL": url, "PREFECT_API_KEY": "clave"}
        generate(tmp_path, env=env, project_slug="con-clave")
        assert set(header) == {"Bearer clave"}
        header.clear()
        generate(tmp_path, env=env | {"PREFECT_API_AUTH_STRING": "a:b"}, project_slug="con-las-dos")
        assert set(header) == {"Basic YTpi"}


def test_a_server_that_asks_for_a_password_is_given_the_one_of_the_settings(
    tmp_path: Path, generate: Callable[..., Generated], installed: Project
) -> None:
    password = "ana:una-clave-reconocible"
    with prefect_server(installed, tmp_path, PREFECT_SERVER_API_AUTH_STRING=password) as server:
        env = address(server)
        refused = generate(tmp_path, env=env)
        assert "rechazó las credenciales (HTTP 401)" in refused.output
        wrong = generate(tmp_path, env=env | {"PREFECT_API_AUTH_STRING": "x"}, project_slug="otro")
        assert "rechazó las credenciales (HTTP 401)" in wrong.output
        env |= {"PREFECT_API_AUTH_STRING": password}
        accepted = generate(tmp_path, env=env, project_slug="tercero")
    assert "Falta el work pool «pool-dev»" in accepted.output
    assert "una-clave-reconocible" not in accepted.output


DOWN = {
    "nothing listens": ("http://127.0.0.1:{free}/api", "nadie atiende en ese puerto"),
    "it never answers": ("http://127.0.0.1:{silent}/api", "pasaron 2 segundos"),
    "a name of nobody": ("http://servidor-prefect.invalid:4200/api", "no existe en la red"),
    "not an address": ("servidor-prefect", "no es una dirección"),
    "without /api": ("http://127.0.0.1:{web}", "tiene que terminar en /api"),
    "it redirects": ("http://127.0.0.1:{web}/moved/api", "manda a http://127.0.0.1:1/api/health"),
}


@pytest.mark.parametrize("case", DOWN)
@pytest.mark.parametrize("mode", ["warn", "strict"])
def test_a_server_that_cannot_be_asked_costs_one_line_and_two_seconds(
    tmp_path: Path, generate: Callable[..., Generated], case: str, mode: str
) -> None:
    address, reason = DOWN[case]
    silent = silence()
    with silent, stand_in({}) as (web, _):
        port = web.split(":")[-1].split("/")[0]
        url = address.format(free=free_port(), silent=silent.getsockname()[1], web=port)
        before = time.monotonic()
        env = {"PREFECT_API_URL": url, "PREFECT_API_KEY": "clave-que-no-se-dice"}
        generated = generate(tmp_path, env=env, server_check=mode)
        seconds = time.monotonic() - before
    # Where no resolver answers, a name takes until the end of our patience.
    reasons = [reason, "pasaron 2 segundos"] if case == "a name of nobody" else [reason]
    assert any(reason in generated.output for reason in reasons)
    assert "clave-que-no-se-dice" not in generated.output and "Traceback" not in generated.output
    assert (generated.code == 0) == (mode == "warn") == generated.path.exists()
    assert seconds < 10, "generous, for a busy machine: the point is that it is not thirty"


def silence() -> socket.socket:
    """Listen without ever answering."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener
