"""The worker of `dev`: Prefect's own, in a thread, whose runs end with us and write where we do."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING
from uuid import UUID

from anyio.from_thread import start_blocking_portal
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.workers.process import ProcessWorker

from electra_flow.tied.to_input import end_group

if TYPE_CHECKING:
    from anyio.abc import TaskStatus
    from prefect.client.schemas.objects import FlowRun
    from prefect.workers.process import ProcessJobConfiguration, ProcessWorkerResult

    from electra_flow.developing.terminal import Terminal

ENGINE, TIED_ENGINE = "-m prefect.engine", "-m electra_flow.tied.engine"
Started = Callable[[UUID, str], object]
Ended = Callable[[UUID], object]


class Worker:
    """A process worker that runs until it is stopped."""

    def __init__(
        self,
        pool: str,
        queue: str | None,
        name: str,
        terminal: Terminal,
        on_start: Started,
        on_end: Ended,
    ) -> None:
        """Start it.

        Args:
            pool: Its work pool, which is there.
            queue: The only queue that it takes runs from; None is all of them.
            name: What it is called in the UI.
            terminal: Where the lines of its runs go.
            on_start: Is told each run that it starts, and the name of its deployment.
            on_end: Is told each that has written its last line.
        """
        quiet(logging.ERROR)
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._worker = worker = _Worker(
            work_pool_name=pool, work_queues=[queue] if queue else None, name=name
        )
        worker.terminal, worker.shown = terminal, Counter()
        worker.on_start, worker.on_end = on_start, on_end
        self._running = self._portal.start_task_soon(lambda: worker.start(printer=lambda *_: None))

    @property
    def problem(self) -> str:
        """Why it has stopped by itself; empty while it runs."""
        if not self._running.done():
            return ""
        return str(self._running.exception() or "se detuvo")

    def look(self) -> None:
        """Let it look for runs now, and not only at the next of its rounds."""
        if self._worker.is_setup:
            self._portal.start_task_soon(self._worker.get_and_submit_flow_runs)

    def stop(self) -> None:
        """Stop it, and with it what it runs."""
        quiet(logging.CRITICAL + 1)
        self._running.cancel()
        with suppress(Exception, CancelledError):
            self._stack.close()


def quiet(level: int) -> None:
    """Let Prefect write here only from a level on: it tells what it does, in English."""
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler, PrefectConsoleHandler):
                handler.setLevel(level)


class _Worker(ProcessWorker):
    terminal: Terminal
    on_start: Started
    on_end: Ended
    shown: Counter[str]

    @classmethod
    def __dispatch_key__(cls) -> str:
        return "electra-flow-dev"  # `process` stays Prefect's

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        name = configuration.env.get("PREFECT__DEPLOYMENT_NAME") or flow_run.name
        self.on_start(flow_run.id, name)
        # With two runs of a deployment at once, whose line it is would not be known.
        shown = f"{name}/{flow_run.name}" if self.shown[name] else name
        self.shown[name] += 1
        sinks = Lines(self.terminal, shown), Lines(self.terminal, shown)
        # Prefect hands it on to `run_process`, which takes a pair as well.
        configuration.stream_output = sinks  # type: ignore[assignment]
        if configuration.command:
            configuration.command = tied(configuration.command)
        status = _Status(task_status)
        try:
            return await super().run(flow_run, configuration, status)
        except (
            BaseException
        ):  # it was stopped: Prefect ends the run's process, not what that started
            if status.process and configuration.command and TIED_ENGINE in configuration.command:
                end_group(status.process)
            raise
        finally:
            self.shown[name] -= 1
            for sink in sinks:
                sink.close()
            self.on_end(flow_run.id)


class _Status:
    """Anyio's `TaskStatus`, which keeps the process that it is told."""

    def __init__(self, told: TaskStatus[int] | None) -> None:
        self._told, self.process = told, 0

    def started(self, value: int = 0) -> None:
        self.process = value
        if self._told:
            self._told.started(value)


def tied(command: str) -> str:
    """Return the command of a run, so that it ends with us; another command stays as it is.

    On Windows it has not our pipe as its input, and ends with us by a job (`tied.job`).
    """
    if sys.platform == "win32" or not command.endswith(ENGINE):
        return command
    return command.removesuffix(ENGINE) + TIED_ENGINE


class Lines:
    """What a run writes, in pieces of any size, as lines of the terminal."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self._terminal, self._name, self._rest = terminal, name, ""

    def write(self, text: str) -> int:
        """Take a piece, and write the lines that are whole."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._terminal.tell(self._name, line.rstrip())
        return len(text)

    def flush(self) -> None:
        """Do nothing: a line is written as soon as it is whole."""

    def close(self) -> None:
        """Write what is left without an end of line."""
        if self._rest.strip():
            self.write("\n")
