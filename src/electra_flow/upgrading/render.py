"""A version of the template renders projects: `python -m electra_flow.upgrading.render`.

Frozen: other versions call it. It runs where `Release.unpack` put this version, with that folder and
its `src/` first on the path (`python -P`). On its standard input is a list, in JSON, of

    {"answers": {…}, "place": "flujos/ventas", "into": "/a/folder"}

and it writes each project to the folder `into`/`place`, as cookiecutter and the hook would: `place`
is where it stands in its repository, «.» if it is the whole of it. What only the hook knows, the
library's version and wheel, stays as generation/pyproject.py names it. Answers that are not asked
for are ignored, and what is not answered has its default. To its standard output goes a list: null
for each project that was written, or why it was not, in one line of Spanish.

cookiecutter is not there: an environment of a project has Jinja, by Prefect.
"""

from __future__ import annotations

import contextlib
import fnmatch
import io
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from electra_flow.generation.monorepo import settle
from electra_flow.generation.wheel import PROJECT, QUESTIONS, TEMPLATE


def main() -> int:
    """Render what the standard input says."""
    package = Path(__file__).resolve().parents[2]
    with zipfile.ZipFile(package / TEMPLATE) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    outcomes: list[str | None] = []
    for wanted in json.loads(sys.stdin.buffer.read()):
        try:
            rendered = render(files, wanted["answers"])
        except SystemExit as refusal:  # as cookiecutter is stopped (electra_answers/refusal.py)
            outcomes.append(str(refusal))
            continue
        _write(rendered, Path(wanted["into"]), wanted["place"])
        outcomes.append(None)
    sys.stdout.buffer.write(json.dumps(outcomes).encode())
    return 0


def render(files: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a project, by their path in it.

    Args:
        files: The template's files, by their path in its folder.
        given: Answers, by question.

    Raises:
        SystemExit: An answer is refused, with one line of Spanish.
    """
    questions: dict[str, Any] = json.loads(files[QUESTIONS])
    environment = Environment(
        loader=DictLoader(dict(files)),
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        extensions=questions["_extensions"],
    )
    answers: dict[str, Any] = {}
    context = {"cookiecutter": answers}
    for name, default in questions.items():  # in the order in which cookiecutter asks
        if name == "__prompts__":
            continue
        if name in given:
            answers[name] = given[name]
        elif name.startswith("_") and not name.startswith("__"):
            answers[name] = default
        else:
            answers[name] = environment.from_string(default).render(**context)
    answers["_repo_dir"] = ""  # so that it is not cruft that renders (electra_answers/library.py)
    environment.from_string(PROJECT).render(**context)
    found: dict[str, str] = {}
    for name in files:
        inside = name.removeprefix(f"{PROJECT}/")
        if inside == name:
            continue
        own = environment.from_string(inside).render(**context)
        if own.endswith("/"):  # a file of another variant
            continue
        as_it_is = any(fnmatch.fnmatch(inside, each) for each in answers["_copy_without_render"])
        template = environment.get_template(name)
        found[own] = files[name] if as_it_is else template.render(**context)
    return {name: text for name, text in found.items() if name}


def _write(files: Mapping[str, str], into: Path, place: str) -> None:
    for name, text in files.items():
        path = into / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    if place != ".":
        with contextlib.redirect_stdout(io.StringIO()):  # what it says is for who generates
            settle(str(into / place), str(into))


if __name__ == "__main__":
    sys.exit(main())
