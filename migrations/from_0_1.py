"""`python run.py thin FOLDER`: a project of version 0.1.0 comes to depend on the library.

The author's files stay: see plan.py for what becomes of each. Everything is worked out first, and
written at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from electra_flow.generation.vendor import FOLDER
from electra_flow.generation.voice import say, speak_any_language
from electra_flow.generation.wheel import Wheel, read_project
from migrations.git import ignored, require_committed
from migrations.plan import make_plan
from migrations.problem import CannotThinError
from migrations.render import ROOT
from migrations.tell import tell
from migrations.versions import find_versions
from migrations.write import write_all

DONE, REFUSED, USAGE = 0, 1, 2
LOCK_TIMEOUT = 300  # seconds
# What would make uv lock something else, or nothing.
_STRAY = ("UV_FROZEN", "UV_LOCKED", "UV_PROJECT", "VIRTUAL_ENV")


def main(arguments: list[str]) -> int:
    """Thin a project; return the exit code."""
    speak_any_language()
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("Así se usa: python3 run.py thin CARPETA", file=sys.stderr)
        return USAGE
    # As Git says the top of a repository: two names of one folder would be two folders.
    folder = Path(os.path.realpath(arguments[0]))
    try:
        if not folder.is_dir():
            raise CannotThinError(f"{folder} no es una carpeta: decí cuál es la del proyecto.")
        top = require_committed(folder)
        wheel = Wheel(str(ROOT), read_project(str(ROOT)))
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            versions = find_versions(folder, top, wheel, Path(os.path.realpath(scratch)))
            plan = make_plan(versions)
        put = write_all(plan.writes, wheel, top)
    except CannotThinError as problem:
        say(f"No se cambió nada. {problem}")
        return REFUSED
    except OSError as error:
        say(f"No se cambió nada. No se puede leer {error.filename}: {error.strerror}.")
        return REFUSED
    library = top / FOLDER / wheel.name
    problems = [_lock(folder)]
    if ignored(library):
        problems.append(
            f"Git ignora {library}: agregá «!/{FOLDER}/*.whl» al .gitignore de la raíz."
        )
    tell(plan, folder, top, wheel, put=put, problems=[problem for problem in problems if problem])
    return DONE


def _lock(folder: Path) -> str | None:
    """Lock the dependencies; return what there is to do if that was not possible."""
    env = {key: value for key, value in os.environ.items() if key not in _STRAY}
    try:
        done = subprocess.run(
            ["uv", "lock", "--quiet"],
            cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            errors="replace", timeout=LOCK_TIMEOUT,
        )  # fmt: skip
    except FileNotFoundError:
        return (
            "No está uv (https://docs.astral.sh/uv/): uv.lock quedó como estaba; ejecutá «uv lock»."
        )
    except subprocess.TimeoutExpired:
        return "uv no terminó a tiempo: uv.lock quedó como estaba; ejecutá «uv lock»."
    if done.returncode:
        said = " ".join(done.stderr.split())
        return f"uv no pudo fijar las dependencias: ejecutá «uv lock». Dijo: {said}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
