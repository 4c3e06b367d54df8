"""Un hallazgo: dónde, qué convención, qué está mal y qué escribir."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from electra_flow.conventions.scopes import Module

EXEMPTION = "EF00"


@dataclass(frozen=True, order=True)
class Finding:
    """Un hallazgo.

    Attributes:
        path: El archivo, desde la carpeta del proyecto.
        line: La línea, desde 1.
        column: La columna, desde 1.
        rule: La convención: «EF04 secreto-al-importar».
        text: Qué está mal y qué escribir.
        lines: Las líneas en las que una excepción lo alcanza.
    """

    path: str
    line: int
    column: int
    rule: str
    text: str
    lines: frozenset[int] = frozenset()

    @property
    def code(self) -> str:
        return self.rule.split()[0]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.rule}  {self.text}"


def finding(node: ast.AST, rule: str, text: str) -> Finding:
    """Arma el hallazgo de un nodo del código."""
    module: Module = node.scope.module
    line = module.lines[node.lineno - 1] if node.lineno <= len(module.lines) else ""
    before = line.encode()[: node.col_offset].decode(errors="replace")
    lines = frozenset({node.lineno, *_ends_of_statement(node)})
    return Finding(module.path, node.lineno, len(before) + 1, rule, text, lines)


def nearest(node: ast.AST, call: ast.AST) -> ast.AST:
    """Devuelve el nodo si está en la llamada; si es una constante de otro lado, la llamada."""
    return node if node in ast.walk(call) else call


def _ends_of_statement(node: ast.AST) -> tuple[int, int]:
    """Devuelve la primera y la última línea de la instrucción, sin el bloque que encabeza."""
    while not isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
        node = node.parent
    body = getattr(node, "body", None)
    if not body:
        return node.lineno, node.end_lineno
    first = getattr(node, "lineno", body[0].lineno)
    return first, max(first, body[0].lineno - 1)
