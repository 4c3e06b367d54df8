"""The names of a deploy.py: what it imports of the old machinery, and what it uses each for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrations.problem import uncertain
from migrations.text_edits import TextEdits

FILE = "deploy.py"
_MOVED = {
    "deployment.cli": {"main"},
    "deployment.git_source": {"GitSource"},
    "deployment.local_folder": {"LocalFolder"},
    "deployment.model": {"Deployment", "Project", "Watchdog"},
}
_LINE = 100  # characters
_ADDED = ("Environment", "Prepared", "publish")


class Names:
    """The names in one deploy.py.

    Attributes:
        imports: The statements that import of the old machinery.
        local: What each of the machinery's names is called in this file.
    """

    def __init__(self, tree: ast.Module) -> None:
        """Read the imports.

        Raises:
            CannotThinError: Something is imported that the library does not have, or a name that is
                needed means something else here.
        """
        self._tree = tree
        self.imports: list[ast.ImportFrom] = []
        self.local: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.partition(".")[0] in ("deployment", "conventions"):
                        raise uncertain(
                            FILE, node, f"importa {alias.name}, que ya no va a estar; sacalo"
                        )
            elif isinstance(node, ast.ImportFrom) and not node.level:
                self._read(node)
        for name in _ADDED:
            for node in self.binding(name):
                raise uncertain(
                    FILE, node, f"«{name}» va a ser de la biblioteca; cambiale el nombre"
                )

    def _read(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if module.partition(".")[0] not in ("deployment", "conventions"):
            return
        for alias in node.names:
            if alias.name not in _MOVED.get(module, ()):
                what = f"importa {alias.name} de {module}, que en la biblioteca no está; sacalo"
                raise uncertain(FILE, node, what)
            self.local[alias.name] = alias.asname or alias.name
        self.imports.append(node)

    def binding(self, name: str) -> Iterator[ast.AST]:
        """Give each place that binds a name, at any depth."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                bound = node.id
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound = node.name
            elif isinstance(node, ast.arg):
                bound = node.arg
            elif isinstance(node, ast.alias):
                bound = node.asname or node.name
            else:
                continue
            if bound == name:
                yield node

    def calls(self, original: str) -> list[ast.Call]:
        """Return the calls of one of the machinery's names.

        Raises:
            CannotThinError: It is used in another way than called or written as a type.
        """
        name = self.local.get(original)
        if name is None:
            return []
        return called(self._tree, name)

    def value(self, node: ast.expr) -> ast.expr:
        """Return what a name that is assigned once, at the top of the file, stands for; else `node`."""
        if not isinstance(node, ast.Name) or len(list(self.binding(node.id))) != 1:
            return node
        for statement in self._tree.body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
            elif isinstance(statement, ast.AnnAssign) and statement.value:
                target = statement.target
            else:
                continue
            if isinstance(target, ast.Name) and target.id == node.id:
                assert statement.value
                return statement.value
        return node

    def means_the_same_everywhere(self, node: ast.expr) -> bool:
        """Tell whether an expression can be written anywhere in the file, and mean the same there."""
        names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        return all(len(list(self.binding(name))) == 1 for name in names)

    def write_imports(self, edits: TextEdits, light: dict[str, str]) -> None:
        """Import from the library what came from the machinery, and what is new.

        Args:
            edits: Where it is written.
            light: Further names of the library, and what each is called in this file.
        """
        top = [node for node in self.imports if node in self._tree.body]
        everywhere = dict.fromkeys(_ADDED[:2])
        everywhere |= light
        for node in self.imports:
            if node in top:
                everywhere |= {alias.name: alias.asname for alias in node.names}
            else:
                edits.replace(node, f"from electra_flow import {_names(node)}")
        written = [_as(name, everywhere[name]) for name in sorted(everywhere, key=_order)]
        line = f"from electra_flow import {', '.join(written)}"
        if len(line) > _LINE:
            lines = "".join(f"    {name},\n" for name in written)
            line = f"from electra_flow import (\n{lines})"
        for node in top[1:]:
            edits.remove_statement(node)
        edits.replace(top[0], line)


def called(tree: ast.AST, name: str) -> list[ast.Call]:
    """Return the calls of a name; raise CannotThinError where it is used in another way."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    fine = {id(call.func) for call in calls} | {
        id(part) for annotation in _annotations(tree) for part in ast.walk(annotation)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and id(node) not in fine:
            raise uncertain(FILE, node, f"«{name}» está sin llamar; escribí la llamada, {name}(…)")
    return calls


def text_of(node: ast.expr) -> str | None:
    """Return the text that a literal is, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.expr):
                yield annotation


def _names(node: ast.ImportFrom) -> str:
    return ", ".join(_as(alias.name, alias.asname) for alias in node.names)


def _as(name: str, local: str | None) -> str:
    return name if local in (None, name) else f"{name} as {local}"


def _order(name: str) -> tuple[int, str]:
    """Sort as ruff does: CONSTANTS, Classes, functions."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name
