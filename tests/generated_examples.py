"""The generated projects that can be read in `examples/`, without generating one.

The default one whole, and of each other kind the files that differ from it. `python3 run.py
examples` renews them; test_generated_project.py says when that is due.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from harness import ROOT, TOOLS, run, user_environment

FOLDER = ROOT / "examples"
DEFAULT = "mi-flujo"
ANSWERS: dict[str, dict[str, str]] = {
    DEFAULT: {},
    "subflows": {"flow_kind": "subflows"},
    "distributed": {"flow_kind": "distributed"},
    "monitoring": {"flow_kind": "monitoring"},
    "github": {"source": "github"},
}
# What the hook, uv and other tests leave there; and what tools and flows do in the folder itself.
_NOT_TO_READ = {".git", "uv.lock", "vendor", "logs", "__pycache__"}
_NOT_TO_READ |= {".venv", ".mypy_cache", ".prefect", ".pytest_cache", ".ruff_cache"}
# The part of the library's version that is new with each change of the library.
_OF_ITS_SOURCE = re.compile(r"(?<=\d)\+s[0-9a-f]{10}")


def texts(project: Path) -> dict[str, str]:
    """Return what there is to read in a project, by path; of the library's version, the number."""
    files = {path.relative_to(project): path for path in project.rglob("*") if path.is_file()}
    return {
        name.as_posix(): _OF_ITS_SOURCE.sub("", path.read_bytes().decode("utf-8"))
        for name, path in sorted(files.items())
        if _NOT_TO_READ.isdisjoint(name.parts)
    }


def examples(projects: dict[str, Path]) -> dict[str, str]:
    """Return the files of `examples/` by path, from a project of each name in `ANSWERS`."""
    default = texts(projects[DEFAULT])
    found = {f"{DEFAULT}/{name}": text for name, text in default.items()}
    for kind in ANSWERS.keys() - {DEFAULT}:
        own = texts(projects[kind])
        assert default.keys() <= own.keys(), "a file less could not be seen there"
        found |= {f"{kind}/{name}": own[name] for name in own if own[name] != default.get(name)}
    return found


def stored() -> dict[str, str]:
    """Return what is there, but for its own README."""
    found = texts(FOLDER)
    del found["README.md"]
    return found


def renew() -> None:
    """Generate them, and put them in place of those that are there."""
    with tempfile.TemporaryDirectory() as temporary:
        env = user_environment(Path(temporary, "home"))
        projects = {}
        for kind, answers in ANSWERS.items():
            folder = Path(temporary, kind)
            folder.mkdir()
            given = [f"{question}={answer}" for question, answer in answers.items()]
            command = (TOOLS / "cookiecutter", "--no-input", ROOT, *given, "server_check=skip")
            done = run(*command, "--output-dir", folder, cwd=folder, env=env)
            if done.code:
                sys.exit(done.output)
            projects[kind] = folder / "mi-flujo"
        found = examples(projects)
    for kind in ANSWERS:
        shutil.rmtree(FOLDER / kind, ignore_errors=True)
    for name, text in found.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew()
