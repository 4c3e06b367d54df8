"""`.env` files, read as python-dotenv reads them."""

from __future__ import annotations

import pytest

from electra_flow.checks.env_file import parse

CASES = {
    "A=b": {"A": "b"},
    "export A = b": {"A": "b"},
    "# A=b\n\nC=d": {"C": "d"},
    "A=b # c": {"A": "b"},
    "A=b#c": {"A": "b#c"},
    'A="b # c"  # d': {"A": "b # c"},
    "A='b\"c'": {"A": 'b"c'},
    r'A="b\tc\"d"': {"A": 'b\tc"d'},
    r"A='b\tc\'d'": {"A": r"b\tc'd"},
    "A='b\nc'\nD=e": {"A": "b\nc", "D": "e"},
    "A=": {"A": ""},
    "A=1\nA=2": {"A": "2"},
    "A=x\nB=${A}-${C:-y}-${HOST}-${D}": {"A": "x", "B": "x-y-h-"},
    "A=b\r\nC=d\r\n": {"A": "b", "C": "d"},
    "no es nada\nA=b": {"A": "b"},
    "'A'=b": {"A": "b"},
    "A=ñandú": {"A": "ñandú"},
}


@pytest.mark.parametrize("text", CASES)
def test_it_is_read_as_python_dotenv_does(text: str) -> None:
    assert parse(text, {"HOST": "h"}) == CASES[text]
