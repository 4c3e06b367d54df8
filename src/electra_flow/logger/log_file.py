"""The log file of a flow: what it is, how it rotates, and how a line gets into it."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from concurrent_log_handler import ConcurrentTimedRotatingFileHandler
from prefect.logging.formatters import PrefectFormatter

from electra_flow.logger.container import keeps


@dataclass(frozen=True)
class LogFile:
    """A log file and its rotation, as `TimedRotatingFileHandler` of logging has it.

    Raises:
        ValueError: If there is no such rotation or encoding; in Spanish.
    """

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
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"encoding={self.encoding!r}: no existe; usá utf-8") from None


class RotatingFile(ConcurrentTimedRotatingFileHandler):
    """Writes to a file that threads and processes share, without keeping it open.

    Attributes:
        failure: Why the last line could not be written, if the file is the reason.

    Raises:
        OSError: If the file cannot be written, or would go with the run's container.
    """

    def __init__(self, file: LogFile) -> None:
        self.failure: BaseException | None = None
        if not keeps(file.path.parent.resolve()):
            raise OSError("su carpeta es del contenedor, que se borra, y no un volumen montado")
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with file.path.open("a", encoding=file.encoding):
            pass  # if it cannot be written, say so now
        self._layout = PrefectFormatter(
            format="%(asctime)s | %(levelname)-7s | %(name)s - %(message)s",
            datefmt="%Y-%m-%d %H:%M:%S",
            flow_run_fmt="%(asctime)s | %(levelname)-7s | Flow %(flow_name)r - %(message)s",
            task_run_fmt="%(asctime)s | %(levelname)-7s | Task %(task_name)r - %(message)s",
        )
        self._codec = file.encoding
        super().__init__(
            str(file.path),
            when=file.when,
            interval=file.interval,
            backupCount=file.backup_count,
            encoding=file.encoding,
            keep_file_open=False,
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; one that has no text costs itself alone, as logging tells it."""
        try:
            text = self._layout.format(record)
            # What the encoding lacks is written as its escape: «\u20ac» says more than nothing.
            text = text.encode(self._codec, "backslashreplace").decode(self._codec)
        except Exception:
            logging.Handler.handleError(self, record)
        else:
            super().emit(logging.makeLogRecord({"msg": text}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Remember what went wrong: the text was ready, so it is the file."""
        self.failure = sys.exc_info()[1]

    def finalize_handler_configuration(self) -> None:
        """Name the rotated files, before the first of them can be due."""
        self.namer = self._rotated_name

    def _rotated_name(self, default: str) -> str:
        """Put the date before the extension, and a number if that name is taken."""
        path = Path(self.baseFilename)
        date = default[len(self.baseFilename) + 1 :]
        name, number = path.with_name(f"{path.stem}.{date}{path.suffix}"), 1
        while name.exists():
            number += 1
            name = path.with_name(f"{path.stem}.{date}.{number}{path.suffix}")
        return str(name)

    def rotate(self, source: str, dest: str) -> None:
        """Rename the file, or go on with it: Windows renames nothing that a program has open."""
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def getFilesToDelete(self) -> list[str]:  # noqa: N802 - logging's name
        """Return the rotated files that are too many, the oldest ones."""
        path = Path(self.baseFilename)
        date = r"\.\d{4}[-_\d]+(\.\d+)?"
        rotated = re.compile(re.escape(path.stem) + date + re.escape(path.suffix))
        names = sorted(
            other.name for other in path.parent.iterdir() if rotated.fullmatch(other.name)
        )
        return [str(path.with_name(name)) for name in names[: -self.backupCount]]

    def read_rollover_time(self) -> None:
        """Read when to rotate, which all processes store beside the file.

        If what is stored is of a slower rotation, this one's wins.
        """
        super().read_rollover_time()
        self.rolloverAt = min(self.rolloverAt, self.computeRollover(int(time.time())))
