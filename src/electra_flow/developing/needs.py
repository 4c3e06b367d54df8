"""What the flows load from the server: what is missing there is read from a file, or asked for."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from electra_flow.checks.api import Server
from electra_flow.checks.blocks import check_block
from electra_flow.checks.env_file import parse
from electra_flow.checks.finding import Finding, error
from electra_flow.checks.server import check_variable
from electra_flow.developing.declared import Declared
from electra_flow.developing.place import VALUES
from electra_flow.developing.problem import DevError

SECRET, VARIABLE = "secreto", "variable"


def read_values(file: Path) -> dict[str, str]:
    """Return the values that someone wrote down, by the names of their secrets and variables.

    Raises:
        DevError: If the file cannot be read.
    """
    try:
        return parse(file.read_text(encoding="utf-8-sig"), os.environ)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise DevError(f"{VALUES} no se puede leer como texto en UTF-8: {problem}.") from None


def supply(
    declared: Declared, server: Server, values: Mapping[str, str], *, own: bool
) -> Iterator[Finding]:
    """Let the server have each secret and each variable.

    Args:
        declared: What needs them.
        server: Where they have to be.
        values: Those that someone wrote down.
        own: Whether the server is ours alone, so that a value that is there may be another one.

    Yields:
        What is missing all the same.
    """
    wanted = [(SECRET, name) for name in declared.secrets]
    wanted += [(VARIABLE, name) for name in declared.project.variables]
    for kind, name in wanted:
        found = _check(server, kind, name)
        value = values.get(name)
        if found.level == "error" and not found.text.startswith("Falta"):
            yield found  # the server did not say
        elif value is not None and (own or found.level == "error"):
            _save(kind, name, value)
        elif found.level == "error":
            value = _ask(kind, name, server)
            if value:
                _save(kind, name, value)
            elif own or value is not None:
                empty = ", y no escribiste ningún valor" if value is not None else ""
                yield error(
                    f"Falta {'el' if kind == SECRET else 'la'} {kind} «{name}»{empty}.",
                    f"una línea {name}=VALOR en {VALUES}, que Git no ve, o este mismo comando en "
                    "una terminal, que lo pide",
                )
            else:
                yield found


def missing_blocks(server: Server, blocks: list[str], alerts: list[str]) -> dict[str, Finding]:
    """Return what is said of each block that is not there, or does not notify, by «type/name»."""
    found = {name: check_block(server, name) for name in blocks}
    found |= {name: check_block(server, name, of_alerts=True) for name in alerts}
    return {name: finding for name, finding in found.items() if finding.level == "error"}


def lacks(parameters: Mapping[str, Any], blocks: Iterable[str]) -> str:
    """Return the block, of those that are missing, that the parameters of a deployment name."""
    for block in blocks:
        if block.partition("/")[2] in parameters.values():
            return block
    return ""


def _check(server: Server, kind: str, name: str) -> Finding:
    if kind == SECRET:
        return check_block(server, f"secret/{name}")
    return check_variable(server, name)


def _ask(kind: str, name: str, server: Server) -> str | None:
    """Ask for a value, which is not shown; None where there is nobody to ask."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    with suppress(EOFError):
        return getpass.getpass(
            f"Falta {'el' if kind == SECRET else 'la'} {kind} «{name}» en {server.shown_url}. "
            "Valor (no se muestra): "
        )
    return None


def _save(kind: str, name: str, value: str) -> None:
    """Save a value; of a variable, what is JSON is no text, as for `prefect variable set`."""
    from electra_flow.deploying.wording import server_reason

    try:
        if kind == SECRET:
            from prefect.blocks.system import Secret
            from pydantic import SecretStr

            Secret(value=SecretStr(value)).save(name, overwrite=True)
        else:
            from prefect.variables import Variable

            with suppress(ValueError):
                value = json.loads(value)
            Variable.set(name, value, overwrite=True)
    except Exception as problem:  # whatever Prefect or the server does not take
        raise DevError(f"No se pudo guardar «{name}»: {server_reason(problem)}") from None
