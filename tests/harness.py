"""Running the real things: commands as a user has them, Prefect servers and workers on loopback.

Servers and workers are started on free ports in a process group of their own, and the group is
killed at the end, since a worker does not always react to one SIGTERM.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
UV = TOOLS / "uv"
SYSTEM_PATH = "/usr/bin:/bin"  # git is there, uv is not
SERVE = ("-m", "electra_flow.command.main", "server")  # as `prefect server start`
RECOMMENDED = {  # of a server, so that it forgets nothing (docs worker)
    "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER": "P1D",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}
NOBODY = "nadie@example.com"  # whom the mail server does not know
BUENOS_AIRES = "America/Argentina/Buenos_Aires"
STARTED = datetime.now(UTC)


def hours_away(zone: str = BUENOS_AIRES, minute: int = 30) -> str:
    """Return a cron of three times a day, each of them hours after these tests.

    Whatever a test deploys to a pool with a worker has one of these: at the hours of the default
    schedule, its runs would begin in the middle of what is tested.
    """
    moments = (STARTED + timedelta(hours=hours) for hours in (6, 12, 18))
    hours = sorted(moment.astimezone(ZoneInfo(zone)).hour for moment in moments)
    return f"{minute} {','.join(map(str, hours))} * * *"


def local_and_utc(cron: str, zone: str = BUENOS_AIRES) -> list[tuple[str, str]]:
    """Return the times of day of a cron as above, as they are there and in UTC."""
    minute, hours, *_ = cron.split()
    today = STARTED.astimezone(ZoneInfo(zone))
    local = [today.replace(hour=int(hour), minute=int(minute)) for hour in hours.split(",")]
    return [(f"{time:%H:%M}", f"{time.astimezone(UTC):%H:%M}") for time in local]


@dataclass
class Result:
    """What a command printed, and its exit code."""

    code: int
    output: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


def run(*command: str | Path, cwd: Path, env: dict[str, str], timeout: float = 300) -> Result:
    """Run a command to its end and return its whole output, never a terminal's."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=timeout,
    )
    return Result(done.returncode, done.stdout)


def user_environment(home: Path) -> dict[str, str]:
    """Return a user's environment variables: a new home, no Prefect settings, a name for Git."""
    home.mkdir(parents=True, exist_ok=True)
    (home / ".gitconfig").write_text("[user]\nname = Ana\nemail = ana@example.com\n", "utf-8")
    certificates = {name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ}
    cache = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True)
    return certificates | {
        "PATH": SYSTEM_PATH,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "UV_CACHE_DIR": cache.stdout.strip(),
        "UV_SYSTEM_CERTS": "true",
        "DO_NOT_TRACK": "1",  # Prefect reports its use to the outside unless told not to
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }


def copy_template(folder: Path) -> Path:
    """Return a copy of what cookiecutter uses of this working tree, as it is now."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("{{cookiecutter.project_slug}}", "electra_answers", "hooks", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in (".gitattributes", "cookiecutter.json", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@dataclass
class Generated(Result):
    """One run of cookiecutter, and where its project is or would be."""

    path: Path


@dataclass
class Project:
    """A generated project whose dependencies are installed, as its author has it."""

    path: Path
    python: Path
    env: dict[str, str]

    def run(self, *arguments: str | Path, **env: str) -> Result:
        """Run its Python."""
        return run(self.python, *arguments, cwd=self.path, env=self.env | env)

    def deploy(self, *arguments: str, **env: str) -> Result:
        """Run its deploy.py."""
        return self.run("deploy.py", *arguments, **env)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text of a file, which has to be there."""
        path = self.path / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


def installed_for(kind: str) -> str:
    """Return the fixture with the environment for a kind of flow."""
    return f"installed_{kind}" if kind in ("monitoring", "distributed") else "installed"


