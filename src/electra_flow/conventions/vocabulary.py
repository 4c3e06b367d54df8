"""Cómo se ve una credencial: por su nombre, o por la forma del texto."""

from __future__ import annotations

import functools
import re
import unicodedata

# Palabras que no significan otra cosa.
STRONG = {
    "contrasena", "contrasenia", "contrasenas", "password", "passwd", "passphrase", "pwd",
    "credencial", "credenciales", "credential", "credentials", "apikey", "secreto", "secret",
    "token", "contrasea", "pw", "psw", "pswd",
}  # fmt: skip
_PAIRS = {("api", "key"), ("access", "key"), ("account", "key"), ("clave", "api")}
_PAIRS |= {("llave", "privada"), ("clave", "privada"), ("llave", "api"), ("subscription", "key")}
_WEAK = {"clave", "pass"}
_USER = {"usuario", "user", "username", "uid", "login", "usr"}
_VOCABULARY = STRONG | _WEAK | _USER
_SYSTEMS = {
    "api", "base", "bd", "bot", "correo", "datos", "db", "de", "dev", "dominio", "ftp", "la",
    "odoo", "red", "prod", "sap", "servicio", "sftp", "smtp", "softland", "sql", "web",
}  # fmt: skip
# Con qué más va una clave en los datos de una conexión.
CONNECTION = {
    "base", "bd", "charset", "database", "datos", "db", "dbname", "dominio", "driver", "dsn",
    "host", "instancia", "port", "puerto", "schema", "server", "servicio", "servidor", "timeout",
}  # fmt: skip
# Palabras que hacen de «clave» o «token» otra cosa.
OTHER_THINGS = {
    "archivo", "block", "bloque", "bloques", "cache", "campo", "carpeta", "codigo", "col",
    "columna", "columnas", "columns", "csrf", "descripcion", "dir", "encabezado", "endpoint", "env",
    "error", "estado", "etiqueta", "expira", "falta", "faltan", "file", "fin", "foranea", "formato",
    "group", "grupo", "header", "hoja", "id", "index", "indice", "inicio", "json", "label", "largo",
    "len", "lista", "longitud", "mapa", "max", "mensaje", "min", "name", "names", "next", "no",
    "nombre", "nombres", "orden", "page", "pagina", "param", "parametro", "path", "patron",
    "prefijo", "prefix", "primaria", "publica", "re", "regex", "renombrar", "rol", "ruta", "scope",
    "separador", "sin", "sufijo", "tabla", "texto", "tipo", "tipos", "titulo", "tokenizer", "type",
    "types", "unica", "uri", "url", "valor", "var", "variable", "vencida", "vencido", "vencimiento",
}  # fmt: skip
_PLACEHOLDER = re.compile(
    r"[\Wx_]*|<.*>|\[.*\]|\{.*\}|\$.*|%.*|\0.*|none|null|n/?a|true|false|"
    r"(tu|su|mi|your|my)[-_ ].*|ejemplo.*|example.*",
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
    "un webhook, que lleva su token": re.compile(
        r"://(hooks\.slack\.com/services/T|[\w.-]+\.office\.com/webhookb2/)\w"
    ),
    "un token de Telegram": re.compile(r"\b\d{8,10}:AA[\w-]{30,}"),
    "una dirección con su clave": re.compile(
        r"[?&](api_?key|(access_)?token|clave|password|sig)=(?=[^&]*\d)[\w.~%-]{12,}", re.IGNORECASE
    ),
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


@functools.cache
def kind_of_name(name: str) -> str:
    """Dice qué guarda un nombre: una clave («strong» o, dudosa, «weak») o un usuario («user»)."""
    words = words_of(name)
    if not words or OTHER_THINGS & set(words):
        return ""
    if STRONG & set(words) or _PAIRS & set(zip(words, words[1:], strict=False)):
        return "strong"
    if _WEAK & set(words):
        return "weak"
    of_system = words[0] in _USER and set(words[1:]) <= _SYSTEMS
    return "user" if words[-1] in _USER or of_system else ""


def words_of(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", plain)]


def describe_secret(text: str) -> str:
    """Dice qué credencial es un texto, por su forma; si no es ninguna, nada."""
    for what, shape in _SHAPES.items():
        if shape.search(text):
            return what
    if "://" in text and "@" in text:
        match = _URL.search(text)
        if match and not is_placeholder(match["password"]):
            return "una cadena de conexión con su clave"
    if "=" in text:
        match = _ODBC.search(text)
        if match and _ODBC_PART.search(text) and not is_placeholder(match["password"]):
            return "una cadena de conexión con su clave"
    return ""


def is_placeholder(text: str) -> bool:
    """Dice si un texto está en lugar de una clave: «***», «{clave}», «CLAVE_SQL», «clave»."""
    words = words_of(text)
    if words and set(words) <= _VOCABULARY and text.isalpha():
        return True  # o es el nombre de una columna: {"Clave": "clave"}
    return bool(_PLACEHOLDER.fullmatch(text) or _ENV_NAME.fullmatch(text))
