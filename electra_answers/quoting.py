"""How an answer is split, and quoted in each format of the generated files."""

from __future__ import annotations

import re


def names(answer: str) -> list[str]:
    """Split a comma-separated answer; blanks and repetitions are dropped."""
    return list(dict.fromkeys(name for part in answer.split(",") if (name := part.strip())))


def python(text: str) -> str:
    """Return `text` as a Python literal with the quotes that `ruff format` would choose."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + text.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def quoted(text: str) -> str:
    """Return `text` as a double-quoted string, the same in TOML, YAML and JSON."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shell(pool: str) -> str:
    """Return a work pool's name as one word of a command, the same in any shell."""
    return f'"{pool}"' if " " in pool else pool


# What CommonMark (and GitHub's dialect of it) would read as markup, and nothing else, so that an
# ordinary title looks the same in the source of the README as on the page.
_MARKUP = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~])       # a backslash that would escape the next character
    | [*`~$]                      # emphasis, code, strike-through, formulas
    | (?<![^\W_])_|_(?![^\W_])    # emphasis, but not inside a word
    | \](?=[(:])                  # links
    | <(?=\S)                     # HTML, addresses
    | &(?=\#?\w+;)                # an entity
    | ^>|^[+-](?=\s|$|-)|^=+$     # a quotation, a list, a line
    | ^\#(?=\#*(\s|$))|\#(?=\#*$) # the start or the end of a heading
    """,
    re.VERBOSE,
)
_NUMBERED = re.compile(r"^([0-9]{1,9})(?=[.)](\s|$))")


def markdown(text: str) -> str:
    """Return `text` escaped where Markdown would read markup in it."""
    return _NUMBERED.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", text))
