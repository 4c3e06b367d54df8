"""EF05: ni claves, ni tokens, ni cadenas de conexión en el código; ni bloques en un entorno.

Los nombres en inglés los dice ruff (S105, S106 y S107); acá, los nombres en castellano, lo que
llega armado con constantes, y los textos que son una credencial por su forma.

`usuario` y `clave` son también palabras comunes: en un diccionario y en los argumentos cuentan
solo si van juntos, y una clave no cuenta si su nombre dice que es otra cosa (`CLAVE_COLUMNA`) o
si nombra un bloque (`SECRETO = "clave-sql"` y `Secret.load(SECRETO)`).
"""

from __future__ import annotations

import ast
import functools
import re
import unicodedata
from collections.abc import Iterator

from conventions.findings import Finding, finding
from conventions.project import Project
from conventions.rules.block_names import block_name_nodes
from conventions.rules.loading import loads
from conventions.values import arguments, called, is_parameter, partial_text, text_of

CREDENTIAL = "EF05 credencial-en-el-código"
REFERENCE = "EF05 bloque-en-el-entorno"
INSTEAD = 'guardala en un bloque Secret y cargala en la tarea: Secret.load("nombre").get().'

# Palabras que no significan otra cosa.
_STRONG = {
    "contrasena", "contrasenia", "contrasenas", "password", "passwd", "passphrase", "pwd",
    "credencial", "credenciales", "credential", "credentials", "apikey", "secreto", "secret",
    "token", "contrasea",
}  # fmt: skip
_PAIRS = {("api", "key"), ("access", "key"), ("account", "key"), ("clave", "api")}
_WEAK = {"clave", "pass"}
_USER = {"usuario", "user", "username", "uid", "login", "usr"}
_VOCABULARY = _STRONG | _WEAK | _USER
_TYPES = {"str", "string", "object", "int", "int64", "float", "float64", "category", "text"}
_SYSTEMS = {
    "api", "base", "bd", "bot", "correo", "datos", "db", "de", "dominio", "ftp", "la", "odoo", "red",
    "sap", "servicio", "sftp", "smtp", "softland", "sql", "web",
}  # fmt: skip
# Palabras que hacen de «clave» o «token» otra cosa.
_OTHER = {
    "archivo", "bloque", "block", "bloques", "cache", "campo", "carpeta", "codigo", "col",
    "columna", "columnas", "columns", "csrf", "descripcion", "dir", "encabezado", "endpoint", "env",
    "falta", "faltan", "no", "sin", "tipos", "types", "renombrar",
    "error", "estado", "etiqueta", "expira", "file", "fin", "foranea", "formato", "group", "grupo",
    "header", "hoja", "id", "index", "indice", "inicio", "json", "label", "largo", "len", "lista",
    "longitud", "mapa", "max", "mensaje", "min", "name", "names", "nombre", "nombres", "orden",
    "param", "parametro", "path", "patron", "prefijo", "prefix", "primaria", "publica", "re",
    "regex", "rol", "ruta", "scope", "separador", "sufijo", "tabla", "texto", "tipo", "titulo",
    "tokenizer", "type", "unica", "uri", "url", "valor", "var", "variable", "vencimiento",
}  # fmt: skip
# Lo que ruff llama contraseña por su nombre.
_RUFF = re.compile(r"(^|_)(pas+wo?r?d|pass(phrase)?|pwd|token|secrete?)($|_)", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\s*|[*.x•_-]+|<.*>|\[.*\]|\{.*\}|\$.*|%.*|\0.*|none|null|n/?a|"
    r"(tu|su|mi|your|my)[-_ ].*|ejemplo.*|example.*|\.\.\.|…",
    re.IGNORECASE | re.DOTALL,
)
_ENV_NAME = re.compile(r"[A-Z]+(_[A-Z]+)+")

