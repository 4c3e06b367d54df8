"""The answers' tests generate in this process: a hundredth of a second each."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cookiecutter.main import cookiecutter

from answers.outcomes import Outcome
from harness import ROOT, TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Outcome]]:
    """Return a function that generates in this process, without the hook.

    What it generated is clean: ruff looks at all of it in the end, since it takes as long for one.
    """
    folder = tmp_path_factory.mktemp("answers")
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder / 'replay'}\n", "utf-8")
    (folder / "replay").mkdir()  # cookiecutter would, with the first project

    projects = folder / "projects"
    projects.mkdir()
    numbers = itertools.count()

    def answer(**answers: Any) -> Outcome:
        target = projects / str(next(numbers))
        before = sorted(projects.iterdir())
        arguments = {"no_input": True, "accept_hooks": False, "config_file": str(config)}
        try:
            path = cookiecutter(
                str(ROOT), extra_context=answers, output_dir=str(target), **arguments
            )
        except SystemExit as refusal:
            assert sorted(projects.iterdir()) == before, "a refusal leaves nothing on the disk"
            return Outcome(str(refusal), target)
        return Outcome("", Path(path))

    yield answer
    for command in (["check"], ["format", "--check"]):
        ruff = [TOOLS / "ruff", *command, "--quiet", "--no-cache", projects]
        done = subprocess.run(ruff, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
