"""El logger de los flujos: la interfaz de Prefect, la terminal y un archivo que rota.

Tiene la interfaz de `consulterscommons.log_tools.PrefectLogger`: para pasar de uno a otro
alcanza con cambiar la línea que lo importa.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import logging
import os
import re
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from concurrent_log_handler import ConcurrentTimedRotatingFileHandler
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger
from prefect.logging.formatters import PrefectFormatter
from prefect.settings import get_current_settings

if TYPE_CHECKING:
    from prefect.logging.loggers import LoggingAdapter

LOG_DIR_VARIABLE = "FLOW_LOG_DIR"


class PrefectLogger:
    """Da el logger de Prefect de cada flujo o tarea, con un archivo que rota por tiempo.

    Al archivo va, una sola vez, cada línea de las ejecuciones que lo pidieron; también las
    de Prefect («Finished in state…», el traceback de una falla) y las de las bibliotecas que
    estén en `extra_loggers`, en prefect.toml. Si no se puede escribir, la ejecución lo advierte
    y sigue.

    Args:
        script_path: El archivo del flujo: `__file__`.
        log_path: El archivo de log. Por defecto, el del nombre del script, en la carpeta de
            la variable de entorno FLOW_LOG_DIR o, si no está, en `logs`, junto al script.
        when: La unidad de la rotación, como en `logging.handlers.TimedRotatingFileHandler`:
            «S», «M», «H», «D», «MIDNIGHT» o un día, de «W0» (lunes) a «W6».
        interval: Cada cuántas unidades rota.
        backup_count: Cuántos archivos rotados se guardan; con 0, todos.
        encoding: La codificación del archivo.

    Raises:
        ValueError: Si la rotación o la codificación no existen.
    """

    def __init__(
        self,
        script_path: str | os.PathLike[str],
        log_path: str | os.PathLike[str] | None = None,
        when: str = "D",
        interval: int = 30,
        backup_count: int = 12,
        encoding: str = "utf-8",
    ) -> None:
        script = Path(script_path).absolute()
        folder = Path(os.environ.get(LOG_DIR_VARIABLE) or script.parent / "logs").expanduser()
        path = Path(log_path or folder / f"{script.stem}.log")
        self._file = _LogFile(path, when, interval, backup_count, encoding)

    def obtener_logger_prefect(self) -> LoggingAdapter:
        """Devuelve el logger de la ejecución en curso, que también escribe en el archivo.

        Raises:
            ValueError: Fuera de un flujo o de una tarea.
        """
        return self._bind(self._file)

    def cambiar_rotfile_handler_params(
        self,
        log_path: str | os.PathLike[str] | None = None,
        when: str | None = None,
        interval: int | None = None,
        backup_count: int | None = None,
        encoding: str | None = None,
    ) -> LoggingAdapter:
        """Cambia el archivo o su rotación de acá en adelante; lo que no se indica queda igual.

        Vale para la ejecución en curso y para las que pidan el logger después.

        Returns:
            El logger de la ejecución en curso.

        Raises:
            ValueError: Fuera de un flujo o de una tarea, o si la rotación no es válida.
        """
        given = {
            "path": Path(log_path) if log_path else None,
            "when": when,
            "interval": interval,
            "backup_count": backup_count,
            "encoding": encoding,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        file = replace(self._file, **changes)
        logger = self._bind(file)
        self._file = file
        return logger

    def _bind(self, file: _LogFile) -> LoggingAdapter:
        try:
            logger = get_run_logger(prefect_logger=self)
        except MissingContextError:
            raise ValueError(
                "El logger de Prefect se pide dentro de un flujo o de una tarea, "
                "cuando Prefect los ejecuta."
            ) from None
        if isinstance(logger, logging.LoggerAdapter):  # con disable_run_logger() no lo es
            _ROUTER.bind(self, logger, file)
        return logger


class RemoveSpecificLogs(logging.Filter):
    """Saca las líneas de rutina de Prefect; se usa en el YAML de PREFECT_LOGGING_SETTINGS_PATH."""

    routine = (
        "Submitted task run",
        "Created task run",
        "Created flow run",
        "Executing",
        "Finished in state Completed",
    )

    def filter(self, record: logging.LogRecord) -> bool:
        return not any(text in str(record.msg) for text in self.routine)


class RemoveUnicodeErrorLogs(logging.Filter):
    """Saca el aviso de una línea que no es UTF-8; se usa en el mismo YAML."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "UnicodeDecodeError: 'utf-8' codec can't decode byte" not in str(record.msg)


@dataclass(frozen=True)
class _LogFile:
    """Un archivo de log y su rotación."""

    path: Path
    when: str
    interval: int
    backup_count: int
    encoding: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", self.path.absolute())
        if not re.fullmatch(r"[SMHD]|MIDNIGHT|W[0-6]", self.when.upper()):
            raise ValueError(f"when={self.when!r}: usá S, M, H, D, MIDNIGHT o de W0 a W6")
        if self.interval < 1 or self.backup_count < 0:
            raise ValueError("interval va de 1 en adelante, y backup_count de 0 en adelante")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"encoding={self.encoding!r}: no existe; usá utf-8") from None