_SHAPES = {
    "un token de GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"),
    "un token de GitLab": re.compile(r"\bglpat-[\w-]{18,}"),
    "una clave de AWS": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "un token de Slack": re.compile(r"\bxox[abprse]-[\w-]{10,}"),
    "una clave de Google": re.compile(r"\bAIza[\w-]{35}"),
    "un token (JWT)": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"),
    "una clave privada": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "una clave de Azure": re.compile(r"(AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{20,}"),
    "un token": re.compile(
        r"^(Bearer|Basic|Token) [\w.~+/=-]{12,}$|\b(sk|rk)_live_\w{10,}|\bpn[ub]_\w{20,}"
    ),
}
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:(?P<password>[^\s/@]+)@", re.IGNORECASE)
_ODBC = re.compile(
    r"(?:^|[;\s\"'])(?:pwd|password|contraseña|clave)\s*=\s*(?P<password>[^;\s]+)", re.IGNORECASE
)
_ODBC_PART = re.compile(
    r"(server|servidor|driver|data source|host|database|uid|user id|user|dbq|dsn|dbname)\s*=",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\{\{\s*prefect\.(blocks|variables)\.")
_CONNECTING = re.compile(
    r"con(n)?ect|login|aut(h|entic)|engine|sesion|session|smtp|ftp|conex", re.I
)
_RENAMING = {"rename", "columns", "map", "replace", "astype", "dtype", "converters", "agg"}


def check(project: Project) -> Iterator[Finding]:
    names = _names_of_blocks(project)
    for module in project.modules.values():
        for target, value in module.assignments:
            yield from _check_assignment(target, value, names)
        for function in module.functions:
            yield from _check_defaults(function)
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


def describe_secret(text: str) -> str:
    """Dice qué credencial es un texto, por su forma; si no es ninguna, nada."""
    for what, shape in _SHAPES.items():
        if shape.search(text):
            return what
    if "://" in text and "@" in text:
        match = _URL.search(text)
        if match and not _is_placeholder(match["password"]):
            return "una cadena de conexión con su clave"
    if "=" in text:
        match = _ODBC.search(text)
        if match and _ODBC_PART.search(text) and not _is_placeholder(match["password"]):
            return "una cadena de conexión con su clave"
    return ""


def is_reference(text: str) -> bool:
    """Dice si un texto es una referencia a un bloque, que Prefect guarda en claro."""
    return bool(_REFERENCE.search(text))


@functools.cache
def kind_of_name(name: str) -> str:
    """Dice qué guarda un nombre: una clave, segura («strong») o no («weak»), o un usuario («user»)."""
    words = _words(name)
    if not words or _OTHER & set(words):
        return ""
    if _STRONG & set(words) or _PAIRS & set(zip(words, words[1:], strict=False)):
        return "strong"
    if _WEAK & set(words):
        return "weak"
    of_system = words[0] in _USER and set(words[1:]) <= _SYSTEMS
    return "user" if words[-1] in _USER or of_system else ""


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)]


def _names_of_blocks(project: Project) -> set[str]:
    """Devuelve los textos que en algún lado nombran un bloque o una variable."""
    names = set()
    for call in project.calls:
        value = called(call)
        nodes = block_name_nodes(value, call)
        if loads(value):
            nodes = [*nodes, *arguments(call, ("name",)).values.values()]
        names |= {text_of(node) for node in nodes}
    return names


def _is_secret(node: ast.expr) -> bool:
    """Dice si una expresión es un texto que puede ser una credencial."""
    if isinstance(node, ast.Subscript) or is_parameter(node):
        return False
    if isinstance(node, ast.Name | ast.Attribute) and _OTHER & set(_words(_last(node))):
        return False  # clave = COLUMNA_CLIENTE
    text = text_of(node)
    is_prose = " " in (text or "").strip()
    return bool(text) and not is_prose and not _is_placeholder(text) and text not in _TYPES


def _is_placeholder(text: str) -> bool:
    """Dice si un texto está en lugar de una clave: «***», «{clave}», «CLAVE_SQL», «clave»."""
    words = _words(text)
    if words and set(words) <= _VOCABULARY and text.isalpha():
        return True  # o es el nombre de una columna: {"Clave": "clave"}
    return bool(_PLACEHOLDER.fullmatch(text) or _ENV_NAME.fullmatch(text))


def _last(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _ruff_says(name: str, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(_RUFF.search(name))


def _secret(node: ast.AST, name: str) -> Finding:
    return finding(node, CREDENTIAL, f"«{name}» lleva un valor escrito en el código; {INSTEAD}")


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
    kind = kind_of_name(name)
    if not kind or not _is_secret(value) or text_of(value) in blocks:
        return
    if isinstance(target, ast.Subscript) and kind != "strong":
        return
    if kind == "user" and "usuario" not in _words(name):
        return
    if kind == "weak" and re.fullmatch(r"[a-z]+(_[a-z]+)+", text_of(value)):
        return  # clave = "id_cliente"
    plain = isinstance(target.parent, ast.Assign | ast.AnnAssign)
    if not (plain and _ruff_says(name, value)):
        yield _secret(value, name)


def _check_call(call: ast.Call) -> Iterator[Finding]:
    value = called(call)
    if loads(value) or block_name_nodes(value, call):
        return
    pairs = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    name = ast.unparse(call.func) if pairs else ""
    yield from _check_arguments(name, pairs, set(pairs))


def _check_defaults(function: ast.AST) -> Iterator[Finding]:
    named, keyword = function.args.posonlyargs + function.args.args, function.args.kwonlyargs
    defaults = function.args.defaults + function.args.kw_defaults
    names = [item.arg for item in named[len(named) - len(function.args.defaults) :] + keyword]
    pairs = {name: node for name, node in zip(names, defaults, strict=True) if node}
    everything = {item.arg for item in named + keyword}
    yield from _check_arguments(getattr(function, "name", ""), pairs, everything)


def _check_arguments(
    function: str, pairs: dict[str, ast.expr], names: set[str]
) -> Iterator[Finding]:
    """Revisa los argumentos de una función; `names` son todos, también los que no tienen valor."""
    connects = bool(_CONNECTING.search(function)) or _is_login(names)
    for name, node in pairs.items():
        kind = kind_of_name(name)
        if not kind or not _is_secret(node) or (function and _ruff_says(name, node)):
            continue  # de una lambda, ruff no dice nada
        # ordenar(clave="cliente") no es una clave; conectar(clave="cliente"), sí.
        word = re.fullmatch(r"[a-z]+(_[a-z]+)*", text_of(node))
        if kind == "strong" or connects or (kind == "weak" and not word):
            yield _secret(node, name)


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
    login = _is_login(set(pairs))
    for name, item in pairs.items():
        kind = kind_of_name(name)
        if kind and (kind == "strong" or login) and _is_secret(item):
            yield _secret(item, name)


def _is_renaming(node: ast.Dict) -> bool:
    """Dice si es un diccionario de nombres de columnas: `df.rename(columns={"token": "id"})`."""
    parent = node.parent
    if isinstance(parent, ast.Assign | ast.AnnAssign):  # COLUMNAS = {"usuario": "vendedor"}
        target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
        return bool(_OTHER & set(_words(_last(target))))
    if isinstance(parent, ast.keyword):
        return parent.arg in _RENAMING
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        return parent.func.attr in _RENAMING
    return False


def _check_compare(node: ast.Compare) -> Iterator[Finding]:
    for left, right in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
        name = _last(left)
        words = {"contrasena", "contrasenia", "password", "passwd", "pwd"}
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        sure = kind_of_name(name) == "strong" and any(word in plain for word in words)
        if sure and _is_secret(right) and not _ruff_says(name, right):
            yield _secret(right, name)


def _check_text(node: ast.expr) -> Iterator[Finding]:
    text = node.value if isinstance(node, ast.Constant) else partial_text(node)
    if what := describe_secret(text):
        yield finding(node, CREDENTIAL, f"Esto es {what}, en claro; {INSTEAD}")
    elif is_reference(text):
        reference = (
            "Una referencia a un bloque se guarda en claro en el despliegue; sacala de acá y cargá "
            'el secreto en la tarea: Secret.load("nombre").get().'
        )
        yield finding(node, REFERENCE, reference)
