"""The line of an output that says why."""

from __future__ import annotations

import pytest

from newest.failure import LONGEST, StepError

OUTPUTS = {
    "pytest's": (
        "F\n    def test_x():\n>       assert f() == 2\nE       assert 1 == 2\nE        +  where 1 = f()\n"
        "FAILED tests/test_flow.py::test_x - ValueError: other",
        "assert 1 == 2",
    ),
    "a traceback, of which the first is the cause": (
        'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n'
        "TypeError: Body() got an unexpected keyword argument 'min_items'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "RuntimeError: server\n",
        "TypeError: Body() got an unexpected keyword argument 'min_items'",
    ),
    "an error with the name of its module": ("x\nsqlalchemy.exc.ArgumentError: y\n", None),
    "uv's": ("Resolved 3 packages\n\x1b[31merror\x1b[0m: No solution found\n", None),
    "a box": ("╭──\n│ ModuleNotFoundError: No module named 'x'\n", None),
    "words alone": ("uno\nNo se desplegó.\n\n", "No se desplegó."),
    "nothing": ("", "it printed nothing"),
}
EXPECTED = {
    "an error with the name of its module": "sqlalchemy.exc.ArgumentError: y",
    "uv's": "error: No solution found",
    "a box": "ModuleNotFoundError: No module named 'x'",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_line_that_says_why_is_found(name: str) -> None:
    output, reason = OUTPUTS[name]
    assert StepError("tests", output).reason == (reason or EXPECTED[name])


def test_a_long_line_is_cut() -> None:
    assert len(StepError("tests", f"ValueError: {'x' * 1000}").reason) == LONGEST
