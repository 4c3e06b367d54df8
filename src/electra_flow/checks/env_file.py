"""Reading a `.env` file as python-dotenv does for Prefect."""

from __future__ import annotations

import re
from collections.abc import Mapping

# `NAME=value`, with or without `export` and quotes; quoted values may go over several lines.
_LINE = re.compile(
    r"""
    ^[^\S\n]*(?:export[^\S\n]+)?
    (?:'(?P<quoted_name>[^'\n]+)'|(?P<name>[^=\#\s'][^=\#\s]*))
    [^\S\n]*=[^\S\n]*
    (?:
        '(?P<single>(?:\\.|[^'\\])*)'[^\S\n]*(?:\#[^\n]*)?$
        |"(?P<double>(?:\\.|[^"\\])*)"[^\S\n]*(?:\#[^\n]*)?$
        |(?P<plain>(?!['"])[^\n]*)$
    )
    """,
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_REFERENCE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
_ESCAPES = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def parse(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a `.env` file, with `${OTHER}` replaced; wrong lines say nothing."""
    values: dict[str, str] = {}

    def referred(match: re.Match[str]) -> str:
        default = match["default"] or ""
        return values.get(match["name"], environ.get(match["name"], default))

    for match in _LINE.finditer(text.replace("\r\n", "\n").replace("\r", "\n")):
        if match["single"] is not None:
            value = re.sub(r"\\([\\'])", r"\1", match["single"])
        elif match["double"] is not None:
            value = re.sub(
                r"\\([\\'\"abfnrtv])", lambda m: _ESCAPES.get(m[1], m[1]), match["double"]
            )
        else:
            value = re.sub(r"\s+#.*", "", match["plain"]).rstrip()
        name = match["quoted_name"] or match["name"]
        values[name] = _REFERENCE.sub(referred, value)
    return values
