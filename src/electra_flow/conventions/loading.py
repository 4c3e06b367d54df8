"""What loads a secret, a block or a variable, and by which name."""

from __future__ import annotations

import ast
import re

from electra_flow.conventions.source import UNKNOWN, Source, argument

_LOADS = re.compile(
    r"prefect\w*\.(.+\.)?([A-Z]\w*\.a?load|(Variable|variables)\.a?(get|set|unset))"
    r"|(.+\.)?read_(secret|variable)"  # those of consulterscommons
)
_BLOCK = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?")
_VARIABLE = re.compile(r"[a-z0-9_-]+")


def loads(name: str) -> bool:
    """Say whether a function asks the server, or a store of secrets, for something."""
    return bool(_LOADS.fullmatch(name))


def name_given(call: ast.Call, source: Source) -> str | None:
    """Return the name of what a call loads or saves; None if it does neither, or it is not known."""
    if loads(source.name(call.func)) or _saves(call, source):
        return source.text(argument(call, 0, "name"))
    return None


def name_problem(call: ast.Call, given: str, source: Source) -> str:
    """Say what is wrong with the name that a call loads or saves; nothing if it will do."""
    name = source.name(call.func)
    if name.endswith(("read_secret", "read_variable")):  # of another store
        return ""
    is_variable = "ariable" in name
    if (_VARIABLE if is_variable else _BLOCK).fullmatch(given.replace(UNKNOWN, "x")):
        return ""
    what = "variable" if is_variable else "bloque"
    also = " y guiones bajos" if is_variable else ""
    return (
        f"«{given.replace(UNKNOWN, '{…}')}» no sirve como nombre de {what}: lleva solo minúsculas, "
        f"números, guiones{also}."
    )


def _saves(call: ast.Call, source: Source) -> bool:
    """Say whether it is the `save` of a block of Prefect's: `Secret(value=…).save("…")`."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in ("save", "asave")
        and isinstance(function.value, ast.Call)
        and source.name(function.value.func).startswith("prefect")
    )