@dataclass
class Server:
    """A running Prefect server."""

    url: str
    env: dict[str, str]
    job_template: dict[str, Any]

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask its API, and return the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        deadline = time.monotonic() + 180
        while True:
            try:
                with urllib.request.urlopen(request, timeout=180) as response:
                    return json.loads(response.read() or "null")
            except urllib.error.HTTPError as error:
                # 503: SQLite is busy; Prefect's own client asks again too.
                if error.code != 503 or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def make_pool(self, name: str, kind: str = "process", *, paused: bool = False) -> str:
        """Create a work pool, as `prefect work-pool create` does."""
        template = self.job_template if kind == "process" else self.job_template_of(kind)
        body = {"name": name, "type": kind, "base_job_template": template}
        self.api("POST", "/work_pools/", body | {"is_paused": paused})
        return name

    def job_template_of(self, kind: str) -> dict[str, Any]:
        """Return the job template that this server's Prefect knows for a type of pools."""
        collections = self.api("GET", "/collections/views/aggregate-worker-metadata")
        (worker,) = (workers[kind] for workers in collections.values() if kind in workers)
        return worker["default_base_job_configuration"]

    def make_block(self, kind: str, name: str, data: dict[str, Any]) -> str:
        """Create a block, as Prefect's UI does, and return what it is called."""
        type_id = self.api("GET", f"/block_types/slug/{kind}")["id"]
        query = {"block_schemas": {"block_type_id": {"any_": [type_id]}}}
        schema = self.api("POST", "/block_schemas/filter", query)[0]["id"]
        document = {"name": name, "data": data, "block_type_id": type_id}
        self.api("POST", "/block_documents/", document | {"block_schema_id": schema})
        return f"{kind}/{name}"

    def make_secret(self, name: str, value: str) -> str:
        """Create a Secret block, and return its name."""
        self.make_block("secret", name, {"value": value})
        return name


