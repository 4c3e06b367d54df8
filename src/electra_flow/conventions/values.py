"""Qué es una expresión, hasta donde se sabe leyendo: un texto, algo de Prefect, una función…

Sigue alias, importaciones (también entre archivos del proyecto), constantes, diccionarios,
`functools.partial` y `getattr`. Lo que depende de la ejecución es None.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import Any

from electra_flow.conventions.scopes import Binding, Element, Imported, Module, Parameter, Scope


@dataclass(frozen=True)
class External:
    """Algo de una biblioteca, por su nombre completo: «prefect.blocks.system.Secret»."""

    name: str

    @property
    def root(self) -> str:
        return self.name.partition(".")[0]

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def is_prefect(self) -> bool:
        return self.root == "prefect" or self.root.startswith("prefect_")

    def is_ours(self, *names: str) -> bool:
        """Dice si es algo de electra_flow, se lo importe de donde se lo importe."""
        return self.root == "electra_flow" and self.last in names


@dataclass(frozen=True)
class Constant:
    """Un texto, un número, None…"""

    value: Any


@dataclass(frozen=True, eq=False)
class Definition:
    """Una función, una lambda o una clase del proyecto."""

    node: ast.AST


@dataclass(frozen=True, eq=False)
class Runnable:
    """Un flujo («flow») o una tarea («task»), y su función si está en el proyecto."""

    kind: str
    function: Value


@dataclass(frozen=True, eq=False)
class Result:
    """Lo que devuelve una llamada."""

    callee: Value
    call: ast.Call


@dataclass(frozen=True, eq=False)
class Member:
    """Un atributo de algo que no es un módulo: `Secret(...).save`."""

    owner: Value
    name: str


@dataclass(frozen=True, eq=False)
class Display:
    """Una lista, una tupla, un conjunto o un diccionario escritos en el código."""

    node: ast.expr


@dataclass(frozen=True, eq=False)
class ProjectModule:
    """Un archivo del proyecto."""

    module: Module


Value = (
    External | Constant | Definition | Runnable | Result | Member | Display | ProjectModule | None
)

_DEEPEST = 60  # expresiones una dentro de otra; nadie escribe más
_depth = 0


def evaluate(node: ast.AST | None) -> Value:
    """Devuelve qué es una expresión, o None si no se puede saber leyendo."""
    global _depth
    if node is None:
        return None
    known = node.__dict__.get("value_", node)
    if known is not node:
        return known
    evaluator = _EVALUATORS.get(type(node))
    if evaluator is None or _depth > _DEEPEST:
        return None
    node.value_ = None  # un nombre que se define con él mismo
    _depth += 1
    try:
        node.value_ = evaluator(node)
    finally:
        _depth -= 1
    return node.value_


def text_of(node: ast.AST | None) -> str | None:
    """Devuelve el texto de una expresión, si es un texto y se sabe cuál."""
    value = evaluate(node)
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def alternatives(node: ast.expr) -> list[ast.expr]:
    """Devuelve las expresiones que puede valer una: las dos de `a if x else b`, y de `a or b`."""
    if isinstance(node, ast.IfExp):
        return alternatives(node.body) + alternatives(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [item for value in node.values for item in alternatives(value)]
    return [node]


def possible(node: ast.expr) -> list[ast.expr]:
    """Devuelve lo que puede valer una expresión, también lo que un nombre vale en otro lado.

    De un parámetro, lo que le pasan las llamadas; de un nombre, cada cosa que se le asigna, y lo
    que recorre un `for`; de `os.environ.get("…", otra)`, la otra.
    """
    found: dict[ast.expr, None] = {}
    pending = [node]
    defaulted: set[ast.expr] = set()  # de `a or b`, a: no vale nada vacío
    while pending:
        item = pending.pop()
        if item in found:
            continue
        found[item] = None
        if isinstance(item, ast.BoolOp):
            pending += item.values
            defaulted |= set(item.values[:-1])
        elif isinstance(item, ast.IfExp):
            pending += [item.body, item.orelse]
        elif isinstance(item, ast.Call) and external(item.func) in _READ_ENV:
            pending += item.args[1:]
        elif (table := _table(item)) and not isinstance(evaluate(item), Constant):
            pending += mapping(table).values.values()
        assigned = []
        for binding in _bindings(item) if isinstance(item, ast.Name) else ():
            if isinstance(binding, Parameter):
                pending += _given(binding, item.id)
            elif isinstance(binding, Element):
                pending += elements(binding.iterable)
            elif isinstance(binding, ast.expr):
                assigned.append(binding)
        # Si algo de lo que se le asigna no se sabe, lo demás puede ser solo para empezar.
        values = [evaluate(item) for item in assigned]
        if len(values) < 2 or not any(isinstance(item, Result | Member | None) for item in values):
            pending += assigned
    return [item for item in found if item not in defaulted or evaluate(item) != Constant(None)]


_READ_ENV = {"os.environ.get", "os.getenv"}


def _table(node: ast.expr) -> ast.expr | None:
    """Devuelve de dónde lee `TABLA[clave]`, o `TABLA.get(clave)`."""
    if isinstance(node, ast.Subscript):
        return node.value
    reads = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get"
    return node.func.value if reads else None


def _bindings(node: ast.Name) -> list[Binding]:
    place = _place(node)
    return place.bindings[node.id] if place else []


def _place(node: ast.Name) -> Scope | None:
    """Devuelve el ámbito en el que está lo que se le asigna a un nombre."""
    place: Scope | None = node.scope
    while place:
        visible = place is node.scope or not isinstance(place.node, ast.ClassDef)
        if visible and node.id in place.bindings:
            return place
        place = place.parent
    return None


def _given(parameter: Parameter, name: str) -> list[ast.expr]:
    """Devuelve lo que las llamadas del proyecto, salvo en las pruebas, le pasan a un parámetro."""
    project = parameter.function.scope.module.project
    if "by_function" not in project.__dict__:
        project.by_function = {}
        for call in project.calls:
            value = called(call)
            function = value.function if isinstance(value, Runnable) else value
            if isinstance(function, Definition) and call.scope.module.parts[0] != "tests":
                project.by_function.setdefault(function.node, []).append(call)
    named = parameter.function.args.posonlyargs + parameter.function.args.args
    names = tuple(item.arg for item in named if item.arg not in ("self", "cls"))
    calls = project.by_function.get(parameter.function, ())
    given = (arguments(call, names).values for call in calls)
    return [values[name] for values in given if name in values]


def is_parameter(node: ast.expr) -> bool:
    """Dice si una expresión es un parámetro de la función en la que está."""
    return isinstance(node, ast.Name) and any(
        isinstance(item, Parameter) for item in node.scope.bindings.get(node.id, ())
    )


def external(node: ast.AST | None) -> str:
    """Devuelve el nombre completo de algo de una biblioteca; si es otra cosa, nada."""
    value = evaluate(node)
    return value.name if isinstance(value, External) else ""


# --- Nombres -----------------------------------------------------------------------------------


def lookup(scope: Scope, name: str) -> Value:
    """Busca un nombre como lo hace Python."""
    place: Scope | None = scope.outer.get(name, scope)
    while place:
        if name in place.bindings and (place is scope or not isinstance(place.node, ast.ClassDef)):
            return _bound(place, name)
        if place.stars:
            value = _from_stars(place, name)
            if value is not None:
                return value
        place = place.parent
    return External(f"builtins.{name}") if hasattr(builtins, name) else None


def _from_stars(scope: Scope, name: str) -> Value:
    if name in scope.values:
        return scope.values[name]
    scope.values[name] = None
    scope.values[name] = _search_stars(scope, name)
    return scope.values[name]


def _search_stars(scope: Scope, name: str) -> Value:
    for source in scope.stars:
        value = _imported(scope.module, source)
        if isinstance(value, ProjectModule):
            found = lookup(value.module.scope, name)
            if found is not None and not (isinstance(found, External) and found.root == "builtins"):
                return found
        elif isinstance(value, External) and not hasattr(builtins, name):
            return External(f"{value.name}.{name}")
    return None


def _bound(scope: Scope, name: str) -> Value:
    """Devuelve qué es un nombre de un ámbito; lo recuerda."""
    if name not in scope.values:
        scope.values[name] = None  # dos archivos que se importan uno al otro
        scope.values[name] = _combined(scope, name)
    return scope.values[name]


def _combined(scope: Scope, name: str) -> Value:
    """Combina lo que se le asignó a un nombre; None si no se puede elegir."""
    values = [_of_binding(scope, binding, name) for binding in scope.bindings[name]]
    if len(values) == 1:
        value = values[0]
    else:
        known = [item for item in values if isinstance(item, External | Runnable | Definition)]
        if known and not any(isinstance(item, Constant | Display) for item in values):
            value = _most_telling(known)  # `try: import a` y `except ImportError: import b`
        elif all(isinstance(item, Constant) and item == values[0] for item in values):
            value = values[0]
        else:
            return None
    if isinstance(value, Display) and name in scope.changed:
        return None
    return value


def _most_telling(values: list[Value]) -> Value:
    """De varias cosas que puede ser un nombre, devuelve la que más dice."""

    def vagueness(value: Value) -> int:
        prefects = isinstance(value, Runnable) or (isinstance(value, External) and value.is_prefect)
        return 0 if prefects else 1 if isinstance(value, Definition) else 2

    return min(values, key=vagueness)


def _of_binding(scope: Scope, binding: Binding, name: str) -> Value:
    if isinstance(binding, Imported):
        return _imported(scope.module, binding.name)
    if isinstance(binding, Parameter):
        outside = scope.parent
        if outside and isinstance(outside.node, ast.ClassDef) and name in ("self", "cls"):
            return Result(Definition(outside.node), None)
        return evaluate(binding.default)
    return None if isinstance(binding, Element) else evaluate(binding)


def _imported(module: Module, name: str) -> Value:
    """Resuelve un import: primero al lado del archivo, después en src, después en la raíz."""
    modules = module.project.modules
    parts = tuple(name.split("."))
    for base in dict.fromkeys((module.package, ("src",), ())):
        for length in range(len(parts), 0, -1):
            found = modules.get(base + parts[:length])
            if found:
                value: Value = ProjectModule(found)
                for part in parts[length:]:
                    value = attribute(value, part)
                return value
    return External(name)


def attribute(value: Value, name: str, seen: frozenset[ast.AST] = frozenset()) -> Value:
    """Devuelve qué es un atributo de algo; `seen` son las clases hijas por las que se llegó."""
    if isinstance(value, External):
        return External(f"{value.name}.{name}")
    if isinstance(value, ProjectModule):
        if name in value.module.scope.bindings or value.module.scope.stars:
            return lookup(value.module.scope, name)
        inside = value.module.project.modules.get((*value.module.parts, name))
        return ProjectModule(inside) if inside else None
    if isinstance(value, Runnable) and name == "fn":
        return value.function
    if name == "__call__":  # flujo.__call__()
        return value
    if isinstance(value, Constant) and name == "value":  # el de un Enum
        return value
    if isinstance(value, Result) and value.callee == _ZONE and name == "key" and value.call.args:
        return evaluate(value.call.args[0])
    owner = value.callee if isinstance(value, Result) else value
    if isinstance(owner, Definition) and isinstance(owner.node, ast.ClassDef):
        if name in owner.node.inner.bindings:
            return _bound(owner.node.inner, name)
        bases = [] if owner.node in seen else [evaluate(base) for base in owner.node.bases]
        inherited = (attribute(base, name, seen | {owner.node}) for base in bases)
        return next((found for found in inherited if found is not None), None)
    return Member(value, name) if value else None


# --- Llamadas ----------------------------------------------------------------------------------


def decorates(value: Value) -> str:
    """Dice si algo decora flujos («flow») o tareas («task»), con argumentos o sin ellos."""
    if isinstance(value, External):
        kind = {"materialize": "task"}.get(value.last, value.last.lower())
        return kind if value.root == "prefect" and kind in ("flow", "task") else ""
    if isinstance(value, Result) and value.call:
        partials, inner = _partials(value)
        return decorates(inner if partials else value.callee)
    if isinstance(value, Definition):
        returned = _returned(value)
        return returned.kind if isinstance(returned, Runnable) else ""
    return ""


IMPORTERS = {"importlib.import_module", "builtins.__import__"}
_SEQUENCES = {"builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted"}
_PARTIAL = External("functools.partial")
_WRAPPERS = {
    "builtins.staticmethod",
    "builtins.classmethod",
    "functools.cache",
    "functools.lru_cache",
}
_ZONE = External("zoneinfo.ZoneInfo")


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
    for decorator in node.decorator_list:
        if kind := decorates(evaluate(decorator)):
            return Runnable(kind, Definition(node))
    return Definition(node)


def _returned(definition: Definition) -> Value:
    """Devuelve lo que devuelve una función que tiene un solo `return`."""
    node = definition.node
    if isinstance(node, ast.Lambda):
        return evaluate(node.body)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    if "returned_" not in node.__dict__:
        node.returned_ = None
        returns = [
            item
            for statement in node.body
            for item in ast.walk(statement)
            if isinstance(item, ast.Return) and item.scope is node.inner
        ]
        if len(returns) == 1:
            node.returned_ = evaluate(returns[0].value)
    return node.returned_


def _call(node: ast.Call) -> Value:
    callee = evaluate(node.func)
    if isinstance(callee, External):
        return _external_call(callee, node)
    if isinstance(callee, Definition) and not isinstance(callee.node, ast.ClassDef):
        returned = _returned(callee)
        return Result(callee, node) if returned is None else returned
    if isinstance(callee, Result) and node.args and (kind := decorates(callee)):
        return Runnable(kind, _argument_function(node.args[0]))
    if isinstance(callee, Member):
        if isinstance(callee.owner, Runnable) and callee.name == "with_options":
            return callee.owner
        if isinstance(callee.owner, Constant):
            return _text_method(callee, node)
        if isinstance(callee.owner, Display) and callee.name == "get" and node.args:
            written = isinstance(node.func, ast.Attribute)  # y no `leer = TABLA.get`
            table = node.func.value if written else callee.owner.node
            return _item(table, node.args[0]) or Result(callee, node)
    return Result(callee, node)


def _argument_function(node: ast.expr) -> Value:
    value = evaluate(node)
    return value.function if isinstance(value, Runnable) else value


def _external_call(callee: External, node: ast.Call) -> Value:
    if callee.name == "builtins.getattr" and len(node.args) >= 2:
        name = text_of(node.args[1])
        return attribute(evaluate(node.args[0]), name) if name else None
    if callee.name in IMPORTERS and node.args:
        name = text_of(node.args[0])
        return _imported(node.scope.module, name) if name else None
    if callee.name == "builtins.dict":
        return Display(node)
    if callee.name in _SEQUENCES and node.args:
        value = evaluate(node.args[0])
        return value if isinstance(value, Display) else Result(callee, node)
    # En base64 un texto es el mismo texto, escrito de otra forma.
    if (callee.name in _WRAPPERS or callee.root == "base64") and len(node.args) == 1:
        return evaluate(node.args[0])
    if callee.name == "builtins.str" and len(node.args) == 1:
        value = evaluate(node.args[0])
        if isinstance(value, Result) and value.callee == _ZONE:
            return attribute(value, "key")
        return Constant(str(value.value)) if isinstance(value, Constant) else None
    # `@materialize("s3://ventas")` recibe lo que produce, y no la función.
    if node.args and callee.last != "materialize" and (kind := decorates(callee)):
        return Runnable(kind, _argument_function(node.args[0]))
    return Result(callee, node)


def _text_method(method: Member, node: ast.Call) -> Value:
    """Calcula `"…".format(…)`, `"…".join([…])` y los que no llevan argumentos.

    `.encode()` y `.decode()` dicen lo mismo de otra forma.
    """
    text = method.owner.value
    if method.name in ("encode", "decode"):
        return method.owner
    if not isinstance(text, str) or node.keywords:
        return None
    arguments = [evaluate(argument) for argument in node.args]
    if method.name == "join" and len(arguments) == 1 and isinstance(arguments[0], Display):
        pieces = [text_of(item) for item in getattr(arguments[0].node, "elts", [])]
        return Constant(text.join(pieces)) if None not in pieces else None
    if method.name in ("lower", "upper", "strip", "title", "format") and all(
        isinstance(argument, Constant) for argument in arguments
    ):
        try:
            return Constant(getattr(text, method.name)(*(item.value for item in arguments)))
        except (TypeError, ValueError, LookupError, AttributeError):
            return None
    return None


@dataclass(frozen=True)
class Arguments:
    """Los argumentos de una llamada, por su nombre.

    Attributes:
        values: Los que se ven.
        complete: Si se ven todos; no, si alguno llega por un `*` o un `**` que no se sabe leer.
    """

    values: dict[str, ast.expr]
    complete: bool


def arguments(call: ast.Call, names: tuple[str, ...] = ()) -> Arguments:
    """Devuelve los argumentos de una llamada, también los que puso antes un `partial`.

    Args:
        call: La llamada.
        names: Los nombres de los parámetros posicionales.
    """
    partials, _ = _partials(evaluate(call.func))
    calls = [(item, item.args[1:]) for item in reversed(partials)] + [(call, call.args)]
    values: dict[str, ast.expr] = {}
    complete = True
    position = 0
    for item, positional in calls:
        for argument in positional:
            expanded = [argument]
            if isinstance(argument, ast.Starred):
                display = evaluate(argument.value)
                expanded = getattr(getattr(display, "node", None), "elts", None) or []
                complete = complete and bool(expanded)
            for element in expanded:
                values[names[position] if position < len(names) else f"*{position}"] = element
                position += 1
        for keyword in item.keywords:
            if keyword.arg:
                values[keyword.arg] = keyword.value
            else:
                more = mapping(keyword.value)
                values |= more.values
                complete = complete and more.complete
    return Arguments(values, complete)


def base(value: Value) -> Value:
    """Devuelve de qué biblioteca hereda una clase del proyecto; si no es una, lo mismo que era."""
    seen: list[ast.AST] = []
    while isinstance(value, Definition) and isinstance(value.node, ast.ClassDef):
        if value.node in seen or not value.node.bases:
            return None
        seen.append(value.node)
        value = evaluate(value.node.bases[0])
    return value


def called(call: ast.Call) -> Value:
    """Devuelve a qué se llama, sin los `partial` que haya en el medio."""
    if "called_" not in call.__dict__:
        call.called_ = _partials(evaluate(call.func))[1]
    return call.called_


def _partials(value: Value) -> tuple[list[ast.Call], Value]:
    """Devuelve los `partial` que hay que atravesar para llegar a lo que se llama, y eso."""
    found: list[ast.Call] = []
    while isinstance(value, Result) and value.callee == _PARTIAL and value.call.args:
        if value.call in found:  # `p = partial(p)`
            return found, None
        found.append(value.call)
        value = evaluate(value.call.args[0])
    return found, value


def mapping(node: ast.expr) -> Arguments:
    """Devuelve lo que tiene un diccionario escrito en el código."""
    display = evaluate(node)
    if not isinstance(display, Display) or display.node in _open:
        return Arguments({}, complete=False)
    _open.add(display.node)
    try:
        found = _contents(display.node)
    finally:
        _open.discard(display.node)
    place = _place(node) if isinstance(node, ast.Name) else None
    more = place.items.get(node.id, {}) if place else {}
    return Arguments(found.values | more, found.complete)


_open: set[ast.expr] = set()  # lo que se está leyendo: `a = [*a]` se contiene a sí mismo


def _contents(node: ast.expr) -> Arguments:
    if isinstance(node, ast.BinOp):
        parts = [mapping(node.left), mapping(node.right)]
        values = parts[0].values | parts[1].values
        return Arguments(values, parts[0].complete and parts[1].complete)
    if isinstance(node, ast.Call):
        start = [mapping(argument) for argument in node.args]
        pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
    elif isinstance(node, ast.Dict):
        start = []
        pairs = [
            (key and text_of(key), value) for key, value in zip(node.keys, node.values, strict=True)
        ]
        if any(key and not name for key, (name, _) in zip(node.keys, pairs, strict=True)):
            return Arguments({n: v for n, v in pairs if n}, complete=False)
    else:
        return Arguments({}, complete=False)
    values, complete = {}, True
    for part in [*start, *((name, value) for name, value in pairs)]:
        if isinstance(part, Arguments):
            more = part
        elif part[0]:
            values[part[0]] = part[1]
            continue
        else:
            more = mapping(part[1])
        values |= more.values
        complete = complete and more.complete
    return Arguments(values, complete)


def elements(node: ast.expr) -> list[ast.expr]:
    """Devuelve los elementos de una lista escrita en el código; los de `a + b` también."""
    display = getattr(evaluate(node), "node", node)
    if isinstance(display, ast.BinOp) and isinstance(display.op, ast.Add):
        return elements(display.left) + elements(display.right)
    if display in _open:
        return []
    _open.add(display)
    try:
        return [item for part in getattr(display, "elts", []) for item in _unpacked(part)]
    finally:
        _open.discard(display)


def _unpacked(node: ast.expr) -> list[ast.expr]:
    return elements(node.value) if isinstance(node, ast.Starred) else [node]


# --- Expresiones -------------------------------------------------------------------------------


def _joined(node: ast.JoinedStr) -> Value:
    text = partial_text(node)
    return Constant(text) if "\0" not in text else None


def partial_text(node: ast.expr) -> str:
    """Devuelve un texto con «\\0» en lugar de lo que no se sabe."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(partial_text, node.values))
    if isinstance(node, ast.FormattedValue):
        value = evaluate(node.value)
        # Un None es un parámetro que todavía no se dio: nadie lo quiere en un texto.
        known = isinstance(value, Constant) and value.value is not None
        plain = known and not node.format_spec
        return str(value.value) if plain else "\0"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _depth < _DEEPEST:
        return _pieces(node)
    value = evaluate(node)
    plain = isinstance(value, Constant) and isinstance(value.value, str)
    return value.value if plain else "\0"


