"""The answers' tests generate in this process: a twentieth of a second each."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cookiecutter.main import cookiecutter

from answers.outcomes import Outcome
from harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Return a function that generates in this process, without the hook: a twentieth of a second."""
    folder = tmp_path_factory.mktemp("answers")
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder / 'replay'}\n", "utf-8")
    (folder / "replay").mkdir()  # cookiecutter would, with the first project

    def answer(**answers: Any) -> Outcome:
        target = folder / "out"
        shutil.rmtree(target, ignore_errors=True)
        before = sorted(folder.iterdir())
        arguments = {"no_input": True, "accept_hooks": False, "config_file": str(config)}
        try:
            path = cookiecutter(
                str(ROOT), extra_context=answers, output_dir=str(target), **arguments
            )
        except SystemExit as refusal:
            assert sorted(folder.iterdir()) == before, "a refusal leaves nothing on the disk"
            return Outcome(str(refusal), target)
        return Outcome("", Path(path))

    return answer
