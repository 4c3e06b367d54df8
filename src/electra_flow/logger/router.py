"""Which line goes to which file: each line of a run to the file that its PrefectLogger asked for."""

from __future__ import annotations

import copy
import logging
import os
from typing import TYPE_CHECKING, Any

from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger
from prefect.settings import get_current_settings

from electra_flow.logger.log_file import LogFile, RotatingFile

if TYPE_CHECKING:
    from prefect.logging.loggers import LoggingAdapter


MOST_RUNS = 10_000


class Router(logging.Handler):
    """Takes each line of a run to its file, once."""

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[LogFile, RotatingFile] = {}
        # By run, less than 1 KB each. Prefect runs each flow in a process, which ends with it; one
        # of Dask's workers goes on for weeks, with the tasks of many.
        self._targets: dict[str, dict[object, tuple[LogFile, LoggingAdapter]]] = {}
        self._flow_runs: dict[str, LoggingAdapter] = {}
        self._warned: set[LogFile] = set()

    def bind(self, owner: object, logger: LoggingAdapter, file: LogFile) -> None:
        """Send to `file` what the run of `logger` writes from here on."""
        for name in ("prefect.flow_runs", "prefect.task_runs"):
            logging.getLogger(name).addHandler(self)  # which is not repeated
        _listen_to_libraries(self)
        extra = _extra(logger)
        with self.lock:  # type: ignore[union-attr] # a handler has one, from createLock()
            # (A hook that a worker runs has no context: its process is not the run's.)
            if not extra.get("task_run_id") and _current_run():
                self._flow_runs.setdefault(_run_id(extra), logger)
            try:
                if file not in self._files:
                    self._files[file] = RotatingFile(file)
            except Exception as error:  # no trouble with the file is worth a run
                self._warn(logger, file, error)
            else:
                self._targets.setdefault(_run_id(extra), {})[owner] = file, logger
                if len(self._targets) > MOST_RUNS:
                    self._forget_oldest_task()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record to the file of its run, if it is of one."""
        if _run_id(vars(record)):
            targets = self._targets.get(_run_id(vars(record)))
        elif run := _current_run() or self._only_run():  # a line of a library, written as the run's
            extra = _extra(run)
            # In place too, for the handlers that come after this one: Prefect's, which sends it to
            # the UI, asks the record first, and then the context, which a library's thread lacks.
            vars(record).update({name: extra.get(name) for name in ("flow_run_id", "task_run_id")})
            record = copy.copy(record)
            vars(record).update(extra, name=run.logger.name)
            # A task that did not ask for the logger writes to the file of its flow.
            targets = self._targets.get(_run_id(extra)) or self._targets.get(
                extra.get("flow_run_id") or ""
            )
        else:
            return
        if not targets:
            return
        owner = getattr(record, "prefect_logger", None)
        if owner not in targets:  # a line of Prefect
            owner = next(iter(targets))
        file, logger = targets[owner]
        handler = self._files[file]
        handler.handle(record)
        if handler.failure:
            error, handler.failure = handler.failure, None
            del targets[owner]
            self._warn(logger, file, error)

    def _forget_oldest_task(self) -> None:
        """Forget the file of the task that has had it for longest: it is over by now."""
        tasks = (
            run
            for run, targets in self._targets.items()
            if any(_extra(logger).get("task_run_id") for _, logger in targets.values())
        )
        if oldest := next(tasks, None):
            del self._targets[oldest]

    def _only_run(self) -> LoggingAdapter | None:
        """Return the flow run that has this process for itself: the worker's, or the only one."""
        if deployed := self._flow_runs.get(os.environ.get("PREFECT__FLOW_RUN_ID", "")):
            return deployed
        return next(iter(self._flow_runs.values())) if len(self._flow_runs) == 1 else None

    def _warn(self, logger: LoggingAdapter, file: LogFile, error: BaseException) -> None:
        if file not in self._warned:  # once is enough, though each task may try
            self._warned.add(file)
            logger.warning(
                "No se puede escribir en el archivo de log %s: %s. La ejecución sigue sin él.",
                file.path,
                error,
            )


def _current_run() -> LoggingAdapter | None:
    """Return the logger of the current run, if there is one."""
    try:
        logger = get_run_logger()
    except MissingContextError:
        return None
    return logger if isinstance(logger, logging.LoggerAdapter) else None


def _listen_to_libraries(handler: logging.Handler) -> None:
    """Listen to the libraries of `extra_loggers`, from the same level as to Prefect.

    Prefect sends them to its UI, but without a level of their own they hold back all that is less
    than a warning. The handler comes first, since it tells Prefect's of which run a line is.
    """
    settings = get_current_settings().logging
    names = settings.extra_loggers or []
    for name in names:
        library = logging.getLogger(name)
        if library.level == logging.NOTSET:
            library.setLevel(settings.level)
        if any(name.startswith(f"{parent}.") for parent in names):  # its parent listens already
            library.handlers = [own for own in library.handlers if own not in _PREFECT.handlers]
        elif handler not in library.handlers:
            library.handlers.insert(0, handler)


def _extra(logger: LoggingAdapter) -> dict[str, Any]:
    return dict(logger.extra or {})


def _run_id(fields: dict[str, Any]) -> str:
    return fields.get("task_run_id") or fields.get("flow_run_id") or ""


_PREFECT = logging.getLogger("prefect.extra")  # Prefect copies its handlers to the extra_loggers
ROUTER = Router()
