"""`electra-flow dev`: in which order things are done; what can start at once does."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING
from uuid import UUID

from electra_flow.checks.api import Server
from electra_flow.checks.finding import Finding
from electra_flow.checks.server import NO_SERVER, check_server
from electra_flow.checks.settings import SettingsError, read_settings
from electra_flow.checks.work_pool import check_pool
from electra_flow.deploying.needs import alert_blocks
from electra_flow.deploying.review import TIMEOUT
from electra_flow.deploying.wording import server_reason
from electra_flow.developing.declared import ENVIRONMENT, Declared, read_declared
from electra_flow.developing.deploying import Changes, publish, review
from electra_flow.developing.ending import end_soon, end_when_told
from electra_flow.developing.needs import lacks, missing_blocks, read_values, supply
from electra_flow.developing.own_server import OwnServer
from electra_flow.developing.place import Place
from electra_flow.developing.problem import DevError
from electra_flow.developing.terminal import Terminal
from electra_flow.tied.job import end_children_with_me

if TYPE_CHECKING:
    from electra_flow.developing.runs import Runs
    from electra_flow.developing.worker import Worker

LOOK = 0.5  # seconds between two looks at the runs and at deploy.py
QUERY = "1"  # seconds between two looks of the worker, which has ten of itself
LATER = (  # what imports Prefect, which takes two seconds: meanwhile the server starts
    "electra_flow.checks.import_probe",
    "electra_flow.deploying.publish",
    "electra_flow.developing.pool",
    "electra_flow.developing.runs",
    "electra_flow.developing.worker",
    "docker",  # which Prefect imports when it deploys
)


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes:
        configured: The server that is configured, not one of our own.
        fresh: Forget what the own server has.
        once: End when the runs have ended.
        run: Run each deployment once.
    """

    configured: bool
    fresh: bool
    once: bool
    run: bool


def develop(folder: Path, options: Options) -> int:
    """Have it all run until Ctrl-C; return the exit code.

    Raises:
        DevError: If it does not start, or cannot go on.
    """
    end_children_with_me()
    end_when_told()
    with contextlib.ExitStack() as stack:
        place = Place(folder)
        stack.enter_context(place.alone())
        try:
            return _Dev(folder, place, options, stack).run()
        finally:
            end_soon()  # before what is on the stack ends


