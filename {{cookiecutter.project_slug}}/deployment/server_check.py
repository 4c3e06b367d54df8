"""Qué hay en el servidor de Prefect: la API, los work pools, los bloques y las variables.

Pregunta por HTTP y usa solo la biblioteca estándar, porque también corre al generar
el proyecto, cuando Prefect todavía no está instalado. Nunca lee el valor de un secreto.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import shutil
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TIMEOUT = 2.0  # segundos que se espera cada respuesta, si no se dice otra cosa
USABLE_POOL_TYPES = ("process",)  # los otros tipos no ven esta máquina: ni carpeta, ni Git, ni uv
UV_RUN = "uv run " if shutil.which("uv") else ""


@dataclass(frozen=True)
class Finding:
    """Lo que encontró una revisión.

    Attributes:
        level: «bien», «aviso» (no impide desplegar), «error», o nada si solo informa.
        text: Qué pasa, en una línea.
        fix: El comando o la página que lo arregla.
    """

    level: str
    text: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.level:5}  {self.text}" + (f" Se arregla con: {self.fix}" if self.fix else "")


NO_SERVER = Finding(
    "error",
    "No hay un servidor de Prefect configurado (PREFECT_API_URL).",
    f"{UV_RUN}prefect config set PREFECT_API_URL=http://servidor-prefect:4200/api",
)


@dataclass(frozen=True)
class BlockType:
    """Cómo se llama un tipo de bloque en la interfaz, y cómo se crea uno.

    Attributes:
        title: El nombre del tipo.
        module: El módulo de Python que lo trae; vacío si no se sabe.
        create: El código que crea el bloque NOMBRE sin mostrar lo secreto.
    """

    title: str
    module: str = ""
    create: str = ""


BLOCK_TYPES = {
    "secret": BlockType(
        "Secret",
        "prefect.blocks.system",
        "from getpass import getpass; from prefect.blocks.system import Secret; "
        "Secret(value=getpass('Valor: ')).save('NOMBRE')",
    ),
    "email-server-credentials": BlockType(
        "Email Server Credentials",
        "prefect_email",
        "from getpass import getpass; from prefect_email import EmailServerCredentials; "
        "EmailServerCredentials(smtp_server=input('Servidor: '), smtp_type='STARTTLS', "
        "username=input('Usuario: '), password=getpass('Clave: ')).save('NOMBRE')",
    ),
}


class UnreachableError(Exception):
    """La API no contestó; el texto dice por qué."""


class _NoRedirects(HTTPRedirectHandler):
    """No sigue redirecciones: llevarían las credenciales a otra dirección."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True)
