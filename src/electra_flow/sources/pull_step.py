"""What a worker does before each run: it fetches a commit and installs its dependencies.

A deployment carries this text, and the worker runs it with its own Python (`repository.py`): so all
of it is here, it uses the standard library alone, and it imports nothing from `__future__`, since
timeit puts it inside a function.
"""

import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path

FIRST_PROCESS = Path("/proc/1/environ")
OLDEST_GIT = (2, 31)  # older ones do not read GIT_CONFIG_COUNT, which tells of the token
PAUSES = (2, 5, 0)  # seconds after each attempt


class FetchError(Exception):
    """Why it cannot run, in Spanish."""


def fetch_code(
    url: str, ref: str, folder: str, project: str, file: str, git_env: dict[str, str]
) -> None:
    """Leave the code of a commit in a folder, with the environment that its uv.lock says.

    If that is impossible, leave in the flow's place one that says why, without an environment of its
    own: so the reason reaches Prefect's UI, and not the worker's terminal alone.

    Args:
        url: The repository's address.
        ref: What to fetch: a branch or a commit.
        folder: The repository's folder.
        project: The project's folder.
        file: The flow's file, in the project.
        git_env: The environment variables in which Git uses the token; nobody else sees them.
    """
    flow = Path(project, file)
    try:
        git, uv = _find_tools()
        problem = f"No se pudo bajar {file} de {url} ({ref})"
        said = f"{problem}. Git dijo"
        _run(said, git, "init", "--quiet", folder)
        fetch = (git, "-C", folder, "fetch", "--quiet", "--depth", "1", url, ref)
        for pause in PAUSES:
            try:
                _run(said, *fetch, env=git_env)
                break
            except FetchError:
                if not pause:
                    raise
                time.sleep(pause)
        _run(said, git, "-C", folder, "checkout", "--quiet", "FETCH_HEAD", env=git_env)
        if not flow.is_file():
            raise FetchError(f"{problem}: no está ahí.")
        sync = ("sync", "--no-default-groups", "--quiet", "--project", project)
        _run("No se pudieron instalar las dependencias de uv.lock. uv dijo", uv, *sync)
    except (FetchError, OSError) as error:
        Path(project, "pyproject.toml").unlink(missing_ok=True)
        flow.parent.mkdir(parents=True, exist_ok=True)
        text = f"{error}{_where()}"
        flow.write_text(f"raise RuntimeError({text!r})\n", "utf-8")


def _where() -> str:
    """Return which of the workers of a pool this is: another one may have what is missing here."""
    worker = os.environ.get("PREFECT__WORKER_NAME")
    return f" (worker «{worker}», en {platform.node()})" if worker else ""


def _find_tools() -> tuple[str, str]:
    """Return where Git and uv are."""
    lacks, restart, whose = (
        "El worker no encuentra",
        "para el usuario del worker, y reinicialo",
        "del worker",
    )
    if _in_own_container():
        lacks, restart, whose = "La imagen no trae", "en ella, o usá la de Prefect", "de la imagen"
    git, uv = shutil.which("git"), shutil.which("uv")
    oldest = ".".join(map(str, OLDEST_GIT))
    if not git:
        raise FetchError(
            f"{lacks} Git, que baja el código: instalá {oldest} o más nuevo {restart}."
        )
    said = _run("El worker no pudo ejecutar Git. Dijo", git, "--version")
    version = re.search(r"(\d+)\.(\d+)", said)
    if version and tuple(map(int, version.groups())) < OLDEST_GIT:
        raise FetchError(
            f"El Git {whose} ({git}) es {version[0]}: instalá {oldest} o más nuevo {restart}."
        )
    if not uv:
        raise FetchError(
            f"{lacks} uv, que instala las dependencias del proyecto: instalalo {restart}."
        )
    return git, uv


def _in_own_container() -> bool:
    """Tell whether this is a container of the run's own: its first process has the run's variables."""
    try:
        return b"PREFECT__FLOW_RUN_ID=" in FIRST_PROCESS.read_bytes()
    except OSError:
        return False


def _run(problem: str, *command: str, env: dict[str, str] | None = None) -> str:
    """Run a command and return what it said; if it fails, raise the problem with that."""
    done = subprocess.run(
        command,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    said = " ".join(done.stdout.split())
    if done.returncode:
        raise FetchError(f"{problem}: {said or f'código {done.returncode}'}")
    return said
