"""Relative paths, which in a worker begin at another folder than here."""

from __future__ import annotations

import ast
import re

from electra_flow.conventions.source import UNKNOWN, Source, argument

_HERE = {"os.getcwd", "pathlib.Path.cwd"}
HERE_PROBLEM = (
    "La carpeta desde donde se corre, en el worker, es otra; escribí Path(__file__).parent, o la "
    "ruta entera."
)
_OPENS = re.compile(
    r"open|(io|codecs|gzip|bz2|lzma|tarfile|aiofiles|os|PIL\.Image)\.open|pathlib\.Path"
    r"|sqlite3\.connect|zipfile\.ZipFile|shutil\.(copy\w*|move|rmtree|make_archive)|glob\.i?glob"
    r"|os\.(listdir|scandir|walk|mkdir|makedirs|remove|unlink|rename|stat|chdir)"
    r"|os\.path\.(exists|isfile|isdir|getsize|getmtime|abspath|join)|sys\.path\.append"
    r"|dotenv\.(load_dotenv|dotenv_values)|openpyxl\.load_workbook|joblib\.load|numpy\.load\w*"
    r"|(pandas|polars|geopandas)\.(read_(?!sql|gbq|clipboard|html)\w+|scan_\w+|Excel\w+)"
    r"|logging\.(handlers\.)?\w*FileHandler"
)
_WRITES = re.compile(
    r"to_(csv|excel|parquet|json|pickle|feather|html)|write_(?!text|bytes)\w+|savefig"
)
_OF_A_PATH = {"write_text": True, "write_bytes": True, "read_text": False, "read_bytes": False}
_NAMES = (
    "path",
    "filepath_or_buffer",
    "io",
    "file",
    "filename",
    "fname",
    "path_or_buf",
    "database",
)
_LOGS = ("PrefectLogger", "cambiar_rotfile_handler_params")
_ABSOLUTE = re.compile(rf"\w:|[/\\~$%:{UNKNOWN}]|[A-Za-z][\w+.-]+:|\.?$")  # or an address, or here
_NO_PATH = re.compile(r"\s*[<{\[]|.*\n", re.DOTALL)  # but what a file would hold


def relative_path(call: ast.Call, source: Source) -> tuple[str, bool] | None:
    """Return the relative path that a call opens, and whether it writes there; None if none."""
    name = source.name(call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    writes = bool(_WRITES.fullmatch(method))
    if name.endswith(_LOGS):
        place = 0 if method == _LOGS[1] else 1
        path, writes = source.text(argument(call, place, "log_path")), True
    elif name == "sys.path.insert":
        path = source.text(argument(call, 1))
    elif writes or _OPENS.fullmatch(name):
        path = source.text(argument(call, 0, *_NAMES))
        mode = source.text(argument(call, 1, "mode")) or ""
        writes |= name.endswith("open") and bool(re.match("[wax]", mode))
    elif method == "save":  # of a workbook or a picture; Secret(…).save("clave-sql") has no suffix
        path, writes = source.text(argument(call, 0, *_NAMES)) or "", True
        path = path if re.search(r"\.[a-z]{2,4}$", path) else None
    else:
        return None
    if not path or _ABSOLUTE.match(path) or _NO_PATH.match(path):
        return None
    return path, writes


def use_of_constant(call: ast.Call, source: Source) -> tuple[str, bool] | None:
    """Return the path of a constant `PARCIAL = Path("…")` that a call uses, and whether it writes."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if isinstance(call.func, ast.Attribute) and method in _OF_A_PATH:
        used, writes = call.func.value, _OF_A_PATH[method]
    else:
        writes = bool(_WRITES.fullmatch(method))
        given = argument(call, 0, *_NAMES)
        if given is None or not (writes or _OPENS.fullmatch(source.name(call.func))):
            return None
        used = given
    constant = source.constants.get(used.id) if isinstance(used, ast.Name) else None
    found = relative_path(constant, source) if isinstance(constant, ast.Call) else None
    return (found[0], writes) if found else None


def problem(path: str) -> str:
    """Say what is wrong with a relative path, and what to write."""
    shown = path.replace(UNKNOWN, "{…}")
    return (
        f"«{shown}» depende de la carpeta desde donde se corre, que en el worker es otra; escribí "
        f'Path(__file__).parent / "{shown}", o la ruta entera.'
    )


def joins_here(call: ast.Call, source: Source) -> bool:
    """Say whether a call makes a path of the working directory: `Path(os.getcwd(), "datos")`."""
    makes = source.name(call.func) in ("os.path.join", "pathlib.Path")
    return makes and bool(call.args) and is_here(call.args[0], source)


def is_here(node: ast.expr, source: Source) -> bool:
    """Say whether an expression is the working directory."""
    return isinstance(node, ast.Call) and source.name(node.func) in _HERE