@cache
def job_template() -> dict[str, Any]:
    """Return the job template of a process pool, as `prefect work-pool create` takes it."""
    from prefect.workers.process import ProcessWorker  # seconds, which not every test has to pay

    return ProcessWorker.get_default_base_job_template()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def started(
    *command: str | Path, env: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a command running, and kill all of its process group at the end."""
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=env,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """Return the first true answer of `condition`; fail the test after `seconds`."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        with suppress(OSError):
            if answer := condition():
                return answer
        # Whoever asks a server four times a second for a minute takes as much of it as a run.
        time.sleep(min(0.1 + waited / 50, 0.5))
    pytest.fail(f"{what}: not within {seconds} seconds")


def answers(url: str) -> bool:
    """Tell whether a page is there; raise OSError while nobody listens."""
    with urllib.request.urlopen(url, timeout=5) as response:
        return response.status == 200


@contextmanager
def prefect_server(
    installed: Project,
    folder: Path,
    *,
    ui: bool = False,
    address: str = "127.0.0.1",
    **settings: str,
) -> Iterator[Server]:
    """Run a Prefect server on a free port, with a home of its own."""
    port = free_port()
    url = f"http://{address}:{port}/api"
    env = installed.env | {"PREFECT_HOME": str(folder / "prefect")}
    settings = RECOMMENDED | {"PREFECT_SERVER_UI_API_URL": url} | settings  # else, of port 4200
    without = () if ui else ("--no-ui",)
    command = (*SERVE, "--host", address, "--port", str(port), *without)
    log = folder / "server.log"
    database = first_database(installed, folder / "prefect")

    def ready() -> bool:
        assert process.poll() is None, log.read_text("utf-8")
        return answers(f"{url}/health")

    with started(installed.python, *command, env=env | settings, log=log) as process:
        server = Server(url, env | {"PREFECT_API_URL": url}, job_template())
        wait_until(ready, f"a Prefect server ({log})")
        keep_database(installed, database)
        yield server


def first_database(installed: Project, home: Path) -> Path:
    """Let a server begin with the database that one of the same Prefect made; return where it is.

    A third of the processor time of a start are 100 migrations of an empty file.
    """
    home.mkdir(parents=True, exist_ok=True)
    database = home / "prefect.db"
    with suppress(FileNotFoundError):
        if not database.exists():
            shutil.copyfile(_kept_database(installed), database)
    return database


def keep_database(installed: Project, database: Path) -> None:
    """Keep a copy of the database of a server that nobody has used yet, beside its Prefect."""
    kept = _kept_database(installed)
    if kept.exists() or not database.exists():  # the latter: it is PostgreSQL's
        return
    mine = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(mine)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # in one file
    mine.replace(kept)


def _kept_database(installed: Project) -> Path:
    return installed.python.parents[1] / "prefect.db"


@contextmanager
def worker(
    installed: Project, server: Server, pool: str, folder: Path, kind: str = "process"
) -> Iterator[None]:
    """Run a worker of a pool, which it creates if it is not there."""
    prefect = installed.python.with_name("prefect")
    command = (prefect, "worker", "start", "--pool", pool, "--type", kind)
    env = server.env | {"PREFECT_WORKER_QUERY_SECONDS": "2"}  # of itself, it looks every ten
    with started(*command, env=env, log=folder / "worker.log"):
        wait_until(
            lambda: server.api("GET", f"/work_pools/{pool}")["status"] == "READY",
            f"a worker ({folder / 'worker.log'})",
        )
        yield
        assert_nothing_runs_by_itself(server, pool)


def assert_nothing_runs_by_itself(server: Server, pool: str) -> None:
    """Fail at any hour where a test would fail at one: when a schedule starts a run of its own."""
    query = {"work_pools": {"name": {"any_": [pool]}}}
    for deployment in server.api("POST", "/deployments/filter", query):
        for own in (item["schedule"] for item in deployment["schedules"] if item["active"]):
            assert own.get("cron") == hours_away(own["timezone"] or "UTC"), (
                deployment["name"],
                own,
            )


def git(*arguments: str, cwd: Path, env: dict[str, str]) -> Result:
    git = shutil.which("git")
    assert git
    return run(git, *arguments, cwd=cwd, env=env)


@contextmanager
def stand_in(
    answers: dict[str, object],
    authorizations: list[str | None] | None = None,
    tls: ssl.SSLContext | None = None,
    delay: float = 0,
) -> Iterator[tuple[str, list[str]]]:
    """Run a web server that is no Prefect server; return an API's address and the requests.

    Each answer takes `delay` seconds.
    """
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            time.sleep(delay)
            if authorizations is not None:
                authorizations.append(self.headers["Authorization"])
            if self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:1/api/health")
                self.end_headers()
                return
            known = self.path in answers
            body = json.dumps(answers[self.path]) if known else "<html>Hola</html>"
            self.send_response(404 if answers and not known else 200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.server_port}/api", requests
        server.shutdown()


@dataclass
class GitHost:
    """A Git host as GitHub is one: https, private repositories, a token in place of a password."""

    url: str
    folder: Path
    authority: Path
    token: str
    forbidden: bool = False
    on_request: Callable[[str], object] = str

    def env(self) -> dict[str, str]:
        """Return what makes Git trust it, on any machine that has to reach it."""
        return {"GIT_SSL_CAINFO": str(self.authority)}

    def make_repository(self, name: str, env: dict[str, str]) -> str:
        """Create an empty repository `owner/name.git`, and return its address."""
        path = self.folder / name
        path.mkdir(parents=True)
        git("init", "--quiet", "--bare", "--initial-branch=main", cwd=path, env=env)
        git("config", "http.receivepack", "true", cwd=path, env=env)
        return f"{self.url}/{name}"

    def with_token(self, url: str) -> str:
        """Return an address that Git can push to without a question."""
        return url.replace("https://", f"https://x-access-token:{self.token}@")

    def authorized(self, header: str | None) -> bool:
        given = base64.b64decode((header or "").removeprefix("Basic ")).decode()
        return given == f"x-access-token:{self.token}"


@contextmanager
def git_host(folder: Path, token: str, address: str = "localhost") -> Iterator[GitHost]:
    """Run `git http-backend` behind TLS and basic authentication, on a free port."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(address).configure_cert(tls)
    certificate = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(certificate))
    host = GitHost("", folder / "repositories", certificate, token)
    backend = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.on_request(self.path)
            path, _, query = self.path.partition("?")
            if not host.authorized(self.headers["Authorization"]):
                self.answer(401, [("WWW-Authenticate", 'Basic realm="Git"')], b"Bad credentials\n")
            elif host.forbidden:
                self.answer(403, [], b"Write access to repository not granted.\n")
            elif not (host.folder / "/".join(path.split("/")[1:3])).is_dir():
                self.answer(404, [], b"Repository not found.\n")
            else:
                self.run_git(path, query)

        do_POST = do_GET  # noqa: N815

        def run_git(self, path: str, query: str) -> None:
            """Answer as a web server does with a CGI program."""
            length = self.headers["Content-Length"]
            body = self.rfile.read(int(length)) if length else self.chunks()
            env = {
                "GIT_PROJECT_ROOT": str(host.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "REMOTE_USER": "ana",
                "CONTENT_TYPE": self.headers["Content-Type"] or "",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
                "GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
                "PATH": SYSTEM_PATH,
            }
            program = Path(backend.stdout.strip(), "git-http-backend")
            output = subprocess.run([program], input=body, env=env, stdout=subprocess.PIPE).stdout
            head, _, content = output.partition(b"\r\n\r\n")
            headers = [line.split(": ", 1) for line in head.decode().splitlines()]
            status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
            self.answer(status, [(n, v) for n, v in headers if n != "Status"], content)

        def chunks(self) -> bytes:
            body = b""
            while self.headers["Transfer-Encoding"] and (size := int(self.rfile.readline(), 16)):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((address, 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        host.url = f"https://{address}:{server.server_port}"
        yield host
        server.shutdown()


@dataclass
class MailServer:
    """An SMTP server on loopback, the mails that it took, and what it says before it takes one."""

    port: int
    authority: Path
    mails: list[EmailMessage]
    refusals: list[str]

    def block(self, **fields: str) -> dict[str, Any]:
        """Return the fields of an EmailServerCredentials block that reaches it."""
        own = {"smtp_server": "localhost", "smtp_port": self.port, "smtp_type": "STARTTLS"}
        return own | {"username": "prefect@example.com", "password": "clave-4711"} | fields


@contextmanager
def mail_server(folder: Path, security: str = "STARTTLS") -> Iterator[MailServer]:
    """Run an SMTP server that asks for a login, as SSL, STARTTLS or INSECURE."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    certificate = folder / f"{security}.pem"
    authority.cert_pem.write_to_path(str(certificate))
    mails: list[EmailMessage] = []
    refusals: list[str] = []

    class Keep(Message):
        async def handle_RCPT(  # noqa: N802
            self, _server: object, _session: object, envelope: Any, address: str, _options: object
        ) -> str:
            if address == NOBODY:
                return "550 5.1.1 No such user here"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, *arguments: Any) -> str:  # noqa: N802
            return refusals.pop(0) if refusals else await super().handle_DATA(*arguments)

        def handle_message(self, message: EmailMessage) -> None:
            mails.append(email.message_from_bytes(message.as_bytes(), policy=email.policy.default))

    def authenticate(_server: object, _session: object, _envelope: object, _kind: str, data: Any):
        valid = (data.login, data.password) == (b"prefect@example.com", b"clave-4711")
        return AuthResult(success=valid, handled=valid)

    security_options = {
        "SSL": {"ssl_context": tls, "auth_require_tls": False},
        "STARTTLS": {"tls_context": tls, "require_starttls": True},
        "INSECURE": {"auth_require_tls": False},
    }
    controller = Controller(
        Keep(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_required=True,
        **security_options[security],
    )
    controller.start()
    try:
        yield MailServer(controller.port, certificate, mails, refusals)
    finally:
        controller.stop()
