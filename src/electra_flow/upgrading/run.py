"""uv at work in a project that is being upgraded: its lock, and its tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from electra_flow.upgrading.problem import CannotUpgradeError

LOCK_TIMEOUT = 300  # seconds
TESTS_TIMEOUT = 1800  # seconds
NO_TESTS = 5  # pytest's exit code
# What would make uv lock or run something else, and the path to the new version's code.
_STRAY = {"UV_FROZEN", "UV_LOCKED", "UV_PROJECT", "UV_WORKING_DIRECTORY", "VIRTUAL_ENV"}
_STRAY |= {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS"}


def find_uv() -> str:
    """Return where uv is.

    Raises:
        CannotUpgradeError: It is not there.
    """
    program = shutil.which("uv") or os.environ.get("UV")  # which `uv run` sets
    if not program:
        raise CannotUpgradeError(
            "No está uv (https://docs.astral.sh/uv/), que fija las dependencias: instalalo. Sin uv, "
            "electra-flow docs actualizar dice cómo."
        )
    return program


def lock(folder: Path) -> None:
    """Lock the dependencies of a project or of a workspace.

    Raises:
        CannotUpgradeError: They cannot be locked.
    """
    done = _uv(folder, ["lock", "--quiet"], LOCK_TIMEOUT, {})
    if done.returncode:
        raise CannotUpgradeError(
            f"uv no pudo fijar sus dependencias. Dijo: {' '.join(done.stderr.split())}"
        )


def run_tests(project: Path, environment: Path) -> None:
    """Run the tests of a project in an environment that is not the project's.

    Its own stays: on Windows a program that runs from there cannot be replaced.

    Args:
        project: Its folder.
        environment: The environment's folder, made by the first who has it.

    Raises:
        CannotUpgradeError: They do not pass.
    """
    beside = environment.parent  # what tools keep is not left in the project
    own = {
        "UV_PROJECT_ENVIRONMENT": str(environment),
        "PYTHONPYCACHEPREFIX": str(beside / "compiled"),
        "RUFF_CACHE_DIR": str(beside / "ruff"),
    }
    words = ["run", "--frozen", "--quiet", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    done = _uv(project, words, TESTS_TIMEOUT, own)
    if done.returncode not in (0, NO_TESTS):
        raise CannotUpgradeError(f"sus pruebas no pasan. {_told(done.stdout + done.stderr)}")


def _told(output: str) -> str:
    """Return what a failed run of pytest says at its end, in one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    more = f" (y {len(failed) - 1} más)" if len(failed) > 1 else ""
    return f"Dijeron: {(failed or lines[-1:] or ['?'])[0]}{more}"


def _uv(
    folder: Path, words: Sequence[str], timeout: float, more: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in _STRAY}
    try:
        return subprocess.run(
            [find_uv(), *words],
            cwd=folder, env=env | more, stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", errors="replace", timeout=timeout,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CannotUpgradeError(
            f"«uv {words[0]}» no terminó en {timeout / 60:g} minutos."
        ) from None
    except OSError as error:
        raise CannotUpgradeError(f"no se pudo ejecutar uv: {error.strerror}.") from None
