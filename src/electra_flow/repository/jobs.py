"""Commands for each project, several projects at a time, with what they said kept together."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

_FEW = 20_000  # letters of the files of one command: Windows allows 32,767 in all


@dataclass(frozen=True)
class Job:
    """What is done for one project.

    Attributes:
        name: The project's place, or what else it is about.
        commands: Commands with their arguments, one after the other.
        files: The files that they are about, absolute paths: they may mend them.
        fine: The exit codes that say that all is well.
        problem: Why nothing can be done, a sentence of Spanish; None if something can.
    """

    name: str
    commands: Sequence[Sequence[str]] = ()
    files: Sequence[Path] = ()
    fine: frozenset[int] = frozenset({0})
    problem: str | None = None


@dataclass(frozen=True)
class Done:
    """How a job ended.

    Attributes:
        job: The job.
        well: Whether all of its commands said that all is well.
        said: What they printed.
        mended: Whether one of its files is another than before.
        seconds: How long it took.
    """

    job: Job
    well: bool
    said: str
    mended: bool
    seconds: float


def with_files(command: Sequence[str], files: Sequence[str]) -> list[list[str]]:
    """Return the commands that call one with all files: several where one would be too long."""
    commands: list[list[str]] = []
    room = 0
    for file in files:
        room -= len(file) + 3  # with a space and quotes
        if room < 0 or not commands:
            commands.append([*command])
            room = _FEW - len(file) - 3
        commands[-1].append(file)
    return commands


def run_jobs(
    jobs: Sequence[Job], folder: Path, at_once: int, tell: Callable[[Done], None]
) -> list[Done]:
    """Do jobs, and tell how each ended: at first those that went well, as they do.

    Args:
        jobs: The jobs.
        folder: The working directory of all commands.
        at_once: How many jobs are done at the same time.
        tell: What is called with each job that ended.

    Returns:
        How they ended, in the order of the jobs.
    """
    done: dict[str, Done] = {}
    with ThreadPoolExecutor(at_once) as pool:
        for future in as_completed([pool.submit(_run, job, folder) for job in jobs]):
            ended = future.result()
            done[ended.job.name] = ended
            if ended.well:
                tell(ended)
    mended = any(ended.mended for ended in done.values())
    for job in jobs:
        if done[job.name].well:
            continue
        if mended and not done[job.name].mended and not job.problem:
            # pre-commit looks at all of the repository for what its hooks changed, and so takes for
            # its own what was mended in another project meanwhile.
            done[job.name] = _run(job, folder)
        tell(done[job.name])
    return [done[job.name] for job in jobs]


def _run(job: Job, folder: Path) -> Done:
    if job.problem:
        return Done(job, False, job.problem, False, 0)
    begun, before = time.monotonic(), _states(job.files)
    outcomes = [_call(command, folder) for command in job.commands]
    return Done(
        job,
        well=all(code in job.fine for code, _ in outcomes),
        said="".join(said for code, said in outcomes if code not in job.fine),
        mended=before != _states(job.files),
        seconds=time.monotonic() - begun,
    )


def _call(command: Sequence[str], folder: Path) -> tuple[int, str]:
    env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    program = os.environ.get("UV", "uv") if command[0] == "uv" else command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            env=env | {"PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError:
        return 1, f"No está {command[0]} (https://docs.astral.sh/uv/): instalalo.\n"
    except OSError as error:
        return 1, f"No se pudo ejecutar {command[0]}: {error.strerror}.\n"
    return done.returncode, done.stdout


def _states(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Return what tells whether files were written meanwhile."""
    return [_state(file) for file in files]


def _state(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
