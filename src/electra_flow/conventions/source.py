"""A file of the author: its imports, its constants, its flows and tasks. Nothing of it is run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

UNKNOWN = "\0"  # a part of a text that only a run knows
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = (ast.If, ast.Try, ast.With, ast.ClassDef)


@dataclass
class Source:
    """A file that could be read.

    Attributes:
        path: Its place in the project, with «/».
        content: All its text.
        tree: Its syntax tree.
        names: What each imported name is: «Secret» is «prefect.blocks.system.Secret».
        constants: What each constant of the module is: an expression.
    """

    path: str
    content: str
    tree: ast.Module = field(init=False)
    names: dict[str, str] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    _functions: list[_Function] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Parse it.

        Raises:
            SyntaxError, ValueError, RecursionError, MemoryError: If it is no Python.
        """
        with warnings.catch_warnings():  # a «\d» without r is ruff's business
            warnings.simplefilter("ignore")
            self.tree = ast.parse(self.content)
        for node in _statements(self.tree.body):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.add_import(node)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                if node.value:
                    self.constants[node.target.id] = node.value
            elif isinstance(node, _Function):
                self._functions.append(node)

    def add_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Learn what an import names."""
        for item in node.names:
            if isinstance(node, ast.ImportFrom):
                self.names[item.asname or item.name] = f"{node.module or ''}.{item.name}"
            elif item.asname:
                self.names[item.asname] = item.name
            else:
                top = item.name.partition(".")[0]
                self.names[top] = top

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, as the syntax tree counts them."""
        return self.content.split("\n")

    @cached_property
    def flows(self) -> set[str]:
        """The names of the functions that are flows."""
        return {item.name for item in self._functions if self.kind(item) == "flow"}

    @cached_property
    def helpers(self) -> list[_Function]:
        """The functions that are neither flows nor tasks."""
        return [item for item in self._functions if not self.kind(item)]

    def kind(self, function: _Function) -> str:
        """Say whether a function is a «flow» or a «task»; if neither, nothing."""
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = self.name(called)
            if name.startswith("prefect.") and name.endswith((".flow", ".task")):
                return name[-4:]
        return ""

    def name(self, node: ast.AST) -> str:
        """Return the full name of an expression, and "" of one that has none."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.name(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        if isinstance(node, ast.Subscript):  # Variable[int].get
            return self.name(node.value)
        return ""

    def text(self, node: ast.AST | None) -> str | None:
        """Return the text that an expression is, with UNKNOWN for its unknown parts."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            constant = self.constants.get(node.id)
            return (
                None if constant is node or isinstance(constant, ast.Name) else self.text(constant)
            )
        if isinstance(node, ast.JoinedStr):
            return "".join(self.text(part) or UNKNOWN for part in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.text(node.left), self.text(node.right)
            return None if left is right is None else (left or UNKNOWN) + (right or UNKNOWN)
        return None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements of a module, those in its `if`, `try`, `with` and `class` too."""
    for node in body:
        yield node
        if isinstance(node, _BLOCKS):
            yield from _statements(node.body)
            yield from _statements(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def argument(call: ast.Call, place: int, *names: str) -> ast.expr | None:
    """Return what a call is given at a place, or by one of some names."""
    if len(call.args) > place:
        return call.args[place]
    return next((item.value for item in call.keywords if item.arg in names), None)