class _Dev:
    """What runs, and what is known of it."""

    def __init__(
        self, folder: Path, place: Place, options: Options, stack: contextlib.ExitStack
    ) -> None:
        self._script = folder / "deploy.py"
        self._place, self._options, self._stack = place, options, stack
        self._terminal = Terminal()
        self._ended = Event()  # a run has
        self._not_run = 0  # deployments, for want of a block

    def run(self) -> int:
        """Start all, tell what happens, and return the exit code.

        Raises:
            DevError: If it does not start, or cannot go on.
        """
        try:
            return self._run()
        except Exception as problem:
            import httpx  # after Prefect, which takes it along

            if not isinstance(problem, httpx.HTTPError):
                raise
            raise DevError(
                f"El servidor dejó de contestar, o no quiso: {server_reason(problem)}"
            ) from None

    def _run(self) -> int:
        options, terminal = self._options, self._terminal
        self._own = None if options.configured else self._start_server()
        server = self._server()
        os.environ["PREFECT_WORKER_QUERY_SECONDS"] = QUERY
        importing = Thread(target=_import, daemon=True)
        importing.start()
        changes = Changes(self._script)
        declared = read_declared(self._script)
        importing.join()
        flows = review(declared, terminal)
        self._worker, self._runs = self._start_worker(declared, server)
        declared = self._provide(declared, server)
        changes.look_at_imported()
        for published in publish(declared, flows, terminal):
            item = declared.named(published.name)
            block = lacks(item.parameters or {}, self._missing) if item else ""
            if block and options.run:
                self._not_run += 1
                name = published.name.partition("/")[2]
                terminal.say(f"No se ejecuta {name}: le falta el bloque «{block}».", "yellow")
            elif options.run:
                self._runs.start(published, self._queue)
        self._worker.look()
        return self._follow(declared, server, changes)

    def _start_server(self) -> OwnServer:
        self._place.prepare(fresh=self._options.fresh)
        is_new = not self._place.port
        own = OwnServer(self._place)
        self._stack.callback(own.stop)
        own.use()
        self._terminal.say(
            f"Servidor de Prefect: {own.ui}" + " (la primera vez tarda más)" * is_new
        )
        return own

    def _server(self) -> Server:
        try:
            server = Server.from_settings(read_settings(Path.cwd()).values, TIMEOUT)
        except SettingsError as problem:
            raise DevError(f"Los ajustes de Prefect no sirven: {problem}.") from None
        if server is None:
            raise DevError(f"{NO_SERVER.text} Se arregla con: {NO_SERVER.fix}")
        if self._own is None:
            self._terminal.say(f"Servidor de Prefect: {server.shown_url}")
        return server

    def _start_worker(self, declared: Declared, server: Server) -> tuple[Worker, Runs]:
        """Start the worker, in a pool that is there, once the server answers."""
        from electra_flow.developing.pool import make_pool, other_workers, own_name
        from electra_flow.developing.runs import Runs
        from electra_flow.developing.worker import Worker

        self._pool = pool = declared.own.pool
        name = own_name()
        if self._own:
            self._own.wait()
            self._queue = None
        else:
            self._check(declared)
            self._queue = name
        made = make_pool(pool, declared.queues if self._own else [name])
        if made and not self._own:
            self._terminal.say(f"Work pool «{pool}»: no estaba, y se creó.")
        for found in check_pool(server, pool, needs_worker=False):
            if found.level == "error":
                raise DevError(f"{found.text} Se arregla con: {found.fix}")
        if self._queue and (others := other_workers(pool, name)):
            self._terminal.say(
                f"aviso  El work pool «{pool}» tiene en línea a {', '.join(others)}: sin "
                f"--work-queue, puede tomar lo que se ejecuta acá, de la cola «{name}».",
                "yellow",
            )
        runs = Runs(self._terminal)

        def left(run: UUID) -> None:
            runs.left(run)
            self._ended.set()

        if self._own:
            runs.end_left()
        worker = Worker(pool, self._queue, name, self._terminal, runs.follow, left)
        self._stack.callback(runs.end)
        self._stack.callback(worker.stop)  # before that
        return worker, runs

    def _check(self, declared: Declared) -> None:
        """Check that a server which is not ours answers, and has the queues of the deployments."""
        self._refuse(
            check_server(
                read_settings(Path.cwd()).values,
                pools=[],
                queues=[(declared.own.pool, queue) for queue in declared.queues],
                client_version=version("prefect"),
                timeout=TIMEOUT,
            )
        )

    def _provide(self, declared: Declared, server: Server) -> Declared:
        """Let the server have what the flows load; return what can be deployed as it is.

        Raises:
            DevError: If something is missing that nobody gives.
        """
        values = read_values(self._place.values)
        self._refuse(supply(declared, server, values, own=self._own is not None))
        alerts = alert_blocks(declared.project, declared.deployments, ENVIRONMENT)
        self._missing = missing_blocks(server, list(declared.project.blocks), alerts)
        if self._own is None:
            self._refuse(iter(self._missing.values()))
        for finding in self._missing.values():
            self._terminal.say(f"aviso  {finding.text}", "yellow")
        return declared.without_alerts_to(set(self._missing))

    def _refuse(self, findings: Iterator[Finding]) -> None:
        """Show what was found, and raise DevError if something of it is an error."""
        errors = 0
        for finding in findings:
            errors += finding.level == "error"
            if finding.level in ("aviso", "error"):
                self._terminal.show(finding)
        if errors:
            raise DevError("No se desplegó nada.")

    def _follow(self, declared: Declared, server: Server, changes: Changes) -> int:
        """Tell what happens until it is over; return the exit code."""
        if not self._options.once:
            self._terminal.say(
                "Andando. Un flujo cambiado corre así desde la próxima ejecución, y un deploy.py "
                "cambiado se despliega solo. Ctrl-C termina todo."
            )
        while True:
            self._look()
            if self._options.once and self._runs.own_have_ended:
                return int(bool(self._runs.bad or self._not_run))
            if changes.any():
                self._deploy_again(server)
                changes.look_at_imported()
            self._ended.wait(LOOK)
            self._ended.clear()

    def _look(self) -> None:
        import httpx

        if self._own and not self._own.is_running:
            raise DevError(f"El servidor se cerró; lo que escribió está en {self._place.log}.")
        if problem := self._worker.problem:
            raise DevError(f"El worker se detuvo: {problem}")
        with contextlib.suppress(httpx.HTTPError):  # busy, or away: the next look may do
            self._runs.look()

    def _deploy_again(self, server: Server) -> None:
        """Deploy what is declared now; with a mistake in it, the old one stays."""
        from electra_flow.developing.pool import make_pool

        self._terminal.say(f"{self._script.name} cambió.")
        try:
            declared = read_declared(self._script)
            if declared.own.pool != self._pool:
                raise DevError(
                    f"El work pool de dev es otro, «{declared.own.pool}»: terminá con Ctrl-C y "
                    "ejecutá este comando de nuevo."
                )
            flows = review(declared, self._terminal)
            if self._own:
                make_pool(self._pool, declared.queues)
            publish(self._provide(declared, server), flows, self._terminal)
        except DevError as problem:
            said = str(problem)
            end = "" if said.endswith((".", "?", "!")) else "."
            self._terminal.say(f"{said}{end} Sigue lo que estaba desplegado.", "bold red")


def _import() -> None:
    for name in LATER:
        with contextlib.suppress(Exception):  # where it is needed, it is said
            importlib.import_module(name)
