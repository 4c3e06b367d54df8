"""uv and Git at work in the new project: the lock, and the first commit."""

from __future__ import annotations

import os
import time

from electra_flow.generation.voice import say

LOCK_TIMEOUT = 60  # seconds
GIT_TIMEOUT = 10  # seconds
WINDOWS = os.name == "nt"
# What would send these commands somewhere else than to this project.
_STRAY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "UV_FROZEN", "UV_LOCKED", "UV_PROJECT")


def lock_dependencies() -> None:
    """Write uv.lock, so that the first commit has it, where uv is there and can."""
    locked = _run("uv", "lock", "--quiet", timeout=LOCK_TIMEOUT)
    if locked is None:
        say(
            "No está uv (https://docs.astral.sh/uv/): instalalo; si no podés, README.md dice cómo "
            "seguir sin uv."
        )
    elif not locked:
        say("uv no pudo fijar las dependencias (uv.lock); «uv run» lo va a intentar de nuevo.")


def first_commit() -> None:
    """Make the project a Git repository with one commit."""
    # Neither hooks nor a passphrase of the user's may stop a generated commit; tidying up
    # (maintenance) and compressing would only cost time.
    settings = (
        "init.defaultBranch=main",
        "maintenance.auto=false",
        "gc.auto=0",
        "core.looseCompression=0",
    )
    options = [part for setting in settings for part in ("-c", setting)]
    commit = ("commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", "Proyecto generado")
    for command in (("init", "--quiet"), ("add", "--all"), commit):
        done = _run("git", *options, *command, timeout=GIT_TIMEOUT)
        if done is None:
            return
        if not done:
            say("Sin primer commit: configurá tu nombre y tu correo en Git y hacelo a mano.")
            return


def git_ignores(path: str) -> bool:
    """Tell whether the repository's .gitignore (or the user's) keeps a file out of it."""
    return bool(_run("git", "check-ignore", "--quiet", path, timeout=GIT_TIMEOUT))


def _run(program: str, *arguments: str, timeout: float) -> bool | None:
    """Run a command in the working directory, silently and without a question to anyone.

    Returns:
        Whether it succeeded within `timeout` seconds; None if it is not installed.
    """
    if not _installed(program):
        return None
    env = {key: value for key, value in os.environ.items() if key not in _STRAY}
    env.setdefault("UV_SYSTEM_CERTS", "true")  # companies sign the traffic to the registry
    started = _run_by_subprocess if WINDOWS else _spawned
    try:
        return started([program, *arguments], env, timeout)
    except FileNotFoundError:
        return None
    except OSError:
        return False


def _run_by_subprocess(command: list[str], env: dict[str, str], timeout: float) -> bool:
    """Run a command on Windows."""
    import subprocess

    nowhere = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, stdin=nowhere, stdout=nowhere, stderr=nowhere, env=env, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _spawned(command: list[str], env: dict[str, str], timeout: float) -> bool:
    """Run a command on anything else: importing subprocess would cost as much as two of Git's."""
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
    process = os.posix_spawnp(command[0], command, env, file_actions=nowhere)
    end, pause = time.monotonic() + timeout, 0.0002
    while time.monotonic() < end:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(pause)
        pause = min(pause * 1.2, 0.02)
    os.kill(process, 9)
    os.waitpid(process, 0)
    return False


def _installed(program: str) -> bool:
    """Tell whether a program may be on PATH; shutil.which costs an import of 8 ms."""
    if WINDOWS:
        program += ".exe"
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.path.exists(os.path.join(folder, program)) for folder in folders)
