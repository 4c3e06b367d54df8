"""The check of Prefect's server, against stand-ins that answer as it does."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from electra_flow.checks.finding import UV_RUN, Finding
from electra_flow.checks.server import NO_SERVER, check_server
from harness import free_port

ALIVE = {"/api/health": True, "/api/admin/version": "3.9.1"}
BLOCK = "/api/block_types/slug/{}/block_documents/name/{}?include_secrets=false"


def pool(kind: str = "process", status: str = "READY", *, paused: bool = False) -> dict[str, Any]:
    return {"type": kind, "status": status, "is_paused": paused}


def findings(url: str, settings: dict[str, str] | None = None, **wanted: Any) -> list[Finding]:
    settings = {"PREFECT_API_URL": url} | (settings or {})
    return list(check_server(settings, **{"pools": []} | wanted))


def errors(found: list[Finding]) -> list[str]:
    return [str(finding) for finding in found if finding.level == "error"]


def test_what_is_there_is_said_and_is_no_error(web: Callable[..., Any]) -> None:
    stand_in = web(
        ALIVE
        | {
            "/api/work_pools/pool-dev": pool(),
            "/api/work_pools/pool-dev/queues/urgente": {"is_paused": False},
            BLOCK.format("secret", "token"): {},
            BLOCK.format("email-server-credentials", "correo"): {},
            "/api/variables/name/limite": {},
        }
    )
    found = findings(
        stand_in.url,
        pools=["pool-dev"],
        queues=[("pool-dev", "urgente")],
        secrets=["token"],
        blocks=["email-server-credentials/correo"],
        variables=["limite"],
        client_version="3.9.1",
    )
    assert [str(finding) for finding in found] == [
        f"       Servidor: {stand_in.url}",
        "bien   La API contesta: Prefect 3.9.1.",
        "bien   Work pool «pool-dev»: de tipo process, con un worker en línea.",
        "bien   Cola «urgente» del work pool «pool-dev»: existe.",
        "bien   Bloque Secret «token»: existe.",
        "bien   Bloque Email Server Credentials «correo»: existe.",
        "bien   Variable «limite»: existe.",
    ]


def test_all_that_is_missing_is_named_at_once_with_the_command_that_creates_it(
    web: Callable[..., Any],
) -> None:
    stand_in = web(ALIVE | {"/api/block_types/slug/secret": {}})
    lines = errors(
        findings(
            stand_in.url,
            pools=["a", "Producción 2"],
            queues=[("a", "q")],
            secrets=["b"],
            blocks=["email-server-credentials/c", "otro/d"],
            variables=["e"],
        )
    )
    catalog = f"{stand_in.url.removesuffix('/api')}/blocks/catalog"
    for line, (text, fix) in zip(
        lines,
        [
            ("Falta el work pool «a».", "prefect work-pool create a --type process"),
            (
                "Falta el work pool «Producción 2».",
                'prefect work-pool create "Producción 2" --type process',
            ),
            ("Falta la cola «q» en el work pool «a».", "prefect work-queue create q --pool a"),
            (f"Falta el bloque Secret «b». Se crea en {catalog}/secret/create.", ".save('b')\""),
            (
                "Falta el bloque Email Server Credentials «c», y el servidor todavía no conoce ese "
                "tipo de bloque (email-server-credentials).",
                "prefect block register -m prefect_email",
            ),
            ("Falta el bloque otro «d», y el servidor todavía no conoce ese tipo", "otro/create."),
            ("Falta la variable «e».", "prefect variable set e VALOR"),
        ],
        strict=True,
    ):
        assert line.startswith(f"error  {text}") and line.endswith(fix)
    assert "Se arregla con" not in lines[5], "how that type is created is not known"
    assert f"Se arregla con: {UV_RUN}prefect" in lines[0]


def test_pools_blocks_and_variables_with_other_letters_are_asked_for_by_their_name(
    web: Callable[..., Any],
) -> None:
    stand_in = web(ALIVE)
    findings(stand_in.url, pools=["Producción 2/a?"])
    assert "/api/work_pools/Producci%C3%B3n%202%2Fa%3F" in stand_in.requests


def test_a_pool_of_another_type_or_paused_is_an_error(web: Callable[..., Any]) -> None:
    answers = {
        "/api/work_pools/aparte": pool("ecs"),
        "/api/work_pools/p": pool(paused=True, status="PAUSED"),
    }
    other, paused = errors(findings(web(ALIVE | answers).url, pools=["aparte", "p"]))
    assert "«aparte» es de tipo ecs y este proyecto necesita uno de tipo process" in other
    assert other.endswith("work-pool create aparte-process --type process")
    assert "«p» está en pausa: no correría nada." in paused
    assert paused.endswith("prefect work-pool resume p")


@pytest.mark.parametrize(("needs_worker", "level"), [(False, "aviso"), (True, "error")])
def test_what_makes_a_run_wait_is_an_error_only_for_who_wants_one_now(
    web: Callable[..., Any], needs_worker: bool, level: str
) -> None:
    answers = {
        "/api/work_pools/p": pool(status="NOT_READY"),
        "/api/work_pools/p/queues/q": {"is_paused": True},
    }
    url = web(ALIVE | answers).url
    *_, of_pool, of_queue = findings(
        url, pools=["p"], queues=[("p", "q")], needs_worker=needs_worker
    )
    assert (of_pool.level, of_queue.level) == (level, level)
    assert of_pool.text.startswith("El work pool «p» no tiene un worker en línea: ")
    assert of_pool.fix == f"{UV_RUN}prefect worker start --pool p"
    assert of_queue.text.startswith("La cola «q» del work pool «p» está en pausa: ")
    assert of_queue.fix == f"{UV_RUN}prefect work-queue resume q --pool p"
    expected = "no puede ejecutar nada ahora" if needs_worker else "atrasadas (Late)"
    assert expected in of_pool.text and expected in of_queue.text


def test_a_value_of_a_secret_is_never_asked_for(web: Callable[..., Any]) -> None:
    stand_in = web(ALIVE)
    findings(stand_in.url, secrets=["token"], blocks=["aws/otro"])
    asked = [path for path in stand_in.requests if "block_documents" in path]
    assert len(asked) == 2
    assert all(path.endswith("?include_secrets=false") for path in asked)


@pytest.mark.parametrize(
    ("client", "level"),
    [("3.9.1", "bien"), ("3.9.2", "aviso"), ("3.10.0", "aviso"), ("3.8.9", "bien"), (None, "bien")],
)
def test_a_server_older_than_the_project_is_a_warning(
    web: Callable[..., Any], client: str | None, level: str
) -> None:
    found = findings(web(ALIVE).url, client_version=client)[-1]
    assert found.level == level
    if level == "aviso":
        assert f"más viejo que el de este proyecto ({client})" in found.text
        assert found.fix == 'uv add "prefect==3.9.1"'


def test_a_server_whose_version_is_not_known_is_no_old_one(web: Callable[..., Any]) -> None:
    found = findings(web({"/api/health": True}).url, client_version="3.9.1")[-1]
    assert (found.level, found.text) == ("bien", "La API contesta: Prefect de versión desconocida.")


@pytest.mark.parametrize("settings", [{}, {"PREFECT_API_URL": " "}])
def test_without_an_address_it_says_so_in_one_line(settings: dict[str, str]) -> None:
    assert list(check_server(settings, pools=["p"], secrets=["s"])) == [NO_SERVER]
    assert NO_SERVER.text == "No hay un servidor de Prefect configurado (PREFECT_API_URL)."
    assert "prefect config set PREFECT_API_URL=http" in NO_SERVER.fix


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
def test_settings_that_cannot_be_used_cost_one_line(broken: dict[str, str]) -> None:
    (found,) = findings("http://127.0.0.1:9/api", broken, pools=["p"])
    assert str(found).startswith("error  Los ajustes de Prefect no sirven: ")
    assert list(broken)[-1] in found.text and "\n" not in found.text


DOWN = {
    "nothing listens": ("http://127.0.0.1:{free}/api", "nadie atiende en ese puerto"),
    "it never answers": ("http://127.0.0.1:{silent}/api", "pasaron 0.3 segundos"),
    "not an address": ("servidor-prefect", "no es una dirección"),
    "without /api": ("http://127.0.0.1:{web}", "la dirección tiene que terminar en /api."),
    "another program": ("http://127.0.0.1:{web}/html/api", "(HTTP 200): ahí contesta otra cosa."),
    "it redirects": ("http://127.0.0.1:{web}/moved/api", "manda a http://127.0.0.1:1/api: usá esa"),
    "broken": ("http://127.0.0.1:{web}/broken/api", "contesta con un error (HTTP 503)"),
    "a password": ("http://127.0.0.1:{web}/locked/api", "rechazó las credenciales (HTTP 401)"),
}


@pytest.mark.parametrize("case", DOWN)
def test_a_server_that_cannot_be_asked_costs_one_line_and_no_more_than_its_time(
    web: Callable[..., Any], case: str
) -> None:
    address, reason = DOWN[case]
    stand_in = web(
        {
            "/html/api/health": (200, {}, "<html>Hola</html>"),
            "/health": (200, {}, "<html>Hola</html>"),
            "/moved/api/health": (302, {"Location": "http://127.0.0.1:1/api"}, ""),
            "/broken/api/health": (503, {}, ""),
            "/locked/api/health": True,
            "/locked/api/admin/version": (401, {}, ""),
        }
    )
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        ports = {"free": free_port(), "silent": silent.getsockname()[1]}
        url = address.format(web=stand_in.host.split(":")[1], **ports)
        key = {"PREFECT_API_KEY": "clave-que-no-se-dice"}
        shown, found = findings(url, key, pools=["p"], secrets=["s"], timeout=0.3)
    assert shown == Finding("", f"Servidor: {url}")
    assert found.level == "error" and reason in found.text
    assert "clave-que-no-se-dice" not in str(found)


def test_credentials_in_the_address_are_not_shown() -> None:
    found = findings("http://ana:clave-4711@servidor/api")
    assert "clave-4711" not in "".join(map(str, found))
    assert found[0].text == "Servidor: http://…@servidor/api"


def test_a_proxy_in_between_is_named_with_what_avoids_it(
    web: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was said that nobody listens on the server's port, or that the address is wrong."""
    port = free_port()
    monkeypatch.setenv("HTTP_PROXY", f"http://ana:clave-4711@127.0.0.1:{port}")
    url = "http://servidor-prefect:4200/api"
    dead = findings(url)[-1]
    assert str(dead) == (
        f"error  El servidor {url} no contesta: el proxy http://127.0.0.1:{port} (HTTP_PROXY) no "
        "contesta: nadie atiende en ese puerto. Se arregla con: NO_PROXY=servidor-prefect, si a ese "
        "servidor se llega sin proxy"
    )
    page = web({"*": (200, {"Content-Type": "text/html"}, "<html>Ingresá tu clave</html>")})
    monkeypatch.setenv("HTTP_PROXY", f"http://{page.host}")
    assert findings(url)[-1].text == (
        f"En {url} no contesta la API de Prefect (HTTP 200): contesta el proxy http://{page.host} "
        "(HTTP_PROXY)."
    )


def test_what_the_server_does_not_let_be_checked_is_said(web: Callable[..., Any]) -> None:
    no = (403, {}, "")
    answers = {
        "/api/work_pools/p": no,
        "/api/work_pools/p/queues/q": no,
        BLOCK.format("secret", "s"): no,
        "/api/variables/name/v": no,
    }
    found = findings(
        web(ALIVE | answers).url, pools=["p"], queues=[("p", "q")], secrets=["s"], variables=["v"]
    )
    assert [finding.text for finding in found[2:]] == [
        "El servidor no dejó revisar el work pool «p» (HTTP 403).",
        "El servidor no dejó revisar la cola «q» del work pool «p» (HTTP 403).",
        "El servidor no dejó revisar el bloque Secret «s» (HTTP 403).",
        "El servidor no dejó revisar la variable «v» (HTTP 403).",
    ]
