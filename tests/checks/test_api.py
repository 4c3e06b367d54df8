"""The HTTP client: who is asked, with what credentials, and why nobody answers."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import trustme

from electra_flow.checks.api import Server, UnreachableError
from electra_flow.checks.settings import SettingsError
from harness import free_port

HEALTH = {"/api/health": True}


def server(url: str, **settings: str) -> Server:
    found = Server.from_settings({"PREFECT_API_URL": url} | settings, 2.0)
    assert found
    return found


def reason(url: str, **settings: str) -> UnreachableError:
    with pytest.raises(UnreachableError) as error:
        server(url, **settings).get("/health")
    return error.value


@pytest.mark.parametrize("url", ["", "  "])
def test_without_an_address_there_is_no_server(url: str) -> None:
    assert Server.from_settings({"PREFECT_API_URL": url}) is None


def test_an_answer_is_its_status_and_its_json(web: Callable[..., Any]) -> None:
    stand_in = web({"/api/health": True, "/api/html": (200, {}, "<html>")})
    asked = server(f" {stand_in.url}/ ")
    assert asked.get("/health") == (200, True)
    assert asked.get("/html") == (200, None)
    assert asked.get("/no") == (404, None)


def test_the_key_is_sent_unless_there_is_a_password_as_prefect_does(
    web: Callable[..., Any],
) -> None:
    stand_in = web(HEALTH)
    server(stand_in.url, PREFECT_API_KEY="clave").get("/health")
    both = {"PREFECT_API_KEY": "clave", "PREFECT_API_AUTH_STRING": "a:b"}
    server(stand_in.url, **both).get("/health")
    headers = '{"Authorization": "propio"}'
    server(stand_in.url, PREFECT_CLIENT_CUSTOM_HEADERS=headers).get("/health")
    assert stand_in.authorizations == ["Bearer clave", "Basic YTpi", "propio"]


def test_a_redirect_is_not_followed(web: Callable[..., Any]) -> None:
    other = web(HEALTH)
    first = web({"/api/health": (302, {"Location": f"{other.url}/health"}, "")})
    assert server(first.url).get("/health") == (302, f"{other.url}/health")
    assert other.requests == [], "the credentials would have gone there"


def test_what_is_secret_is_shown_nowhere() -> None:
    asked = server("http://ana:clave-1@servidor/api", PREFECT_API_KEY="clave-2")
    assert asked.shown_url == "http://…@servidor/api"
    assert "clave-2" not in repr(asked)


def test_a_certificate_is_checked_with_the_company_s_own_authority(
    tmp_path: Path, web: Callable[..., Any]
) -> None:
    authority = trustme.CA()
    file = tmp_path / "empresa.pem"
    authority.cert_pem.write_to_path(str(file))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    url = web(HEALTH, tls).url
    assert "la conexión segura falló" in str(reason(url))
    assert server(url, PREFECT_API_SSL_CERT_FILE=str(file)).get("/health") == (200, True)
    careless = server(url, PREFECT_API_TLS_INSECURE_SKIP_VERIFY="yes")
    assert careless.get("/health") == (200, True)


@pytest.mark.parametrize("headers", ["{", "[]", '{"X": 1}', '"x"'])
def test_headers_that_are_none_are_refused(headers: str) -> None:
    with pytest.raises(SettingsError, match="PREFECT_CLIENT_CUSTOM_HEADERS tiene que ser JSON"):
        server("http://x/api", PREFECT_CLIENT_CUSTOM_HEADERS=headers)


def test_a_file_of_certificates_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "malo.pem").write_text("hola", "utf-8")
    for name in ("no-existe.pem", "malo.pem"):
        with pytest.raises(SettingsError, match=f"PREFECT_API_SSL_CERT_FILE: .*{name}: "):
            server("https://x/api", PREFECT_API_SSL_CERT_FILE=str(tmp_path / name))


@pytest.mark.parametrize(
    "url",
    [
        "servidor-prefect",
        "servidor:4200/api",
        "ftp://servidor/api",
        "http://",
        "http://a:b@servidor/api",
        "http://servidor:99999/api",
        "http://servidor:puerto/api",
        "http://[servidor/api",
    ],
)
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    assert "no es una dirección; tiene que ser como http://" in str(reason(url))


@pytest.mark.parametrize(
    "settings", [{"PREFECT_API_KEY": "clave€"}, {"PREFECT_CLIENT_CUSTOM_HEADERS": '{"X": "a\\nb"}'}]
)
def test_what_http_cannot_carry_is_said(web: Callable[..., Any], settings: dict[str, str]) -> None:
    assert "caracteres que HTTP no admite" in str(reason(web(HEALTH).url, **settings))


def test_a_port_where_nobody_listens_is_said() -> None:
    assert str(reason(f"http://127.0.0.1:{free_port()}/api")) == "nadie atiende en ese puerto"


def test_a_server_that_is_silent_costs_the_timeout() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api"
        asked = Server.from_settings({"PREFECT_API_URL": url}, 0.2)
        assert asked
        with pytest.raises(UnreachableError, match=r"pasaron 0\.2 segundos"):
            asked.get_in_time("/health")


def test_the_search_of_a_name_costs_no_more_than_two_timeouts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A resolver that does not answer is played: its time is not ours to limit."""
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: over.wait() and [])
    asked = Server.from_settings({"PREFECT_API_URL": "http://servidor-prefect:4200/api"}, 0.1)
    assert asked
    with pytest.raises(UnreachableError, match=r"pasaron 0\.1 segundos"):
        asked.get_in_time("/health")
    over.set()


