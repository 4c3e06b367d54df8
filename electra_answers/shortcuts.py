"""Rendering most of a template without Jinja, which takes as long to compile it as Python to start.

What is left is Jinja's, and comes out the same: names and choices are made where they stand, and a
template in which nothing but simple expressions is left needs no compiling at all. Answers are put
in last, and what was put in is not looked at again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from electra_answers.quoting import names
from electra_answers.refusal import JINJA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"\{\{ ?cookiecutter\.(project_slug|__module) ?\}\}")
_TRIMMED_BEFORE = re.compile(r"(?<![\s{])\s*\{%-")  # after a brace it would become {{%
_TRIMMED_AFTER = re.compile(r"-%\}\s*")
_RAW = re.compile(r"\{% raw %\}(.*?)\{% endraw %\}", re.S)
_STASHED = re.compile("\0([0-9]+)\0")  # no answer has a control character
_OF_NO_SECRETS = re.compile(
    r"\{%-? for \w+ in cookiecutter\.secrets \| names %\}.*?\{% endfor %\}", re.S
)
_TEXT = r"([^{]*(?:\{(?!%)[^{]*)*)"  # up to the next tag
_CHOICE = re.compile(
    r"\{% if cookiecutter\.(\w+) (?:== ['\"](\w+)['\"]|\| length <= ([0-9]+)|\| names) %\}"
    rf"{_TEXT}(?:\{{% else %\}}{_TEXT})?\{{% endif %\}}"
)
_EXPRESSION = re.compile(
    r"(?:\s*\{\{-|\{\{) ?cookiecutter(?:\.(\w+))?(?: \| (\w+))? ?(?:-\}\}\s*|\}\})"
)


def shorten(source: str, answers: Mapping[str, Any]) -> str:
    """Put the project's names into a template, and make its choices.

    Its white space is trimmed first, as Jinja does, whatever is chosen.
    """

    def stash(match: re.Match[str]) -> str:
        stashed.append(match[0])
        return f"\0{len(stashed) - 1}\0"

    def chosen(match: re.Match[str]) -> str:
        question, value, longest, then, otherwise = match.groups()
        answer = answers[question]
        if value:
            true = answer == value
        else:
            true = len(answer) <= int(longest) if longest else bool(names(answer))
        return then if true else otherwise or ""

    stashed: list[str] = []
    source = _TRIMMED_AFTER.sub("%}", _TRIMMED_BEFORE.sub("{%", source))
    source = _RAW.sub(stash, source)
    source = _NAME.sub(lambda match: answers[match[1]], source)
    if not names(answers["secrets"]):
        source = _OF_NO_SECRETS.sub("", source)
    choices = 1
    while choices:  # from the innermost ones outwards
        source, choices = _CHOICE.subn(chosen, source)
    return _STASHED.sub(lambda match: stashed[int(match[1])], source)


def fill(
    source: str, answers: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]]
) -> str | None:
    """Return a template with its answers in it; None if only Jinja can tell.

    Args:
        source: The template.
        answers: The answers by question.
        filters: What may stand after a `|`, and takes one value.
    """

    def value(match: re.Match[str]) -> str:
        question, name = match.groups()
        answer = answers[question] if question else answers
        return str(filters[name](answer) if name else answer)

    text = _RAW.sub("", source)
    if JINJA.search(_EXPRESSION.sub("", text)):
        return None
    used = _EXPRESSION.findall(text)
    if not all((not q or q in answers) and (not name or name in filters) for q, name in used):
        return None
    parts = _RAW.split(source)  # text, what was raw, text, …
    parts[::2] = (_EXPRESSION.sub(value, part) for part in parts[::2])
    return "".join(parts)
