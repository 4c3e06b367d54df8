"""Both versions of the template, rendered with a project's answers and without the hooks' doings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from migrations.git import files_of
from migrations.problem import CannotThinError

ROOT = Path(__file__).resolve().parents[1]
OLD = "9384dc2"  # the commit whose template is that of version 0.1.0


def old_template(folder: Path) -> Path:
    """Write the template of version 0.1.0 into a folder, and return it.

    Raises:
        CannotThinError: This clone does not have that commit.
    """
    files = files_of(ROOT, OLD)
    if files is None:
        raise CannotThinError(
            f"A este clon de la plantilla le falta el commit {OLD} (0.1.0): ejecutá acá "
            "«git fetch --unshallow», o cloná la plantilla entera."
        )
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def render(template: Path, answers: Mapping[str, str], into: Path) -> Path:
    """Render a template, and return the project's folder.

    Args:
        template: The template's folder.
        answers: The answers; those that the template does not ask for are ignored by it.
        into: A folder that is there or not, to be that of the project.

    Raises:
        CannotThinError: An answer is refused.
    """
    into.mkdir(parents=True, exist_ok=True)
    # cookiecutter remembers the last answers: not those that nobody gave.
    settings = into / "cookiecutter.json"
    settings.write_text(json.dumps({"replay_dir": str(into / "replay")}), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "cookiecutter", "--no-input", "--accept-hooks=no"),
            *("--config-file", str(settings), "--output-dir", str(into / "out"), str(template)),
            *(f"{name}={value}" for name, value in answers.items()),
            "server_check=skip",
        ],
        cwd=into,
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "?").splitlines()[-1]
        raise CannotThinError(
            f"La plantilla no se pudo generar con lo de este proyecto. Dijo: {reason}"
        )
    (project,) = (into / "out").iterdir()
    return project


def contents(project: Path) -> dict[str, bytes]:
    """Return the files of a rendered project, by their path with slashes."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }
