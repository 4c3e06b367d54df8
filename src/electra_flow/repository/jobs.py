"""Commands for each project, several projects at a time, with what they said kept together."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from electra_flow.sources.git import run_git

_FEW = 20_000  # letters of the files of one command: Windows allows 32,767 in all


@dataclass(frozen=True)
class Job:
    """What is done for one project.

    Attributes:
        name: The project's place, or what else it is about.
        commands: Commands with their arguments, one after the other.
        changes: The folder that they may change files in, relative to the repository's: of the
            others, Git shows them nothing. None if they see all.
        fine: The exit codes that say that all is well.
        problem: Why nothing can be done, a sentence of Spanish; None if something can.
    """

    name: str
    commands: Sequence[Sequence[str]] = ()
    changes: str | None = None
    fine: frozenset[int] = frozenset({0})
    problem: str | None = None


@dataclass(frozen=True)
class Done:
    """How a job ended.

    Attributes:
        job: The job.
        well: Whether all of its commands said that all is well.
        said: What those printed that said otherwise.
        seconds: How long it took.
    """

    job: Job
    well: bool
    said: str
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
    jobs: Sequence[Job], top: Path, at_once: int, tell: Callable[[Done], None]
) -> list[Done]:
    """Do jobs, and tell how each ended: those that went well as they do, and then the others.

    Args:
        jobs: The jobs.
        top: The top of the repository, where all commands run.
        at_once: How many jobs are done at the same time.
        tell: What is called with each job that ended.

    Returns:
        Those that did not go well, in the order of the jobs.
    """
    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(_run, job, top) for job in jobs]
        for future in as_completed(running):
            if future.result().well:
                tell(future.result())
    failed = [future.result() for future in running if not future.result().well]
    for done in failed:
        tell(done)
    return failed


def _run(job: Job, top: Path) -> Done:
    if job.problem:
        return Done(job, False, job.problem, 0)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        env = _index_of(top, job.changes, Path(folder, "index")) if job.changes else {}
        outcomes = [_call(command, top, env) for command in job.commands]
    return Done(
        job,
        well=all(code in job.fine for code, _ in outcomes),
        said="".join(said for code, said in outcomes if code not in job.fine),
        seconds=time.monotonic() - begun,
    )


def _index_of(top: Path, place: str, index: Path) -> dict[str, str]:
    """Return what makes Git see the files of one folder alone.

    By what `git diff` says before and after it, pre-commit knows whether a hook changed files: it
    would take for its own what is mended in another project meanwhile.
    """
    env = {"GIT_INDEX_FILE": str(index)}
    staged = run_git(top, "ls-files", "--stage", "-z", "--", f":(literal){place}")
    run_git(top, "update-index", "-z", "--index-info", env=env, given=staged.stdout)
    return env


def _call(command: Sequence[str], top: Path, more: Mapping[str, str]) -> tuple[int, str]:
    env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    program = os.environ.get("UV", "uv") if command[0] == "uv" else command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=top,
            env=env | {"PYTHONIOENCODING": "utf-8"} | dict(more),
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