def test_a_name_that_nobody_has_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    said = str(reason("http://servidor-prefect.invalid:4200/api"))
    assert said == "ese nombre no existe en la red"


# --- A proxy in between -----------------------------------------------------------------------

WITH_PASSWORD = "http://ana:clave-4711@127.0.0.1:{}"


@pytest.mark.parametrize(("scheme", "name"), [("http", "HTTP_PROXY"), ("https", "https_proxy")])
def test_a_proxy_where_nobody_listens_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, scheme: str, name: str
) -> None:
    port = free_port()
    monkeypatch.setenv(name, WITH_PASSWORD.format(port))
    error = reason(f"{scheme}://servidor-prefect:4200/api")
    assert str(error) == (
        f"el proxy http://127.0.0.1:{port} ({name}) no contesta: nadie atiende en ese puerto"
    )
    assert error.fix == "NO_PROXY=servidor-prefect, si a ese servidor se llega sin proxy"


@pytest.mark.parametrize("status", [403, 407, 502, 503])
def test_a_proxy_that_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, web: Callable[..., Any], status: int
) -> None:
    proxy = web({"*": (status, {"Content-Type": "text/html"}, "<html>Squid</html>")})
    monkeypatch.setenv("HTTP_PROXY", f"http://ana:clave-4711@{proxy.host}")
    said = str(reason("http://servidor-prefect:4200/api"))
    assert said == f"el proxy http://{proxy.host} (HTTP_PROXY) contestó HTTP {status} en su lugar"
    assert proxy.requests == ["http://servidor-prefect:4200/api/health"]


def test_a_proxy_that_refuses_the_tunnel_is_named(
    monkeypatch: pytest.MonkeyPatch, web: Callable[..., Any]
) -> None:
    proxy = web({"*": (403, {}, "")})
    monkeypatch.setenv("HTTPS_PROXY", proxy.host)
    said = str(reason("https://servidor-prefect/api"))
    assert said == f"el proxy {proxy.host} (HTTPS_PROXY) no deja pasar (HTTP 403)"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "text/html"), (404, "text/html"), (503, "application/json")]
)
def test_what_the_server_itself_says_is_its_own_also_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, web: Callable[..., Any], status: int, kind: str
) -> None:
    proxy = web({"*": (status, {"Content-Type": kind}, "{}")})
    monkeypatch.setenv("HTTP_PROXY", proxy.host)
    assert server("http://servidor-prefect:4200/api").get("/health") == (status, None)


@pytest.mark.parametrize("url", ["http://proxy:99999", "http://", "socks5://proxy:1080"])
def test_a_proxy_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", url)
    said = str(reason("http://servidor-prefect:4200/api"))
    assert said == f"el proxy {url} (ALL_PROXY) no sirve: tiene que ser como http://proxy:3128"


def test_a_server_that_needs_no_proxy_is_asked_directly(
    monkeypatch: pytest.MonkeyPatch, web: Callable[..., Any]
) -> None:
    url = web(HEALTH).url
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert "proxy" in str(reason(url))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert server(url).proxy is None
    assert server(url).get("/health") == (200, True)
