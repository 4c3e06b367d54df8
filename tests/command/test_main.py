"""The command line: what it takes, what it says, and its exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from electra_flow.command.main import main
from harness import TOOLS

COMMAND = TOOLS / "electra-flow"


def test_alone_it_shows_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Uso: electra-flow [-h] comando ...\n")
    assert all(f"    {verb} " in said for verb in ("check", "docs", "files"))


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["docs", "--help"]])
def test_help_is_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "muestra esto" in said
    assert not [english for english in ("usage:", "options:", "show this") if english in said]


@pytest.mark.parametrize(
    "words",
    [["chek"], ["docs", "uno", "dos"], ["check", "--fix"], ["--hel"], ["files"], ["docs", "-x"]],
    ids=" ".join,
)
def test_wrong_usage_is_said_in_spanish(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0] == f"No entiendo «electra-flow {' '.join(words)}». Así se usa:"
    assert lines[2].startswith("Uso: electra-flow")


def test_it_is_a_command_and_a_module() -> None:
    for command in ([str(COMMAND)], [sys.executable, "-m", "electra_flow.command.main"]):
        done = subprocess.run([*command, "chek"], capture_output=True, encoding="utf-8")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


def test_a_reader_that_has_gone_is_no_error() -> None:
    """As `electra-flow docs worker | head -1`."""
    command = subprocess.Popen(
        [COMMAND, "docs", "worker"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert command.stdout and command.stderr
    command.stdout.close()
    assert command.stderr.read() == b""
    assert command.wait() == 0


def test_a_verb_waits_for_its_own_imports_alone() -> None:
    code = (
        "import sys; from electra_flow.command.main import main; main(['docs']);"
        "print(*(name for name in sys.modules if name in {'prefect', 'rich', 'ruff', 'ast'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "", done.stderr
