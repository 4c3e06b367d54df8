"""What is written on the terminal: whole lines, after the name of the deployment."""

from __future__ import annotations

import re

import pytest
from prefect.states import Completed, Failed

from electra_flow.developing.pool import own_name
from electra_flow.developing.runs import end_of
from electra_flow.developing.terminal import Terminal, shorter
from electra_flow.developing.worker import Lines, tied


def test_pieces_become_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(Terminal(), "ventas-dev")
    for piece in ("uno\ndo", "s\r", "\n\n  tres"):
        lines.write(piece)
    lines.close()
    lines.close()
    written = capsys.readouterr().out
    assert written == "ventas-dev | uno\nventas-dev | dos\nventas-dev | \nventas-dev |   tres\n"


def test_colour_is_for_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "05:03:10.123 | ERROR   | Flow run 'x' - [red]no[/red] «así»"
    Terminal().tell("ventas-dev", line)
    plain = capsys.readouterr().out
    assert plain == "ventas-dev | 05:03:10 | ERROR   | [red]no[/red] «así»\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    Terminal().tell("ventas-dev", line)
    coloured = capsys.readouterr().out
    assert re.search(r"\x1b\[[\d;]*31m\w*ERROR", coloured)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_a_line_of_prefect_is_shorter_here() -> None:
    said = "05:03:10.123 | INFO    | "
    assert shorter(f"{said}Flow run 'x-y' - Hola - 'a'") == "05:03:10 | INFO    | Hola - 'a'"
    assert shorter(f"{said}Task run 'leer-b2' - Hola") == "05:03:10 | INFO    | leer-b2: Hola"
    assert shorter(f"{said}Flow run 'x-y' - Running 1 deployment pull step(s)") is None
    failed = "05:03:10.123 | ERROR   | Flow run 'x-y' - Deployment step 'x' failed"
    assert shorter(failed) == "05:03:10 | ERROR   | Deployment step 'x' failed"
    for line in ("Hola", "05:03:10 | INFO | propia", ""):
        assert shorter(line) == line


def test_a_reader_that_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()

    def gone(_text: str) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(terminal._stream, "write", gone)
    terminal.say("one")
    terminal.say("two")


def test_the_end_of_a_run_is_one_line() -> None:
    assert end_of("ventas-dev", Completed()) == "ventas-dev: terminó bien"
    assert end_of("ventas-dev", Completed(message="3 filas")) == "ventas-dev: terminó bien: 3 filas"
    failed = Failed(message="ValueError: no hay\nnada más")
    assert end_of("ventas-dev", failed) == "ventas-dev: terminó mal (Failed): ValueError: no hay"


def test_prefect_s_engine_is_tied_and_nothing_else() -> None:
    assert tied('"/p/python" -m prefect.engine') == '"/p/python" -m electra_flow.tied.engine'
    assert tied("uv run python -m prefect.flow_engine") == "uv run python -m prefect.flow_engine"


def test_a_worker_is_called_as_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "EMPRESA\\ana maría")
    monkeypatch.setattr("socket.gethostname", lambda: "pc/1%")
    assert own_name() == "dev-EMPRESA-ana-maría-pc-1-"
