"""What is written of how far it is, which only a terminal shows, and of how it ended."""

from __future__ import annotations

import pytest

from electra_flow.repository.screen import DONE, Outcome, Screen, failed


def test_on_a_terminal_a_line_says_how_far_it_is_and_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    screen.progress("Revisando: 1 de 200 (dev/ventas)")
    screen.progress("Corto")
    screen.tell("dev/ventas", Outcome(DONE, "1 despliegue"))
    first, second, last = capsys.readouterr().out.split("\r\r")
    assert first == "\rRevisando: 1 de 200", "no longer than the terminal is wide"
    assert second == f"{'Corto':19}", "over what was there"
    assert last == "     \r✔ dev/ventas  1 despliegue\n"


def test_elsewhere_nothing_but_the_outcomes_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.progress("Revisando: 1 de 2")
    screen.tell("a", failed("no se desplegó", ["Uno.", "Dos."]))
    assert capsys.readouterr().out == "✘ a  no se desplegó: Uno.\n    Dos.\n"