class Server:
    """La API de Prefect y las credenciales para consultarla."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)
    timeout: float = TIMEOUT

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], timeout: float) -> Server | None:
        """Arma el servidor con los ajustes de Prefect, llamados como sus variables de entorno.

        Args:
            settings: Los ajustes.
            timeout: Segundos que se espera cada respuesta.

        Returns:
            El servidor; None si no hay una PREFECT_API_URL.

        Raises:
            ValueError: Si los encabezados no son JSON.
            OSError: Si el archivo de certificados no se puede leer.
        """
        url = settings.get("PREFECT_API_URL", "").strip().rstrip("/")
        if not url:
            return None
        headers = {"Accept": "application/json"}
        if extra := settings.get("PREFECT_CLIENT_CUSTOM_HEADERS"):
            headers.update(json.loads(extra))
        if user_and_password := settings.get("PREFECT_API_AUTH_STRING"):  # gana, como en Prefect
            encoded = base64.b64encode(user_and_password.encode()).decode()
            headers["Authorization"] = f"Basic {encoded}"
        elif key := settings.get("PREFECT_API_KEY", "").strip():
            headers["Authorization"] = f"Bearer {key}"
        context = None
        if url.startswith("https:"):
            context = ssl.create_default_context(
                cafile=settings.get("PREFECT_API_SSL_CERT_FILE") or None
            )
            if settings.get("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "").lower() in ("true", "1"):
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        return cls(url, headers, context, timeout)

    @property
    def shown_url(self) -> str:
        """La dirección, sin las credenciales que alguien le haya puesto."""
        return re.sub(r"//[^/]*@", "//…@", self.url)

    def get(self, path: str) -> tuple[int, Any]:
        """Pide una página de la API.

        Returns:
            El código de HTTP y el JSON de la respuesta (None si no es JSON).

        Raises:
            UnreachableError: Si nadie contesta, con el motivo.
        """
        opener = build_opener(_NoRedirects, HTTPSHandler(context=self.ssl_context))
        try:
            parts = urlsplit(self.url)
            if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
                raise ValueError
            headers = dict(self.headers)
            request = Request(self.url + path, headers=headers)  # noqa: S310 - ya se vio que es http
            with opener.open(request, timeout=self.timeout) as response:
                return response.status, _json(response.read())
        except HTTPError as error:
            with error:
                return error.code, error.headers.get("Location")
        except (ValueError, http.client.InvalidURL):
            raise UnreachableError(
                "no es una dirección; tiene que ser como http://servidor-prefect:4200/api"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(_reason(error, self.timeout)) from None


def check_server(
    settings: Mapping[str, str],
    pools: Iterable[str],
    secrets: Iterable[str],
    client_version: str | None = None,
    *,
    variables: Iterable[str] = (),
    blocks: Iterable[str] = (),
    needs_worker: bool = False,
    timeout: float = TIMEOUT,
) -> Iterator[Finding]:
    """Revisa que haya un servidor y que estén los work pools, los bloques y las variables.

    Args:
        settings: Los ajustes de Prefect, llamados como sus variables de entorno.
        pools: Nombres de los work pools que tienen que existir.
        secrets: Nombres de los bloques Secret que tienen que existir.
        client_version: La versión de Prefect de este proyecto, si está instalado.
        variables: Nombres de las variables de Prefect que tienen que existir.
        blocks: Bloques de otros tipos que tienen que existir: «tipo/nombre».
        needs_worker: Si un work pool sin un worker en línea es un error y no un aviso.
        timeout: Segundos que se espera cada respuesta.

    Yields:
        Un hallazgo por cosa revisada, apenas se conoce; sin servidor, hasta ahí.
    """
    try:
        server = Server.from_settings(settings, timeout)
    except (OSError, ValueError) as error:
        yield Finding("error", f"Los ajustes de Prefect no sirven: {error}.")
        return
    if server is None:
        yield NO_SERVER
        return
    yield Finding("", f"Servidor: {server.shown_url}")
    api = _check_api(server, client_version)
    yield api
    if api.level != "error":
        with ThreadPoolExecutor(max_workers=8) as executor:
            found_pools = executor.map(lambda name: _check_pool(server, name, needs_worker), pools)
            names = [*(f"secret/{name}" for name in secrets), *blocks]
            found_blocks = executor.map(lambda name: _check_block(server, name), names)
            found_variables = executor.map(lambda name: _check_variable(server, name), variables)
            yield from (*found_pools, *found_blocks, *found_variables)


def _check_api(server: Server, client_version: str | None) -> Finding:
    """Revisa que ahí conteste la API de Prefect, y que no sea más vieja que el cliente."""
    try:
        # /health contesta a cualquiera; /admin/version, solo a quien tiene permiso.
        health = _in_time(server, "/health")
        status, body = health if health != (200, True) else server.get("/admin/version")
    except UnreachableError as reason:
        return Finding("error", f"El servidor {server.shown_url} no contesta: {reason}.")
    if status in (401, 403):
        return Finding(
            "error",
            f"El servidor {server.shown_url} rechazó las credenciales (HTTP {status}).",
            f"{UV_RUN}prefect config set PREFECT_API_AUTH_STRING=usuario:clave "
            "(o PREFECT_API_KEY, si el servidor usa claves)",
        )
    if status >= 500:
        return Finding(
            "error", f"El servidor {server.shown_url} contesta con un error (HTTP {status})."
        )
    if 300 <= status < 400:
        return Finding(
            "error", f"El servidor {server.shown_url} manda a {body}: usá esa dirección."
        )
    if health != (200, True):
        return Finding(
            "error",
            f"En {server.shown_url} no contesta la API de Prefect (HTTP {status}): "
            "la dirección tiene que terminar en /api.",
        )
    text = f"La API contesta: Prefect {body or 'de versión desconocida'}."
    if client_version and _numbers(client_version) > _numbers(body) != ():
        return Finding(
            "aviso",
            f"{text} Es más viejo que el de este proyecto ({client_version}): puede rechazar "
            "lo que no conoce, con un error 422.",
            f'uv add "prefect=={body}"',
        )
    return Finding("bien", text)


def _in_time(server: Server, path: str) -> tuple[int, Any]:
    """Espera una respuesta; la búsqueda del nombre en la red no tiene otro límite que este.

    Es el doble del tiempo porque un nombre puede tener dos direcciones (IPv6 y IPv4).
    """
    answers: list[tuple[int, Any] | UnreachableError] = []

    def keep() -> None:
        try:
            answers.append(server.get(path))
        except UnreachableError as reason:
            answers.append(reason)

    thread = Thread(target=keep, daemon=True)
    thread.start()
    thread.join(2 * server.timeout)
    answer = answers[0] if answers else UnreachableError(_reason(TimeoutError(), server.timeout))
    if isinstance(answer, UnreachableError):
        raise answer
    return answer


def _check_pool(server: Server, name: str, needs_worker: bool) -> Finding:
    status, pool = _ask(server, f"/work_pools/{quote(name, safe='')}")
    shown = f'"{name}"' if " " in name else name
    create = f"{UV_RUN}prefect work-pool create {shown} --type {USABLE_POOL_TYPES[0]}"
    if status == 404:
        return Finding("error", f"Falta el work pool «{name}».", create)
    if status != 200:
        return _refused(f"el work pool «{name}»", status)
    if pool["type"] not in USABLE_POOL_TYPES:
        return Finding(
            "error",
            f"El work pool «{name}» es de tipo {pool['type']} y este proyecto necesita uno de "
            f"tipo {' o '.join(USABLE_POOL_TYPES)}: creá otro y ponelo en deploy.py.",
            create.replace(shown, f'"{name}-process"' if " " in name else f"{name}-process"),
        )
    if pool["is_paused"]:
        return Finding(
            "error",
            f"El work pool «{name}» está en pausa: no correría nada.",
            f"{UV_RUN}prefect work-pool resume {shown}",
        )
    if pool["status"] != "READY":
        effect = (
            "no puede ejecutar nada ahora"
            if needs_worker
            else "las ejecuciones van a quedar atrasadas (Late) hasta que haya uno"
        )
        return Finding(
            "error" if needs_worker else "aviso",
            f"El work pool «{name}» no tiene un worker en línea: {effect}.",
            f"{UV_RUN}prefect worker start --pool {shown}",
        )
    return Finding("bien", f"Work pool «{name}»: de tipo {pool['type']}, con un worker en línea.")


def _check_block(server: Server, name: str) -> Finding:
    """Revisa que exista un bloque, «tipo/nombre»."""
    kind, _, own_name = name.partition("/")
    block_type = BLOCK_TYPES.get(kind, BlockType(kind))
    what = f"el bloque {block_type.title} «{own_name}»"
    path = f"/block_types/slug/{quote(kind, safe='')}"
    status, _ = _ask(
        server, f"{path}/block_documents/name/{quote(own_name, safe='')}?include_secrets=false"
    )
    if status == 200:
        return Finding("bien", f"Bloque {block_type.title} «{own_name}»: existe.")
    if status != 404:
        return _refused(what, status)
    page = ""
    if server.url.endswith("/api"):  # en Prefect Cloud, la interfaz está en otra dirección
        page = f" Se crea en {server.url.removesuffix('/api')}/blocks/catalog/{kind}/create."
    status, _ = _ask(server, path)
    if status == 404:
        register = f"{UV_RUN}prefect block register -m {block_type.module}"
        return Finding(
            "error",
            f"Falta {what}, y el servidor todavía no conoce ese tipo de bloque ({kind}).{page}",
            register if block_type.module else "",
        )
    create = ""
    if block_type.create:
        create = f'{UV_RUN}python -c "{block_type.create.replace("NOMBRE", own_name)}"'
    return Finding("error", f"Falta {what}.{page}", create)


def _check_variable(server: Server, name: str) -> Finding:
    status, _ = _ask(server, f"/variables/name/{quote(name, safe='')}")
    if status == 200:
        return Finding("bien", f"Variable «{name}»: existe.")
    if status == 404:
        return Finding(
            "error", f"Falta la variable «{name}».", f"{UV_RUN}prefect variable set {name} VALOR"
        )
    return _refused(f"la variable «{name}»", status)


def _refused(what: str, status: int) -> Finding:
    if status:
        return Finding("error", f"El servidor no dejó revisar {what} (HTTP {status}).")
    return Finding("error", f"El servidor dejó de contestar al revisar {what}.")


def _ask(server: Server, path: str) -> tuple[int, Any]:
    """Como `Server.get`, con el código 0 si nadie contesta."""
    try:
        return server.get(path)
    except UnreachableError:
        return 0, None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _numbers(version: object) -> tuple[int, ...]:
    """Devuelve los tres primeros números de una versión, para compararla."""
    return tuple(int(part) for part in re.findall(r"\d+", str(version))[:3])


def _reason(error: Exception, timeout: float) -> str:
    """Dice en castellano por qué no se pudo hablar con el servidor."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"pasaron {timeout:g} segundos"
    if isinstance(cause, socket.gaierror):
        return "ese nombre no existe en la red"
    if isinstance(cause, ConnectionRefusedError):
        return "nadie atiende en ese puerto"
    if isinstance(cause, ssl.SSLError):
        return f"la conexión segura falló ({cause})"
    return str(cause) or type(cause).__name__
