"""What a picture is made of: a user's environment, and a project that is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness import BUENOS_AIRES, ROOT, TOOLS, UV, Project, run, user_environment

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = ROOT / "docs" / "pictures"


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a user who has uv and cookiecutter, and lives where the flows run."""
    env = user_environment(home)
    return env | {"PATH": os.pathsep.join([str(TOOLS), env["PATH"]]), "TZ": BUENOS_AIRES}


def generated(folder: Path, env: dict[str, str], **answers: str) -> Project:
    """Generate a project and install it, as the READMEs say."""
    words = [f"{question}={answer}" for question, answer in answers.items()]
    made = run("cookiecutter", "--no-input", ROOT, *words, cwd=folder, env=env)
    assert made.code == 0, made.output
    path = folder / "mi-flujo"
    synced = run(UV, "sync", "--quiet", cwd=path, env=env)
    assert synced.code == 0, synced.output
    return Project(path, path / ".venv" / "bin" / "python", env)
