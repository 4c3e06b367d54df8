"""What Docker tells, in pieces of any length: what takes long is told on, and why a step failed."""

from __future__ import annotations

import io

import pytest

from electra_flow.images.progress import Progress

SAID = """\
Step 1/4 : ARG BASE
Step 2/4 : FROM ${BASE}
 ---> 2a848b85b38e
Step 3/4 : RUN   uv sync
 ---> Using cache
 ---> 1a848b85b38e
Step 4/4 : RUN python3   -c 'import ventas'
 ---> Running in 3a848b85b38e
Traceback (most recent call last):
\x1b[91mModuleNotFoundError: No module named 'ventas'
\x1b[0m"""


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_step_that_runs_is_told_and_its_last_line_kept(size: int) -> None:
    out = io.StringIO()
    progress = Progress(out)
    for begin in range(0, len(SAID), size):
        progress.write(SAID[begin : begin + size])
    assert out.getvalue() == "    RUN python3 -c 'import ventas'\n"
    assert progress.step == (4, "RUN python3 -c 'import ventas'")
    assert progress.last_words() == "ModuleNotFoundError: No module named 'ventas'"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Resolved 3\nerror: Sin red\n  Caused by: dns\n", "error: Sin red Caused by: dns"),
        ("  × No solution\n  ╰─▶ Because x\n", "× No solution ╰─▶ Because x"),
        ("a\nb", "b"),
        ("", ""),
        ("e" * 700, "e" * 600 + "…"),
    ],
)
def test_the_reason_is_one_line(said: str, reason: str) -> None:
    progress = Progress(io.StringIO())
    progress.write(f"Step 1/1 : RUN x\n ---> Running in 1\n{said}")
    assert progress.last_words() == reason


def test_nobody_reading_is_no_problem() -> None:
    closed = io.StringIO()
    closed.write = lambda _: (_ for _ in ()).throw(BrokenPipeError())  # type: ignore[assignment]
    Progress(closed).say("hola")