class _RotatingFile(ConcurrentTimedRotatingFileHandler):
    """Escribe en un archivo que comparten varios hilos y procesos, sin dejarlo abierto."""

    def __init__(self, file: _LogFile) -> None:
        self.failure: BaseException | None = None
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with file.path.open("a", encoding=file.encoding):
            pass  # si no se puede escribir, que se sepa ahora
        super().__init__(
            file.path,
            when=file.when,
            interval=file.interval,
            backupCount=file.backup_count,
            encoding=file.encoding,
            keep_file_open=False,
        )

    def finalize_handler_configuration(self) -> None:
        self.namer = self._rotated_name
        self.setFormatter(
            PrefectFormatter(
                format="%(asctime)s | %(levelname)-7s | %(name)s - %(message)s",
                datefmt="%Y-%m-%d %H:%M:%S",
                flow_run_fmt="%(asctime)s | %(levelname)-7s | Flow %(flow_name)r - %(message)s",
                task_run_fmt="%(asctime)s | %(levelname)-7s | Task %(task_name)r - %(message)s",
            )
        )

    def _rotated_name(self, default: str) -> str:
        """Pone la fecha antes de la extensión, y un número si ese nombre ya existe."""
        path = Path(self.baseFilename)
        date = default[len(self.baseFilename) + 1 :]
        name, number = path.with_name(f"{path.stem}.{date}{path.suffix}"), 1
        while name.exists():
            number += 1
            name = path.with_name(f"{path.stem}.{date}.{number}{path.suffix}")
        return str(name)

    def rotate(self, source: str, dest: str) -> None:
        # En Windows no se puede renombrar lo que otro programa tiene abierto.
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def getFilesToDelete(self) -> list[str]:  # noqa: N802
        path = Path(self.baseFilename)
        rotated = re.compile(
            rf"{re.escape(path.stem)}\.\d{{4}}[-_\d]+(\.\d+)?{re.escape(path.suffix)}"
        )
        names = sorted(
            other.name for other in path.parent.iterdir() if rotated.fullmatch(other.name)
        )
        return [str(path.with_name(name)) for name in names[: -self.backupCount]]

    def read_rollover_time(self) -> None:
        """Lee cuándo toca rotar, que se guarda junto al archivo para todos los procesos.

        Si lo guardado es de una rotación más lenta, gana la de este logger.
        """
        super().read_rollover_time()
        self.rolloverAt = min(self.rolloverAt, self.computeRollover(int(time.time())))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        self.failure = sys.exc_info()[1]


class _Router(logging.Handler):
    """Lleva cada línea de una ejecución al archivo que pidió su PrefectLogger."""

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[_LogFile, _RotatingFile] = {}
        # Por ejecución. Prefect corre cada flujo en un proceso, así que no se poda: menos
        # de 1 KB por tarea, hasta que el flujo termina.
        self._targets: dict[str, dict[PrefectLogger, tuple[_LogFile, LoggingAdapter]]] = {}
        self._warned: set[_LogFile] = set()

    def bind(self, owner: PrefectLogger, logger: LoggingAdapter, file: _LogFile) -> None:
        """Manda a `file` lo que la ejecución de `logger` escriba de acá en adelante."""
        for name in ("prefect.flow_runs", "prefect.task_runs"):
            logging.getLogger(name).addHandler(self)  # si ya lo tiene, no lo repite
        _listen_to_libraries(self)
        with self.lock:
            try:
                if file not in self._files:
                    self._files[file] = _RotatingFile(file)
            except Exception as error:  # ningún problema del archivo vale una ejecución
                self._warn(logger, file, error)
            else:
                self._targets.setdefault(_run_id(logger.extra), {})[owner] = file, logger

    def emit(self, record: logging.LogRecord) -> None:
        if _run_id(vars(record)):
            targets = self._targets.get(_run_id(vars(record)))
        elif run := _current_run():  # una línea de una biblioteca: se escribe como de la ejecución
            record = copy.copy(record)
            vars(record).update(run.extra, name=run.logger.name)
            # Una tarea que no pidió el logger escribe en el archivo de su flujo.
            targets = self._targets.get(_run_id(run.extra)) or self._targets.get(
                run.extra.get("flow_run_id", "")
            )
        else:
            targets = None
        if not targets:
            return
        owner = getattr(record, "prefect_logger", None)
        if owner not in targets:  # una línea de Prefect
            owner = next(iter(targets))
        file, logger = targets[owner]
        handler = self._files[file]
        handler.handle(record)
        if handler.failure:
            error, handler.failure = handler.failure, None
            del targets[owner]
            self._warn(logger, file, error)

    def _warn(self, logger: LoggingAdapter, file: _LogFile, error: BaseException) -> None:
        if file not in self._warned:  # una vez alcanza, aunque cada tarea lo intente
            self._warned.add(file)
            logger.warning(
                "No se puede escribir en el archivo de log %s: %s. La ejecución sigue sin él.",
                file.path,
                error,
            )


def _current_run() -> LoggingAdapter | None:
    """Devuelve el logger de la ejecución en curso, si hay una."""
    try:
        logger = get_run_logger()
    except MissingContextError:
        return None
    return logger if isinstance(logger, logging.LoggerAdapter) else None


def _listen_to_libraries(handler: logging.Handler) -> None:
    """Escucha a las bibliotecas de `extra_loggers`, desde el mismo nivel que a Prefect.

    Prefect las manda a su interfaz, pero sin un nivel propio callan todo lo que es menos que
    una advertencia.
    """
    settings = get_current_settings().logging
    names = settings.extra_loggers or []
    for name in names:
        library = logging.getLogger(name)
        if library.level == logging.NOTSET:
            library.setLevel(settings.level)
        if any(name.startswith(f"{parent}.") for parent in names):  # ya lo escucha el padre
            library.handlers = [own for own in library.handlers if own not in _PREFECT.handlers]
        else:
            library.addHandler(handler)


def _run_id(fields: dict[str, Any]) -> str:
    return fields.get("task_run_id") or fields.get("flow_run_id") or ""


_PREFECT = logging.getLogger("prefect.extra")  # Prefect copia sus handlers a los extra_loggers
_ROUTER = _Router()
