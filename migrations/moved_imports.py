"""The imports of what moved into the library, rewritten in the author's own files."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from pathlib import Path

import electra_flow
from migrations.problem import CannotThinError, uncertain
from migrations.text_edits import TextEdits

_LIBRARY = Path(electra_flow.__file__).parent
# Where each module of a project went; those of `deployment` have another shape, and some names.
MODULES = {
    "prefect_logger": "electra_flow.logger.prefect_logger",
    "run_info": "electra_flow.logger.run_info",
    "report_data": "electra_flow.report.data",
    "report_html": "electra_flow.report.html",
    "report_mail": "electra_flow.report.mail",
    "report_period": "electra_flow.report.period",
    "report_text": "electra_flow.report.text",
    "run_reader": "electra_flow.report.reader",
}
_DEPLOYMENT = {
    "deployment.cli": {"main"},
    "deployment.git_source": {"GitSource"},
    "deployment.local_folder": {"LocalFolder"},
    "deployment.model": {"Deployment", "Project", "Watchdog"},
}
_GONE = {"deployment", "conventions"}


def rewrite_imports(text: str, file: str, staying: Collection[str]) -> str:
    """Rewrite the imports of a file.

    Args:
        text: The file's text.
        file: How it is named to its author.
        staying: Modules of these names that are the author's own, and stay in the project.

    Raises:
        CannotThinError: It is no Python, or imports what the library does not have.
    """
    try:
        edits = TextEdits(text)
    except SyntaxError as error:
        raise CannotThinError(f"{file}:{error.lineno}: no es Python válido: {error.msg}") from None
    for node in ast.walk(edits.tree):
        if isinstance(node, ast.Import):
            lines = [_import(node, alias, file, staying) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            lines = _from(node, file, staying)
        else:
            continue
        indent = "\n" + " " * node.col_offset
        if any(line.partition(" ")[2].startswith("electra_flow") for line in lines):
            edits.replace(node, indent.join(lines))
    return edits.apply()


def left_behind(text: str, file: str) -> list[str]:
    """Say where a file still names what moved in a way that no import shows, a line each."""
    found = []
    moved = "|".join([*MODULES, *_GONE])
    for number, line in enumerate(text.splitlines(), 1):
        if name := re.search(rf"""["']((?:{moved})\.\w[\w.]*)""", line):
            found.append(
                f"{file}:{number}: nombra «{name[1]}» en un texto, y ahora está en electra_flow."
            )
        if name := re.search(r"\bPROJECT\.(pools|source|entrypoint)\b", line):
            instead = "PROJECT.environments[…] tiene pool y source; cada Deployment, su entrypoint"
            found.append(f"{file}:{number}: usa {name[0]}, que ya no está: {instead}.")
    return found


def _import(node: ast.Import, alias: ast.alias, file: str, staying: Collection[str]) -> str:
    if alias.name.partition(".")[0] in _GONE:
        raise uncertain(file, node, f"importa {alias.name}, que ya no va a estar; sacalo")
    name = alias.name.removeprefix("src.")
    if name not in MODULES or name in staying:
        return ast.unparse(ast.Import([alias]))
    if name != alias.name and not alias.asname:
        raise uncertain(file, node, f"importa {alias.name}; escribilo como «import {name}»")
    package, _, module = MODULES[name].rpartition(".")
    local = alias.asname or name
    return f"from {package} import {module}" + (f" as {local}" if local != module else "")


def _from(node: ast.ImportFrom, file: str, staying: Collection[str]) -> list[str]:
    module = node.module or ""
    if module.partition(".")[0] in _GONE:
        if unknown := [a.name for a in node.names if a.name not in _DEPLOYMENT.get(module, ())]:
            what = f"importa {unknown[0]} de {module}, que en la biblioteca no está; sacalo"
            raise uncertain(file, node, what)
        return [ast.unparse(ast.ImportFrom("electra_flow", node.names, 0))]
    module = module.removeprefix("src.")
    if module not in MODULES or module in staying:
        return [ast.unparse(node)]
    new = MODULES[module]
    known = _defined(new)
    public = [alias for alias in node.names if alias.name in electra_flow.__all__]
    others = [alias for alias in node.names if alias not in public]
    for alias in others:
        if alias.name not in known and alias.name != "*":
            what = f"importa {alias.name} de {module}, que en la biblioteca no está; sacalo"
            raise uncertain(file, node, what)
    groups = [("electra_flow", public), (new, others)]
    return [ast.unparse(ast.ImportFrom(name, part, 0)) for name, part in groups if part]


def _defined(module: str) -> set[str]:
    """Return the names at the top of one of the library's modules, without importing it."""
    path = _LIBRARY.joinpath(*module.split(".")[1:]).with_suffix(".py")
    names: set[str] = set()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        else:
            names |= {
                p.id
                for p in ast.walk(node)
                if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)
            }
    return names
