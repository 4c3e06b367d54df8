"""Asking Prefect's API over HTTP, with the standard library alone."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
    getproxies,
    proxy_bypass,
)

from electra_flow.checks.settings import SettingsError

_TRUE = ("true", "1", "yes", "y", "on", "t")  # as pydantic reads them
TIMEOUT = 2.0  # seconds that each answer may take, unless told otherwise


class UnreachableError(Exception):
    """Why the API did not answer, in Spanish.

    Attributes:
        fix: What may mend it.
    """

    def __init__(self, reason: str, fix: str = "") -> None:
        super().__init__(reason)
        self.fix = fix


@dataclass(frozen=True)
class Proxy:
    """What stands between this machine and the server.

    Attributes:
        url: Its address, as it is set: it may hold a password.
        origin: The environment variable that names it, or where else it is set.
    """

    url: str = field(repr=False)
    origin: str

    def __str__(self) -> str:
        scheme, separator, _ = self.url.rpartition("://")
        return f"el proxy {scheme}{separator}{_without_credentials(self.url)} ({self.origin})"


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: it would take the credentials to another address."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True)
class Server:
    """Prefect's API, and the credentials to ask it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)
    timeout: float = TIMEOUT

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], timeout: float = TIMEOUT) -> Server | None:
        """Return the server of Prefect's settings.

        Args:
            settings: The settings, named like Prefect's environment variables.
            timeout: Seconds that each answer may take.

        Returns:
            The server; None if there is no PREFECT_API_URL.

        Raises:
            SettingsError: If the headers or the certificates cannot be read.
        """
        url = settings.get("PREFECT_API_URL", "").strip().rstrip("/")
        if not url:
            return None
        headers = {"Accept": "application/json"}
        if extra := settings.get("PREFECT_CLIENT_CUSTOM_HEADERS"):
            headers |= _custom_headers(extra)
        if user_and_password := settings.get("PREFECT_API_AUTH_STRING"):  # wins, as in Prefect
            encoded = base64.b64encode(user_and_password.encode()).decode()
            headers["Authorization"] = f"Basic {encoded}"
        elif key := settings.get("PREFECT_API_KEY", "").strip():
            headers["Authorization"] = f"Bearer {key}"
        context = _ssl_context(settings) if url.startswith("https:") else None
        return cls(url, headers, context, timeout)

    @property
    def shown_url(self) -> str:
        """The address, without the credentials that someone wrote into it."""
        return re.sub(r"//[^/]*@", "//…@", self.url)

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that requests go through, if there is one."""
        parts = urlsplit(self.url)
        if not parts.hostname or proxy_bypass(parts.netloc):
            return None
        proxies = getproxies()
        for kind in (parts.scheme, "all"):
            if url := proxies.get(kind):
                names = (f"{kind}_proxy", f"{kind}_proxy".upper())
                origin = next((n for n in names if os.environ.get(n)), "los ajustes del sistema")
                return Proxy(url, origin)
        return None

    def get(self, path: str, search: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Ask for a page of the API, or search in one of its lists.

        Args:
            path: The page.
            search: What is searched; None where nothing is.

        Returns:
            The HTTP status and the answer's JSON (None if it is none); for a redirect, where to.

        Raises:
            UnreachableError: If nobody answers, or a proxy answers instead.
        """
        if not _is_address(self.url) or "@" in urlsplit(self.url).netloc:
            raise UnreachableError(
                "no es una dirección; tiene que ser como http://servidor-prefect:4200/api"
            )
        proxy = self.proxy
        if proxy and not _is_address(proxy.url if "://" in proxy.url else f"http://{proxy.url}"):
            raise self._through(proxy, "no sirve: tiene que ser como http://proxy:3128")
        scheme = self.url.partition(":")[0]
        opener = build_opener(
            _NoRedirects,
            HTTPSHandler(context=self.ssl_context),
            ProxyHandler({scheme: proxy.url} if proxy else {}),
        )
        try:
            request = Request(self.url + path, headers=dict(self.headers))
            if search is not None:  # Prefect searches by POST
                request.data = json.dumps(search).encode()
                request.add_header("Content-Type", "application/json")
            with opener.open(request, timeout=self.timeout) as response:
                return response.status, _json(response.read())
        except HTTPError as error:
            with error:
                if proxy and scheme == "http" and _is_proxy_s(error):
                    raise self._through(proxy, f"contestó HTTP {error.code} en su lugar") from None
                return error.code, error.headers.get("Location")
        except (ValueError, http.client.InvalidURL):
            raise UnreachableError(
                "la dirección, la clave o los encabezados llevan caracteres que HTTP no admite"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            cause = error.reason if isinstance(error, URLError) else error
            reason = _reason(cause, self.timeout)
            # What is wrong with a certificate, is so inside the tunnel that the proxy opened.
            if proxy and not isinstance(cause, ssl.SSLError):
                raise self._through(proxy, _proxy_s_reason(cause, reason)) from None
            raise UnreachableError(reason) from None

    def get_in_time(self, path: str) -> tuple[int, Any]:
        """Ask as `get` does, also where a name is looked up in the network, which has no limit.

        It takes twice the time, because a name may have two addresses (IPv6 and IPv4).
        """
        answers: list[tuple[int, Any] | UnreachableError] = []

        def keep() -> None:
            try:
                answers.append(self.get(path))
            except UnreachableError as reason:
                answers.append(reason)

        thread = Thread(target=keep, daemon=True)
        thread.start()
        thread.join(2 * self.timeout)
        answer = answers[0] if answers else UnreachableError(_reason(TimeoutError(), self.timeout))
        if isinstance(answer, UnreachableError):
            raise answer
        return answer

    def ask(self, path: str, search: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Ask as `get` does, with the status 0 if nobody answers."""
        try:
            return self.get(path, search)
        except UnreachableError:
            return 0, None

    def _through(self, proxy: Proxy, what: str) -> UnreachableError:
        host = urlsplit(self.url).hostname
        return UnreachableError(
            f"{proxy} {what}", f"NO_PROXY={host}, si a ese servidor se llega sin proxy"
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError, if it is none
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _custom_headers(text: str) -> dict[str, str]:
    headers = _json(text.encode())
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise SettingsError(
            "PREFECT_CLIENT_CUSTOM_HEADERS tiene que ser JSON, como "
            '{"X-Empresa": "valor"}, y no lo es'
        )
    return headers


def _ssl_context(settings: Mapping[str, str]) -> ssl.SSLContext:
    file = settings.get("PREFECT_API_SSL_CERT_FILE") or None
    try:
        context = ssl.create_default_context(cafile=file)
    except OSError as error:
        reason = "no es de certificados" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"PREFECT_API_SSL_CERT_FILE: {file}: {reason}") from None
    if settings.get("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "").lower() in _TRUE:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_proxy_s(error: HTTPError) -> bool:
    """Tell whether a proxy gave an answer instead of the server, whose errors are JSON.

    401, 404 and redirects are a server's also where they are not: nginx before it gives them.
    """
    from_server = error.code in (401, 404) or 300 <= error.code < 400
    return not from_server and "json" not in error.headers.get("Content-Type", "")


def _proxy_s_reason(cause: object, reason: str) -> str:
    refused = re.search(r"Tunnel connection failed: (\d+)", str(cause))
    if refused:
        return f"no deja pasar (HTTP {refused[1]})"
    return f"no contesta: {reason}"


def _reason(cause: object, timeout: float) -> str:
    """Say in Spanish why the server could not be talked to."""
    if isinstance(cause, TimeoutError):
        return f"pasaron {timeout:g} segundos"
    if isinstance(cause, socket.gaierror):
        return "ese nombre no existe en la red"
    if isinstance(cause, ConnectionRefusedError):
        return "nadie atiende en ese puerto"
    if isinstance(cause, ssl.SSLError):
        return f"la conexión segura falló ({cause})"
    return str(cause) or type(cause).__name__


def _without_credentials(url: str) -> str:
    return url.rpartition("://")[2].rpartition("@")[2]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
