"""Un archivo de Python: dónde se define cada nombre y qué se llama en cada función.

A cada nodo del árbol se le agregan `scope`, el ámbito donde se evalúa, y `parent`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from electra_flow.conventions.project import Project


class Imported(NamedTuple):
    """Un nombre que viene de un import: «prefect.flow»."""

    name: str


class Parameter(NamedTuple):
    """Un parámetro de una función, con su valor por defecto si lo tiene."""

    function: ast.AST
    default: ast.expr | None


class Element(NamedTuple):
    """Lo que recorre un `for`: cada elemento de algo."""

    iterable: ast.expr


# Lo que se le asigna a un nombre. None: algo que no se puede saber leyendo.
Binding = ast.AST | Imported | Parameter | Element | None


class Frame:
    """Código que corre de una vez: el de un archivo, o el de una función cuando se la llama."""

    def __init__(self, node: ast.AST, module: Module, parent: Frame | None) -> None:
        self.node, self.module = node, module
        self.calls: list[ast.Call] = []
        self.attributes: list[ast.Attribute] = []
        self.decorators: list[ast.expr] = []
        self.children: list[Frame] = []
        if parent:
            parent.children.append(self)


class Scope:
    """Un ámbito de nombres: un archivo, una clase, una función o una comprensión."""

    def __init__(self, node: ast.AST, parent: Scope | None, frame: Frame) -> None:
        self.node, self.parent, self.frame, self.module = node, parent, frame, frame.module
        self.bindings: dict[str, list[Binding]] = {}
        self.stars: list[str] = []  # los módulos de `from … import *`
        self.outer: dict[str, Scope] = {}  # los nombres de `global` y `nonlocal`
        self.changed: set[str] = set()  # los nombres cuyo contenido cambia después
        self.items: dict[str, dict[str, ast.expr]] = {}  # lo que se agrega: `opciones["cron"] = …`
        self.values: dict[str, object] = {}  # lo que ya se sabe de un nombre (values.py)


@dataclass
class Module:
    """Un archivo de Python del proyecto."""

    path: str
    parts: tuple[str, ...]
    source: str
    project: Project
    calls: list[ast.Call] = field(default_factory=list)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    texts: list[ast.Constant | ast.BinOp | ast.JoinedStr] = field(default_factory=list)
    assignments: list[tuple[ast.AST, ast.expr]] = field(default_factory=list)
    functions: list[ast.AST] = field(default_factory=list)
    dicts: list[ast.Dict] = field(default_factory=list)
    compares: list[ast.Compare] = field(default_factory=list)
    frame: Frame = None
    scope: Scope = None

    def __post_init__(self) -> None:
        self.lines = self.source.split("\n")  # splitlines corta también en otros caracteres

    @property
    def package(self) -> tuple[str, ...]:
        """La carpeta del archivo."""
        return self.parts if self.path.endswith("/__init__.py") else self.parts[:-1]


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CHANGES = {"update", "setdefault", "pop", "popitem", "clear", "append", "extend", "insert"}
_CHANGES |= {"remove", "add", "discard", "sort", "reverse"}


def index(module: Module) -> Module:
    """Recorre el archivo, una sola vez y sin recursión, y completa el módulo.

    Raises:
        SyntaxError: Si no es Python.
    """
    tree = ast.parse(module.source, module.path)
    module.frame = Frame(tree, module, None)
    module.scope = Scope(tree, None, module.frame)
    pending: list[tuple[ast.AST, Scope, ast.AST]] = [(tree, module.scope, tree)]
    while pending:
        node, scope, parent = pending.pop()
        node.scope, node.parent = scope, parent
        visit = _VISITS.get(type(node))
        inside = visit(module, node, scope) if visit else None
        for child in reversed(_children(node)):
            pending.append((child, inside.get(child, scope) if inside else scope, node))
    return module


def _children(node: ast.AST) -> list[ast.AST]:
    """Devuelve lo que hay en un nodo; como `ast.iter_child_nodes`, en la mitad del tiempo."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and name not in ("ctx", "op"):
            found.append(value)
    return found


def bind(scope: Scope, target: ast.AST, value: Binding) -> None:
    """Anota lo que se le asigna a un nombre, o a varios."""
    if isinstance(target, ast.Name):
        place = scope.outer.get(target.id, scope)
        place.bindings.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Tuple | ast.List):
        values: list[Binding] = [None] * len(target.elts)
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(values):
            values = value.elts
        for element, item in zip(target.elts, values, strict=True):
            bind(scope, element, item)
    elif isinstance(target, ast.Starred):
        bind(scope, target.value, None)
    elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        key = getattr(target.slice, "value", None)
        if isinstance(key, str) and isinstance(value, ast.expr):
            scope.items.setdefault(target.value.id, {})[key] = value
        else:
            scope.changed.add(target.value.id)


def _bind_each(scope: Scope, target: ast.AST, iterable: ast.expr) -> None:
    """Anota lo que recorre un `for`: cada elemento, si la lista está escrita ahí."""
    written = isinstance(iterable, ast.List | ast.Tuple | ast.Set)
    for element in (iterable.elts if written else []) or [Element(iterable)]:
        bind(scope, target, element)


def _visit_function(module: Module, node: ast.AST, scope: Scope) -> dict[ast.AST, Scope]:
    module.functions.append(node)
    frame = node.frame = Frame(node, module, scope.frame)
    inner = node.inner = Scope(node, scope, frame)
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    if not isinstance(node, ast.Lambda):
        bind(scope, ast.Name(node.name), node)
        scope.frame.decorators += node.decorator_list
    named, keyword = node.args.posonlyargs + node.args.args, node.args.kwonlyargs
    defaults = [None] * (len(named) - len(node.args.defaults)) + node.args.defaults
    for argument, default in zip(named + keyword, defaults + node.args.kw_defaults, strict=True):
        inner.bindings.setdefault(argument.arg, []).append(Parameter(node, default))
    for argument in (node.args.vararg, node.args.kwarg):
        if argument:
            inner.bindings.setdefault(argument.arg, []).append(None)
    return dict.fromkeys(body, inner)


