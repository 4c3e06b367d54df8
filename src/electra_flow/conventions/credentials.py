"""What a credential looks like: by the name of what holds it, and by its own shape."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from electra_flow.conventions.source import Source

# Words that hardly mean another thing, and words of every day: «clave» is a column's key as well.
_STRONG = set(
    "contrasena contrasenas contrasenia password passwords passwd passphrase pwd psw pswd secreto "
    "secret credencial credential apikey".split()
)
_PAIRS = {("api", "key"), ("access", "key"), ("account", "key"), ("private", "key")}
_PAIRS |= {("subscription", "key"), ("secret", "key"), ("api", "clave"), ("clave", "api")}
_PAIRS |= {("llave", "privada"), ("clave", "privada")}
_WEAK = {"clave", "claves", "pass", "token", "tokens"}
# With one of these words, a name is of where a credential is, or of something else.
_OTHER_THINGS = set(
    "archivo arn block bloque bloques bucket campo carpeta col columna columnas column columns dir "
    "endpoint env expira field file folder formato header hoja id index indice label largo len "
    "mensaje name names next nombre nombres null ok page param parametro path pattern patron prefix "
    "prefijo primaria publica public regex ruta scope selector separador tipo type uri url variable "
    "xpath".split()
)
_WORD = r"[a-zñáéíóú]+"
_PLACEHOLDER = re.compile(
    r"[\W_x]*|<.*>|\[.*\]|\{.*\}|[$%].*|[A-Z]+(_[A-Z]+)+|none|null|true|false|str|bearer|basic"
    r"|(tu|su|mi|your|my)[-_ ].*|.*(ejemplo|example|change_?me|placeholder).*|https?://.*|[./~].*"
    r"|(contraseña|password|passwd|secret|secreto|token|clave|pass)",
    re.IGNORECASE | re.DOTALL,
)
_APPLICATION_PASSWORD = re.compile(r"([a-z]{4} ){3}[a-z]{4}")  # Google's, as its page shows it
_SHAPES = re.compile(
    r"\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{18,}|(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|xox[abprse]-[\w-]{10,}|AIza[\w-]{35}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|\d{8,10}:AA[\w-]{30,}"
    r"|pn[ub]_\w{20,}|(sk|rk)_live_\w{10,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|hooks\.slack\.com/services/T\w{3,}|\.office\.com/webhookb2/\w"
    r"|(AccountKey|SharedAccessKey)=[\w+/]{20,}"
    r"|^(Bearer|Basic|Token) (?=\S*[\d=])[\w.~+/=-]{12,}$"
    r"|[?&](api_?key|access_token|token|clave|sig)=(?=[^&]*\d)[\w.~%-]{12,}"
)
_IN_URL = re.compile(r"[a-z]://[^\s/:@]*:(?P<value>[^\s/@]+)@")
_IN_DSN = re.compile(r"(?:^|[;\s])(?:pwd|password|clave)\s*=\s*(?P<value>[^;\s]+)\s*(?:;|$)", re.I)
_DSN = re.compile(
    r"\b(server|driver|data source|host|database|uid|user|user id|dsn|dbname)\s*=", re.I
)

_CONNECTS = re.compile(r".*(connect|conectar|create_engine|FTP|FTP_TLS|connection)", re.I)
_LOGS_IN = re.compile(r".*(login|BasicAuth|DigestAuth|set_password)")
_HOLDERS = re.compile(r"prefect\..*\bSecret|pydantic\.(types\.)?SecretStr")
_BY_NAME = re.compile(r"os\.getenv|os\.environ\.(get|setdefault)|prefect\..*\bVariable\.a?set")
_USERS = {"user", "username", "usuario", "uid", "usr"}
_PLACES = {"host", "server", "servidor", "database", "base", "dbname", "dsn", "driver", "url"}
_PASSWORD = "contraseña"  # what stands in a place where nothing else can
_TYPING = {"send_keys", "fill", "type"}  # into a field of a page


@cache
def names_a_secret(name: str) -> str:
    """Say what a name holds: a credential («strong»), perhaps one («weak»), or none («»)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)]
    if _OTHER_THINGS.intersection(words):
        return ""
    if _STRONG.intersection(words) or _PAIRS.intersection(zip(words, words[1:], strict=False)):
        return "strong"
    return "weak" if _WEAK.intersection(words) else ""


