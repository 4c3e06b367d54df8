"""What a command shows on a terminal, and how it is drawn. The pictures themselves are looked at."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pictures import terminal
from pictures.two_commands import shortened

COMMAND = r"""
import sys, time
print("\x1b[2K\x1b[1;35mColor\x1b[0m", sys.stdout.isatty())
print("fue:", repr(input("[1/1] \x1b[36m(nada)\x1b[0m: ")), flush=True)
try:
    print("Andando", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("Chau")
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> str:
    return terminal.shown(
        *(sys.executable, "-c", COMMAND),
        cwd=tmp_path_factory.mktemp("session"),
        env=dict(os.environ),
        enough=lambda text: "Andando" in text,
        seconds=30,
    )


def test_it_is_a_terminal_with_somebody_who_types_enter_and_ctrl_c(session: str) -> None:
    said = terminal.plain(session).split("\n")
    assert said[:3] == ["Color True", "[1/1] (nada): ", "fue: ''"]
    assert said[3:] == ["Andando", "^CChau", ""]


def test_a_command_that_does_not_end_is_ended(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import time; print('Hola', flush=True); time.sleep(60)")
    with pytest.raises(SystemExit, match="not done in 1 s\nHola"):
        terminal.shown(*command, cwd=tmp_path, env=dict(os.environ), seconds=1)


def test_the_drawing_has_the_lines_their_colours_and_nothing_from_elsewhere(session: str) -> None:
    svg = terminal.drawing(session, "título")
    root = ElementTree.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "título" in texts and "Color" in texts and "Andando" in texts
    (colour,) = re.findall(r'class="(t-r\d+)"[^>]*>Color<', svg)
    assert re.search(rf"\.{colour} \{{ fill: #[0-9a-f]{{6}};font-weight: bold", svg)
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]


def test_questions_in_the_middle_are_left_out_and_it_is_said() -> None:
    asked = "".join(f"  \x1b[2m[{number}/6]\x1b[0m Algo (x): \n" for number in range(1, 7))
    assert terminal.plain(shortened(f"{asked}Listo.\n")).split("\n") == [
        *(f"  [{number}/6] Algo (x): " for number in range(1, 5)),
        "  ⋯ 2 preguntas más; Enter en cada una",
        "Listo.",
        "",
    ]
