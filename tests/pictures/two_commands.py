"""The two commands of the READMEs, from the first question to a completed run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness import ROOT
from pictures import terminal
from pictures.user import PICTURES

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = "gh:org/electra-flow-template"  # as the READMEs name it; here, the clone is used
SHOWN_IN = "/srv/flujos"  # instead of the folder of this machine
SEVERAL = 4  # questions are shown; the fourth has choices, as most of the others do


def make(folder: Path, env: dict[str, str]) -> Path:
    """What is typed and shown from nothing to a completed run, until Ctrl-C."""
    asked = terminal.shown("cookiecutter", ROOT, cwd=folder, env=env)
    ran = terminal.shown(
        *("uv", "run", "electra-flow", "dev"),
        cwd=folder / "mi-flujo",
        env=env,
        enough=lambda text: "terminó" in text.casefold(),
    )
    session = (
        f"{_typed(f'uvx cookiecutter {TEMPLATE}')}{shortened(asked)}\n"
        f"{_typed('cd mi-flujo')}{_typed('uv run electra-flow dev')}{ran}"
    )
    picture = PICTURES / "two-commands.svg"
    session = session.replace(str(folder), SHOWN_IN)
    picture.write_text(terminal.drawing(session, "electra-flow"), "utf-8", newline="\n")
    return picture


def _typed(command: str) -> str:
    return f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m\n"


def shortened(asked: str) -> str:
    """Leave out the questions in the middle, and say so: they look like the others."""
    numbers = [int(number) for number in re.findall(r"\[(\d+)/\d+\]", terminal.plain(asked))]
    starts = [match.start() for match in re.finditer(r"^.*\[\d+/\d+\]", asked, re.M)]
    last = numbers[-1]
    left_out = f"\x1b[2m  ⋯ {last - SEVERAL} preguntas más; Enter en cada una\x1b[0m\n"
    end = re.search(r"\n(?=\S)", asked)
    assert numbers == list(range(1, last + 1)) and end
    return asked[: starts[SEVERAL]] + left_out + asked[end.end() :]
