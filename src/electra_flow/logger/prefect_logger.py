"""The logger of the flows: Prefect's UI, the terminal and a file that rotates.

It has the interface of `consulterscommons.log_tools.PrefectLogger`: from one to the other a flow
changes the line that imports it, and no other.
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import MissingContextError
from prefect.flows import Flow
from prefect.logging import get_run_logger
from prefect.logging.loggers import flow_run_logger

from electra_flow.logger.log_file import LogFile
from electra_flow.logger.router import ROUTER

if TYPE_CHECKING:
    from types import FrameType

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
        log_path: El archivo de log; por defecto, uno con el nombre del script.
            Su carpeta es la de la variable de entorno FLOW_LOG_DIR o, si no está, `logs`, junto al
            script.
        when: La unidad de la rotación, como en `logging.handlers.TimedRotatingFileHandler`:
            «S», «M», «H», «D», «MIDNIGHT» o un día, de «W0» (lunes) a «W6».
        interval: Cada cuántas unidades rota.
        backup_count: Cuántos archivos rotados se guardan; con 0, todos.
        encoding: La codificación del archivo; lo que no tenga se escribe como «\\u20ac».

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
        self._script = str(Path(script_path).absolute())
        self._folder = os.environ.get(LOG_DIR_VARIABLE)
        path = Path(log_path) if log_path else _default_path(self._script, self._folder)
        self._chosen = bool(log_path)
        self._file = LogFile(path, when, interval, backup_count, encoding)

    def __reduce__(self) -> tuple[object, ...]:
        """Go with a task to another process, maybe of another machine (`_arrived`)."""
        file = self._file
        rotation = (file.when, file.interval, file.backup_count, file.encoding)
        chosen = str(file.path) if self._chosen else None
        return _arrived, (self._script, self._folder, chosen, *rotation)

    def obtener_logger_prefect(self) -> LoggingAdapter:
        """Devuelve el logger de la ejecución en curso, que también escribe en el archivo.

        Anda igual en los hooks que el worker llama cuando la ejecución ya no está, `on_crashed` y
        `on_cancellation`: ahí es el de la ejecución que reciben.

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
        file = replace(
            self._file,
            path=Path(log_path) if log_path else self._file.path,
            when=self._file.when if when is None else when,
            interval=self._file.interval if interval is None else interval,
            backup_count=self._file.backup_count if backup_count is None else backup_count,
            encoding=self._file.encoding if encoding is None else encoding,
        )
        logger = self._bind(file)
        self._file, self._chosen = file, self._chosen or bool(log_path)
        return logger

    def _bind(self, file: LogFile) -> LoggingAdapter:
        try:
            logger = get_run_logger(prefect_logger=self)
        except MissingContextError:
            run, flow = _run_of_hook()
            if run is None:
                raise ValueError(
                    "El logger de Prefect se pide dentro de un flujo o de una tarea, "
                    "cuando Prefect los ejecuta."
                ) from None
            logger = flow_run_logger(run, flow, prefect_logger=self)
        if isinstance(logger, logging.LoggerAdapter):  # with disable_run_logger() it is none
            ROUTER.bind(self, logger, file)
        return logger  # type: ignore[return-value] # a Logger, then, of the same methods


def _default_path(script: str, folder: str | None) -> Path:
    """Return the file of a script, in the folder that is told or beside it."""
    path = Path(script)
    return Path(folder or path.parent / "logs").expanduser() / f"{path.stem}.log"


def _arrived(
    script: str,
    folder: str | None,
    log_path: str | None,
    when: str,
    interval: int,
    backup_count: int,
    encoding: str,
) -> PrefectLogger:
    """Make the logger of a task that another process sent here: its file is one of this machine.

    Where FLOW_LOG_DIR is set here, it says where; otherwise, where the run's logger has it. A script
    that is not on this machine has its file in the home of whoever runs the task.
    """
    arrived = PrefectLogger(script, log_path, when, interval, backup_count, encoding)
    if not log_path and LOG_DIR_VARIABLE not in os.environ:
        if not folder and not Path(script).exists():
            folder = f"~/.prefect/logs/{Path(script).stem}"
        arrived._folder = folder
        arrived._file = replace(arrived._file, path=_default_path(script, folder).absolute())
    return arrived


def _run_of_hook() -> tuple[FlowRun | None, Flow[..., object] | None]:
    """Return the run whose hook is asking, and its flow, as Prefect gave them to the hook.

    A worker calls `on_crashed` and `on_cancellation` without a context, and the interface of the
    logger takes no run: they are the arguments of a function that leads here.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame:
        run, flow = (frame.f_locals.get(name) for name in ("flow_run", "flow"))
        if isinstance(run, FlowRun) and isinstance(flow, Flow):
            return run, flow
        frame = frame.f_back
    return None, None