def _visit_class(module: Module, node: ast.ClassDef, scope: Scope) -> dict[ast.AST, Scope]:
    bind(scope, ast.Name(node.name), node)
    scope.frame.decorators += node.decorator_list
    node.inner = Scope(node, scope, scope.frame)
    return dict.fromkeys(node.body, node.inner)


def _visit_comprehension(module: Module, node: ast.AST, scope: Scope) -> dict[ast.AST, Scope]:
    inner = Scope(node, scope, scope.frame)
    for generator in node.generators:
        _bind_each(inner, generator.target, generator.iter)
    return dict.fromkeys(ast.iter_child_nodes(node), inner)


def _visit_import(module: Module, node: ast.Import, scope: Scope) -> None:
    module.imports.append(node)
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        target = alias.name if alias.asname else name
        bind(scope, ast.Name(name), Imported(target))


def _visit_import_from(module: Module, node: ast.ImportFrom, scope: Scope) -> None:
    module.imports.append(node)
    source = node.module or ""
    if node.level:
        package = module.package[: len(module.package) - node.level + 1]
        source = ".".join((*package, source)).strip(".")
    for alias in node.names:
        if alias.name == "*":
            scope.stars.append(source)
        else:
            name = ast.Name(alias.asname or alias.name)
            bind(scope, name, Imported(f"{source}.{alias.name}".strip(".")))


def _visit_assign(module: Module, node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        bind(scope, target, node.value)
        module.assignments.append((target, node.value))


def _visit_ann_assign(module: Module, node: ast.AnnAssign, scope: Scope) -> None:
    if node.value:
        bind(scope, node.target, node.value)
        module.assignments.append((node.target, node.value))


def _visit_aug_assign(module: Module, node: ast.AugAssign, scope: Scope) -> None:
    bind(scope, node.target, None)
    if isinstance(node.target, ast.Name):
        scope.changed.add(node.target.id)
    module.assignments.append((node.target, node.value))


def _visit_named_expr(module: Module, node: ast.NamedExpr, scope: Scope) -> None:
    while isinstance(scope.node, _COMPREHENSIONS):
        scope = scope.parent
    bind(scope, node.target, node.value)
    module.assignments.append((node.target, node.value))


def _visit_for(module: Module, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
    _bind_each(scope, node.target, node.iter)


def _visit_with_item(module: Module, node: ast.withitem, scope: Scope) -> None:
    if node.optional_vars:
        bind(scope, node.optional_vars, node.context_expr)


def _visit_handler(module: Module, node: ast.AST, scope: Scope) -> None:
    if node.name:
        bind(scope, ast.Name(node.name), None)


def _visit_delete(module: Module, node: ast.Delete, scope: Scope) -> None:
    for target in node.targets:
        bind(scope, target, None)


def _visit_outer(module: Module, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    for name in node.names:
        place = module.scope if isinstance(node, ast.Global) else scope.parent
        while isinstance(node, ast.Nonlocal) and place.parent and name not in place.bindings:
            place = place.parent
        scope.outer[name] = place


def _visit_call(module: Module, node: ast.Call, scope: Scope) -> None:
    module.calls.append(node)
    scope.frame.calls.append(node)
    function = node.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.attr in _CHANGES
    ):
        scope.changed.add(function.value.id)


def _visit_attribute(module: Module, node: ast.Attribute, scope: Scope) -> None:
    scope.frame.attributes.append(node)


def _visit_text(module: Module, node: ast.Constant, scope: Scope) -> None:
    if isinstance(node.value, str) and not isinstance(node.parent, ast.Expr | ast.JoinedStr):
        module.texts.append(node)


def _visit_dict(module: Module, node: ast.Dict, scope: Scope) -> None:
    module.dicts.append(node)


def _visit_compare(module: Module, node: ast.Compare, scope: Scope) -> None:
    module.compares.append(node)


def _visit_built_text(module: Module, node: ast.BinOp | ast.JoinedStr, scope: Scope) -> None:
    if not isinstance(node.parent, ast.BinOp):
        module.texts.append(node)


_VISITS = {
    **dict.fromkeys(_FUNCTIONS, _visit_function),
    **dict.fromkeys(_COMPREHENSIONS, _visit_comprehension),
    **dict.fromkeys((ast.For, ast.AsyncFor), _visit_for),
    **dict.fromkeys((ast.ExceptHandler, ast.MatchAs, ast.MatchStar), _visit_handler),
    **dict.fromkeys((ast.Global, ast.Nonlocal), _visit_outer),
    **dict.fromkeys((ast.BinOp, ast.JoinedStr), _visit_built_text),
    ast.ClassDef: _visit_class,
    ast.Import: _visit_import,
    ast.ImportFrom: _visit_import_from,
    ast.Assign: _visit_assign,
    ast.AnnAssign: _visit_ann_assign,
    ast.AugAssign: _visit_aug_assign,
    ast.NamedExpr: _visit_named_expr,
    ast.withitem: _visit_with_item,
    ast.Delete: _visit_delete,
    ast.Call: _visit_call,
    ast.Attribute: _visit_attribute,
    ast.Constant: _visit_text,
    ast.Dict: _visit_dict,
    ast.Compare: _visit_compare,
}
