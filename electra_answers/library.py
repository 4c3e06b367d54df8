"""Where a project's library comes from, as its pyproject.toml says it.

A wheel in the project's repository, whose name only the hook knows (it makes the file); what
`__library` says; or, under cruft, which cannot carry a binary, the template's own Git address.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from electra_answers.quoting import names, quoted
from electra_answers.refusal import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = "electra-flow>=1,<2"
# What the hook replaces (electra_flow/generation/pyproject.py).
_VERSION = "@ELECTRA_FLOW_VERSION@"
_WHEEL = "@ELECTRA_FLOW_WHEEL@"
_REQUIREMENT = re.compile(
    r"""
    electra[-_.]flow \s*
    (?:\[ (?P<extras>[\sa-z0-9,._-]*) \])? \s*
    (?P<rest>
        (?: (?:[~=!<>]=|[<>]|===) \s* [a-z0-9.*+!_-]+ \s* (?:,\s*(?=[~=!<>])|$) )*
      | @ \s* (?:git\+)? (?:https|ssh|file)://[^\s"'\\<>`|{}]+
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def library_problem(value: str, _answers: Mapping[str, Any]) -> str | Problem | None:
    """Check that `__library` is a requirement of ours that may stand in a file of a repository."""
    match = _REQUIREMENT.fullmatch(value)
    if value and not match:
        return "no es un requisito de electra-flow"
    if match and re.search(r"https://[^/]*@|ssh://[^/@]*:[^/@]*@", match["rest"]):
        return "lleva credenciales, que quedarían en el repositorio"
    return None


def library(answers: Mapping[str, Any]) -> str:
    """Return the library's line of `dependencies`, quoted."""
    extras, rest = "", f"=={_VERSION}"
    if given := _REQUIREMENT.fullmatch(answers.get("__library", "")):
        extras, rest = given["extras"] or "", given["rest"]
    elif _under_cruft(answers):
        rest = f"@ git+{_address(answers['_template'])}@{answers['_commit']}"
    of_kind = {"monitoring": "report", "distributed": "dask"}.get(answers["flow_kind"], "")
    wanted = ",".join(names(f"{extras},{of_kind}"))
    rest = re.sub(r"^@\s*", " @ ", rest)
    return quoted(f"electra-flow{f'[{wanted}]' if wanted else ''}{rest}")


def library_source(answers: Mapping[str, Any]) -> str:
    """Return where uv finds the library, as a table of TOML after a blank line; nothing if it asks."""
    if answers.get("__library", "") or _under_cruft(answers):
        return ""
    return f'\n\n[tool.uv.sources]\nelectra-flow = {{ path = "{_WHEEL}" }}'


def _under_cruft(answers: Mapping[str, Any]) -> bool:
    return "_repo_dir" not in answers


def _address(template: str) -> str:
    """Return a template's address as a URL without credentials."""
    if "://" in template:
        return re.sub(r"^(https?://)[^/]*@", r"\1", template)
    if PurePosixPath(template).is_absolute():
        return PurePosixPath(posixpath.normpath(template)).as_uri()
    if PureWindowsPath(template).is_absolute():
        return PureWindowsPath(ntpath.normpath(template)).as_uri()
    host, _, path = template.partition(":")  # git@github.com:org/template.git
    return f"ssh://{host}/{path}"
