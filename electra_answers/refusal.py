"""Why an answer is refused, in one line."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, NoReturn

JINJA = re.compile(r"\{\{|\{%|\{#")
JINJA_PROBLEM = "no puede llevar {{, {% ni {#, que son de Jinja"
NO_TEXT = "no es un texto"
_LONGEST = 100  # characters of an answer that a refusal repeats
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Problem(NamedTuple):
    """Why an answer is refused, and what would work in its place."""

    rule: str
    instead: str


def refuse(question: str, value: str, problem: str | Problem, example: str) -> NoReturn:
    """Raise SystemExit with one line in Spanish: question, value, rule, and what would work."""
    offer = "usá"
    if isinstance(problem, str) or len(problem.instead) > _LONGEST:
        rule = problem if isinstance(problem, str) else problem.rule
        problem, offer = Problem(rule, example), "por ejemplo"
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in value)
    if "://" in shown:  # a refused token is still a token
        shown = re.sub(r"\?.*", "?…", re.sub(r"//.*@", "//…@", shown))
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST - 1]}…"
    raise SystemExit(
        f"Respuesta no válida en {question}: «{shown}» {problem.rule}; {offer}: {problem.instead}"
    )


def text_problem(value: str) -> str | None:
    """Check what holds for every answer."""
    if not all(map(_is_plain, value)):
        return "lleva un salto de línea o un carácter de control, y tiene que ser una sola línea"
    return JINJA_PROBLEM if JINJA.search(value) else None


def _is_plain(char: str) -> bool:
    """Tell whether `char` can stand in a file of any of our formats and be seen there."""
    if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _BIDI_CONTROLS:
        return False
    # The noncharacters of Unicode, which YAML refuses.
    return not (0xFDD0 <= ord(char) <= 0xFDEF or ord(char) & 0xFFFE == 0xFFFE)