def is_secret(name: str, text: str) -> bool:
    """Say whether a text that a name holds is a credential, and not its name or a placeholder."""
    strength = names_a_secret(name)
    if not strength or len(text) < 4 or _PLACEHOLDER.fullmatch(text):
        return False
    if " " in text.strip():
        return bool(_APPLICATION_PASSWORD.fullmatch(text))
    # «clave-sql-2» is the name of a block, «id_cliente» that of a column.
    is_name = re.fullmatch(rf"{_WORD}([-_.:/]({_WORD}|\d\d?))+", text)
    return not is_name and (strength == "strong" or not re.fullmatch(_WORD, text))


def is_mixed(text: str) -> bool:
    """Say whether a text has capitals, small letters and figures, as hardly any word has."""
    return bool(re.fullmatch(r"(?=.*[a-zñ])(?=.*[A-ZÑ])(?=.*\d)[^\s-]{8,}", text))


def has_the_shape_of_one(text: str) -> bool:
    """Say whether a text is a credential by its shape, whatever holds it."""
    if _SHAPES.search(text):
        return True
    found = _IN_URL.search(text) or (_DSN.search(text) and _IN_DSN.search(text))
    return bool(found and "\0" not in found["value"] and not _PLACEHOLDER.fullmatch(found["value"]))


def given_in(node: ast.Dict, source: Source) -> Iterator[tuple[str, ast.expr]]:
    """Give the values of a dictionary, with the names of what they are."""
    named = [
        (source.text(key) or "", value) for key, value in zip(node.keys, node.values, strict=True)
    ]
    keys = {name.lower() for name, _ in named}
    logs_in = bool(keys & _USERS and keys & _PLACES)
    for name, value in named:
        strength = names_a_secret(name)
        text = value.value if isinstance(value, ast.Constant) else ""
        # {"clave": "ART-00123", "importe": 5} is a row, {"user": "sa", "clave": "softland"} a connection.
        if strength == "strong" or (strength and (logs_in or is_mixed(str(text)))):
            yield _PASSWORD if strength == "weak" else name, value


def given_to(call: ast.Call, source: Source) -> Iterator[tuple[str, ast.expr]]:
    """Give what a call is given for a credential, with the name of what it is given for."""
    logs_in = any(keyword.arg in _USERS for keyword in call.keywords)
    for keyword in call.keywords:
        named = keyword.arg or ""
        # Beside a user, «clave» is no word of every day.
        yield (_PASSWORD if logs_in and names_a_secret(named) else named), keyword.value
        pair = getattr(keyword.value, "elts", [])
        if keyword.arg in ("auth", "basic_auth", "http_auth") and len(pair) == 2:
            yield _PASSWORD, pair[1]
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name, arguments = source.name(call.func) or f".{method}", call.args
    if _BY_NAME.fullmatch(name) and len(arguments) == 2:
        yield source.text(arguments[0]) or "", arguments[1]
    elif _HOLDERS.fullmatch(name):
        for item in (*arguments, *(keyword.value for keyword in call.keywords)):
            yield _PASSWORD, item
    elif _LOGS_IN.fullmatch(name) and len(arguments) >= 2:
        yield _PASSWORD, arguments[-1]
    elif _CONNECTS.fullmatch(name) and len(arguments) > 2:  # connect("softland", "sa", "…")
        yield from ((_PASSWORD, item) for item in arguments[1:] if _made_up(item))
    elif method in _TYPING and arguments:  # find_element(By.ID, "clave").send_keys("…")
        field = [*getattr(getattr(call.func, "value", None), "args", []), *arguments[:-1]]
        if _made_up(arguments[-1]) or any(
            names_a_secret(source.text(part) or "") for part in field
        ):
            yield _PASSWORD, arguments[-1]


def _made_up(node: ast.expr) -> bool:
    """Say whether it is a text such as only a password is: of letters and figures, no host."""
    text = node.value if isinstance(node, ast.Constant) else None
    return (
        isinstance(text, str)
        and bool(re.fullmatch(r"[^\s/\\:=<>(){}]{6,}", text))
        and bool(re.search(r"[^\W\d_]", text) and re.search(r"\d|[!#$%&*+?]", text))
        and not re.fullmatch(r"(\S+@)?[\w-]+(\.[\w-]+)+", text)
    )
