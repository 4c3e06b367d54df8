"""EF05: ni claves, ni tokens, ni cadenas de conexión en el código; ni bloques en un entorno.

Por su nombre, en castellano o en inglés, también si llega armado con constantes; y por su forma.
Ruff, que sabe algunos nombres en inglés (S105, S106 y S107), toma `token_type` por una clave.

`usuario` y `clave` son también palabras comunes: en un diccionario y en los argumentos cuentan
solo si van juntos, y una clave no cuenta si su nombre dice que es otra cosa (`CLAVE_COLUMNA`) o
si nombra un bloque (`SECRETO = "clave-sql"` y `Secret.load(SECRETO)`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.rules.block_names import block_name_nodes
from electra_flow.conventions.rules.loading import loads
from electra_flow.conventions.values import (
    Constant,
    External,
    alternatives,
    arguments,
    called,
    elements,
    evaluate,
    external,
    is_parameter,
    mapping,
    partial_text,
    possible,
    text_of,
)
from electra_flow.conventions.vocabulary import (
    CONNECTION,
    OTHER_THINGS,
    describe_secret,
    is_placeholder,
    kind_of_name,
    words_of,
)

CREDENTIAL = "EF05 credencial-en-el-código"
REFERENCE = "EF05 bloque-en-el-entorno"
INSTEAD = 'guardala en un bloque Secret y cargala en la tarea: Secret.load("nombre").get().'
IN_CLEAR = (
    "Una referencia a un bloque se guarda en claro en el despliegue; sacala de acá y cargá el "
    'secreto en la tarea: Secret.load("nombre").get().'
)

_TYPES = {"str", "string", "object", "int", "int64", "float", "float64", "category", "text"}
_REFERENCE = re.compile(r"\{\{\s*prefect\.(blocks|variables)\.")
_PASSWORDS = {"contrasena", "contrasenia", "password", "passwd", "pwd"}
_CONNECTING = re.compile(
    r"con(n)?ect|login|aut(h|entic)|engine|sesion|session|smtp|ftp|conex", re.I
)
_TYPING = {"send_keys", "fill", "type"}  # lo que escribe en una página, o en un campo
_RENAMING = {"rename", "columns", "map", "replace", "astype", "dtype", "converters", "agg"}


def check(project: Project) -> Iterator[Finding]:
    names = _names_of_blocks(project)
    for module in project.modules.values():
        for target, value in module.assignments:
            yield from _check_assignment(target, value, names)
        for function in module.functions:
            yield from _check_defaults(function)
            yield from _check_returns(function)
        for call in module.calls:
            yield from _check_call(call)
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("format", "join"):
                yield from _check_text(call)
        for node in module.dicts:
            yield from _check_dict(node)
        for node in module.compares:
            yield from _check_compare(node)
        for node in module.texts:
            yield from _check_text(node)


def is_reference(text: str) -> bool:
    """Dice si un texto es una referencia a un bloque, que Prefect guarda en claro."""
    return bool(_REFERENCE.search(text))


def _names_of_blocks(project: Project) -> set[str]:
    """Devuelve los textos que en algún lado nombran un bloque o una variable."""
    names = set()
    for call in project.calls:
        value = called(call)
        nodes = block_name_nodes(value, call)
        name = arguments(call, ("name",)).values.get("name") if loads(value) else None
        names |= {text_of(node) for node in [*nodes, *(possible(name) if name else ())]}
    return names


def _is_secret(node: ast.expr) -> bool:
    """Dice si una expresión es un texto que puede ser una credencial."""
    if isinstance(node, ast.Subscript) or is_parameter(node):
        return False
    if isinstance(node, ast.Name | ast.Attribute) and OTHER_THINGS & set(words_of(_last(node))):
        return False  # clave = COLUMNA_CLIENTE
    value = evaluate(node)
    if isinstance(value, Constant) and isinstance(value.value, bytes):
        return bool(value.value)
    text = text_of(node) or ""
    if node.scope.module.path.startswith("tests/") and not _is_mixed(text):
        return False  # "clave-de-prueba"
    is_prose = " " in text.strip()
    return bool(text) and not is_prose and not is_placeholder(text) and text not in _TYPES


def _last(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _secret(node: ast.AST, name: str) -> Finding:
    return finding(node, CREDENTIAL, f"«{name}» lleva un valor escrito en el código; {INSTEAD}")


def _if_secret(node: ast.expr, name: str) -> Iterator[Finding]:
    if _is_secret(node):
        yield _secret(node, name)


def _check_assignment(target: ast.AST, value: ast.expr, blocks: set[str]) -> Iterator[Finding]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for part, item in zip(target.elts, value.elts, strict=False):
            yield from _check_assignment(part, item, blocks)
        return
    name = ""
    if isinstance(target, ast.Name):
        name = target.id
    elif isinstance(target, ast.Attribute):
        name = target.attr
    elif isinstance(target, ast.Subscript):
        name = text_of(target.slice) or ""
    yield from _check_pair(name, value)
    kind = kind_of_name(name)
    if kind or kind_of_name(name.rstrip("sS")):  # CLAVES = ["…", "…"]
        for item in [*elements(value), *mapping(value).values.values()]:
            if _is_made_up(item) and kind_of_name(name.rstrip("sS")) != "user":
                yield _secret(item, name)
    if kind and isinstance(value, ast.Call):
        value = _default_of_field(value)
    # usuario = args.usuario or "todos" no dice ningún usuario.
    for item in [value] if kind in ("", "user") else alternatives(value):
        if kind and _is_secret(item) and text_of(item) not in blocks:
            yield from _check_assigned(target, name, item)


def _check_assigned(target: ast.AST, name: str, value: ast.expr) -> Iterator[Finding]:
    kind = kind_of_name(name)
    of_row = isinstance(target, ast.Subscript) and external(target.value) != "os.environ"
    if of_row and kind != "strong":
        return  # fila["clave"] = "A1"
    if kind == "user" and "usuario" not in words_of(name):
        return
    if kind == "weak" and re.fullmatch(r"[a-z]+(_[a-z]+)+", text_of(value) or ""):
        return  # clave = "id_cliente"
    if kind == "weak" and _is_word(value) and _is_index(target):
        return
    yield _secret(value, name)


def _is_index(target: ast.AST) -> bool:
    """Dice si un nombre busca en una tabla: `clave = "total"` y `filas[clave]`."""
    return isinstance(target, ast.Name) and any(
        isinstance(node, ast.Subscript) and _last(node.slice) == target.id
        for node in ast.walk(target.scope.node)
    )


def _default_of_field(call: ast.Call) -> ast.expr:
    """Devuelve el valor de `clave: str = Field(default="…")`; de otra llamada, ella misma."""
    if external(call.func).rpartition(".")[2].lower() != "field":
        return call
    return arguments(call, ("default",)).values.get("default", call)


def _check_call(call: ast.Call) -> Iterator[Finding]:
    value = called(call)
    yield from _check_positions(call, value.name if isinstance(value, External) else "")
    if loads(value) or block_name_nodes(value, call):
        return
    pairs = {
        name: item for name, item in arguments(call).values.items() if not name.startswith("*")
    }
    yield from _check_arguments(_last(call.func) or "lambda", pairs, set(pairs))


def _check_positions(call: ast.Call, name: str) -> Iterator[Finding]:
    """Revisa lo que lleva una credencial por su lugar y no por su nombre."""
    if name in ("os.getenv", "os.environ.get", "os.environ.setdefault") and len(call.args) == 2:
        key = text_of(call.args[0]) or ""
        if kind_of_name(key.lower()) in ("strong", "weak"):
            yield from _if_secret(call.args[1], key)
    made = name.startswith("prefect.") and name.endswith(".Secret")
    values = arguments(call, ("value",)).values
    if (made or name == "pydantic.SecretStr") and "value" in values:
        yield from _if_secret(values["value"], "value")
    values = arguments(call, ("name", "value")).values
    if loads(External(name)) in ("Variable.set", "Variable.aset") and "value" in values:
        key = text_of(values.get("name")) or ""
        if kind_of_name(key) in ("strong", "weak"):
            yield from _if_secret(values["value"], key)
    method = name.rpartition(".")[2] or getattr(call.func, "attr", "")
    # servidor.login("ana", "…"), HTTPBasicAuth("ana", "…")
    if method.endswith(("login", "BasicAuth", "DigestAuth")) and len(call.args) == 2:
        yield from _if_secret(call.args[1], method)
    # pymssql.connect("softland", "sa", "…"), FTP("servidor", "ana", "…")
    if method.endswith(("connect", "FTP", "FTP_TLS", "set_password")) and len(call.args) > 2:
        yield from (_secret(item, method) for item in call.args[1:] if _is_made_up(item))
    if method in _TYPING and call.args:  # driver.find_element(By.ID, "password").send_keys("…")
        *where, value = [*getattr(getattr(call.func, "value", None), "args", ()), *call.args]
        if any(kind_of_name(text_of(item) or "") for item in where) and not _is_word(value):
            yield from _if_secret(value, method)
    for keyword in call.keywords:
        yield from _check_pair(keyword.arg or "", keyword.value)


def _check_pair(name: str, value: ast.expr) -> Iterator[Finding]:
    """Revisa `requests.get(…, auth=("ana", "…"))`, y `sesion.auth = ("ana", "…")`."""
    pair = elements(value) if name in ("auth", "basic_auth", "http_auth") else []
    if len(pair) == 2:
        yield from _if_secret(pair[1], name)


def _check_defaults(function: ast.AST) -> Iterator[Finding]:
    named, keyword = function.args.posonlyargs + function.args.args, function.args.kwonlyargs
    defaults = function.args.defaults + function.args.kw_defaults
    names = [item.arg for item in named[len(named) - len(function.args.defaults) :] + keyword]
    pairs = {name: node for name, node in zip(names, defaults, strict=True) if node}
    everything = {item.arg for item in named + keyword}
    yield from _check_arguments(getattr(function, "name", ""), pairs, everything)


def _check_returns(function: ast.AST) -> Iterator[Finding]:
    """Revisa lo que devuelve `def clave(): …`."""
    name = getattr(function, "name", "")
    kind = kind_of_name(name)
    for node in ast.walk(function) if kind in ("strong", "weak") else ():
        own = isinstance(node, ast.Return) and node.scope is function.inner
        if own and node.value and _is_made_up(node.value):
            yield _secret(node.value, name)


def _check_arguments(
    function: str, pairs: dict[str, ast.expr], names: set[str]
) -> Iterator[Finding]:
    """Revisa los argumentos de una función; `names` son todos, también los que no tienen valor."""
    connects = bool(_CONNECTING.search(function)) or _is_login(names)
    for name, node in pairs.items():
        kind = kind_of_name(name)
        if not kind or not _is_secret(node):
            continue
        # ordenar(clave="cliente") no es una clave; conectar(clave="cliente"), sí.
        if kind == "strong" or connects or (kind == "weak" and not _is_word(node)):
            yield _secret(node, name)


def _is_made_up(node: ast.expr) -> bool:
    return _is_mixed(text_of(node) or "") and _is_secret(node)


def _is_mixed(text: str) -> bool:
    """Dice si un texto mezcla mayúsculas, minúsculas y números, como solo lo hace una clave."""
    kinds = ("[a-zñ]", "[A-ZÑ]", r"\d")
    return len(text) >= 8 and all(re.search(kind, text) for kind in kinds)


def _is_word(node: ast.expr) -> bool:
    return bool(re.fullmatch(r"[a-z]+(_[a-z]+)*", text_of(node) or ""))


def _is_login(names: set[str]) -> bool:
    """Dice si hay un usuario y una clave."""
    kinds = {kind_of_name(name) for name in names}
    return "user" in kinds and bool({"strong", "weak"} & kinds)


def _check_dict(node: ast.Dict) -> Iterator[Finding]:
    if _is_renaming(node):
        return
    pairs = {
        name: value
        for key, value in zip(node.keys, node.values, strict=True)
        if key and (name := text_of(key))
    }
    # {"usuario": "ana", "clave": "A1", "importe": 5} es una fila, no una conexión.
    login = _is_login(set(pairs)) and all(
        kind_of_name(name) or CONNECTION & set(words_of(name)) for name in pairs
    )
    for name, item in pairs.items():
        kind = kind_of_name(name)
        if kind and (kind == "strong" or login or (kind == "weak" and _is_made_up(item))):
            yield from _if_secret(item, name)


def _is_renaming(node: ast.Dict) -> bool:
    """Dice si es un diccionario de nombres de columnas: `df.rename(columns={"token": "id"})`."""
    parent = node.parent
    if isinstance(parent, ast.Assign | ast.AnnAssign):  # COLUMNAS = {"usuario": "vendedor"}
        target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
        return bool(OTHER_THINGS & set(words_of(_last(target))))
    if isinstance(parent, ast.keyword):
        return parent.arg in _RENAMING
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        return parent.func.attr in _RENAMING
    return False


def _check_compare(node: ast.Compare) -> Iterator[Finding]:
    for left, right in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
        name = _last(left)
        # `token == "("` o `clave == "total"` son de cualquier programa.
        sure = kind_of_name(name) == "strong" and _PASSWORDS & set(words_of(name))
        if sure and _is_secret(right):
            yield _secret(right, name)


def _check_text(node: ast.expr) -> Iterator[Finding]:
    text = node.value if isinstance(node, ast.Constant) else partial_text(node)
    if what := describe_secret(text):
        yield finding(node, CREDENTIAL, f"Esto es {what}, en claro; {INSTEAD}")
    elif is_reference(text):
        yield finding(node, REFERENCE, IN_CLEAR)