def _pieces(node: ast.BinOp) -> str:
    """Une los sumandos, que el árbol anida hacia la izquierda."""
    pieces: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        pieces.append(partial_text(left.right))
        left = left.left
    return partial_text(left) + "".join(reversed(pieces))


def _binary(node: ast.BinOp) -> Value:
    if isinstance(node.op, ast.Add | ast.BitOr):
        sides = (evaluate(node.left), evaluate(node.right))
        if all(isinstance(side, Display) for side in sides):
            return Display(node)
        text = _pieces(node)
        return Constant(text) if "\0" not in text and isinstance(node.op, ast.Add) else None
    if isinstance(node.op, ast.Mod):
        text, value = text_of(node.left), evaluate(node.right)
        if text and isinstance(value, Constant):
            try:
                return Constant(text % value.value)
            except (TypeError, ValueError):
                return None
    return None


def _choice(node: ast.IfExp | ast.BoolOp) -> Value:
    """Elige entre las ramas cuando son funciones; de los textos se ocupa `alternatives`."""
    values = [evaluate(item) for item in alternatives(node)]
    known = [item for item in values if isinstance(item, External | Runnable | Definition)]
    return _most_telling(known) if known else None


def _subscript(node: ast.Subscript) -> Value:
    return _item(node.value, node.slice)


def _item(table: ast.expr, index: ast.expr) -> Value:
    container, key = evaluate(table), evaluate(index)
    if isinstance(container, Display) and isinstance(key, Constant):
        if isinstance(key.value, str):
            return evaluate(mapping(table).values.get(key.value))
        elements = getattr(container.node, "elts", [])
        if isinstance(key.value, int) and -len(elements) <= key.value < len(elements):
            return evaluate(elements[key.value])
    return None


_EVALUATORS = {
    ast.Constant: lambda node: Constant(node.value),
    ast.Name: lambda node: lookup(node.scope, node.id),
    ast.Attribute: lambda node: attribute(evaluate(node.value), node.attr),
    ast.Call: _call,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: Definition,
    ast.Lambda: Definition,
    ast.JoinedStr: _joined,
    ast.BinOp: _binary,
    ast.Subscript: _subscript,
    ast.IfExp: _choice,
    ast.BoolOp: _choice,
    ast.Await: lambda node: evaluate(node.value),
    ast.NamedExpr: lambda node: evaluate(node.value),
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set, ast.Dict), Display),
}
