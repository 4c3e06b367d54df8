"""The `deploy.py` of each project, run by its own environment, some at a time; none outlives us."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from electra_flow.checks.flow_import import NO_SERVER
from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.deploying.batch import ANSWERS, PROTOCOL, REQUEST
from electra_flow.deploying.options import BATCH
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report, read_answers
from electra_flow.tied.job import end_children_with_me

LONGEST = 600  # seconds that one may take, its installation by uv included
_LOOK = 0.2  # seconds between two looks for Ctrl-C, which Windows does not see while waiting
_NO_PYTHON = (
    "no hay con qué ejecutarlo: falta uv (https://docs.astral.sh/uv/), o su uv.lock, que hace "
    "«uv lock»; o, sin uv, un entorno en .venv."
)
# Of another environment than the project's: ours, or of who typed the command.
_NOT_ITS = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_PROJECT"}

Task = TypeVar("Task")
Done = TypeVar("Done")


class Processes:
    """The processes that are running, of which there is none when this is left."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()
        self._stopped = False
        end_children_with_me()

    def run(self, project: FlowProject, *arguments: str, **request: Any) -> Report:
        """Run a project's deploy.py to its end.

        Args:
            project: The project.
            arguments: Of its command line.
            request: What it is asked for besides (deploying/batch.py).
        """
        command = _python(project.folder)
        if command is None:
            return Report([], None, _NO_PYTHON)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            channel, output = Path(name), Path(name, "output.txt")
            asked = {"protocol": PROTOCOL, **request}
            (channel / REQUEST).write_text(json.dumps(asked), encoding="utf-8")
            inherited = {key: value for key, value in os.environ.items() if key not in _NOT_ITS}
            own = {BATCH: name, "PYTHONIOENCODING": "utf-8"}
            own |= NO_SERVER if "--check" in arguments else {}
            with output.open("wb") as stream, self._lock:
                if self._stopped:
                    return Report([], None)
                process = subprocess.Popen(
                    [*command, "deploy.py", *arguments],
                    cwd=project.folder,
                    env=inherited | own,
                    stdin=subprocess.PIPE,  # which it ends with
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                )
                self._running.add(process)
            code = self._wait(process)
            text = output.read_text(encoding="utf-8", errors="replace")
            return Report(read_answers(channel / ANSWERS), code, text)

    def each(
        self, jobs: int, function: Callable[[Task], Done], tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Done]]:
        """Call a function for each task, some at a time, and give the results as they come."""
        with ThreadPoolExecutor(max_workers=jobs) as executor:
            left = {executor.submit(function, task): task for task in tasks}
            try:
                while left:
                    done, _ = wait(left, timeout=_LOOK, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield left.pop(future), future.result()
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                self.stop()
                raise

    def stop(self) -> None:
        """Let all end that is running, and nothing more begin."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                assert process.stdin
                process.stdin.close()

    def _wait(self, process: subprocess.Popen[bytes]) -> int | None:
        """Return the exit code; None where it took too long, and was ended."""
        code: int | None
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            code = None
        with self._lock:
            self._running.discard(process)
            assert process.stdin
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return code


def _python(folder: Path) -> list[str | Path] | None:
    """Return what runs Python in a project's environment; None if nothing does."""
    uv = os.environ.get("UV") or shutil.which("uv")  # `uv run` says which one it is
    root = Path(workspace_above(str(folder)) or folder)
    if uv and (root / "uv.lock").is_file():
        return [uv, "run", "--quiet", "--frozen", "--project", folder, "python"]
    for place in ("Scripts/python.exe", "bin/python"):
        python = root / ".venv" / place
        if python.is_file():
            return [python]
    return None
