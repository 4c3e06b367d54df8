"""EF08: lo que corre desde GitHub no usa rutas relativas ni módulos que no estén declarados."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.scopes import Module
from electra_flow.conventions.values import (
    IMPORTERS,
    External,
    Member,
    Result,
    Value,
    arguments,
    called,
    external,
    partial_text,
    possible,
)

PATHS = "EF08 ruta-relativa"
IMPORTS = "EF08 import-sin-declarar"
_PATHLIB = {"Path", "PosixPath", "WindowsPath"}
_HERE = {"pathlib.Path.cwd", "os.getcwd"}
# Lo que abre un archivo, por su nombre; la ruta va primero.
_OPENERS = {
    "builtins.open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open",
    "zipfile.ZipFile", "tarfile.open", "sqlite3.connect", "openpyxl.load_workbook", "numpy.load",
    "numpy.loadtxt", "numpy.genfromtxt", "os.listdir", "os.scandir", "os.walk", "os.mkdir",
    "os.makedirs", "os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir", "os.stat",
    "os.chdir", "os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.getsize",
    "os.path.getmtime", "os.path.abspath", "glob.glob", "glob.iglob", "shutil.copy", "shutil.copy2",
    "shutil.copyfile", "shutil.move", "shutil.rmtree", "shutil.copytree", "dotenv.load_dotenv",
    "joblib.load", "aiofiles.open", "os.path.join", "os.open", "PIL.Image.open",
    "logging.FileHandler", "logging.handlers.RotatingFileHandler", "shutil.make_archive",
    "sys.path.append", "sys.path.insert",
}  # fmt: skip
_FRAMES = ("pandas", "polars", "geopandas")
_WRITERS = {
    "to_csv", "to_excel", "to_parquet", "to_json", "to_pickle", "to_feather", "to_html", "savefig",
    "cambiar_rotfile_handler_params", "save",
}  # fmt: skip
_PATH_NAMES = (
    "path",
    "filepath_or_buffer",
    "io",
    "file",
    "filename",
    "path_or_buf",
    "fname",
    "database",
)
_ABSOLUTE = re.compile(r"[A-Za-z]:|[\\/~]|[A-Za-z][A-Za-z0-9+.-]+://|:memory:|%\w+%|\$")


def check(project: Project) -> Iterator[Finding]:
    if not project.runs_from_github:
        return
    for module in project.modules.values():
        if module.parts[0] == "src":
            for call in module.calls:
                yield from _check_path(call)
    yield from _check_imports(project)


def _check_path(call: ast.Call) -> Iterator[Finding]:
    if external(call.func) in _HERE:
        text = (
            "La carpeta desde donde se corre, en GitHub, es otra; si el archivo está en el "
            "repositorio, escribí Path(__file__).parent, y si no, la ruta entera."
        )
        yield finding(call, PATHS, text)
    if not _opens(call) or _is_part(call):
        return
    values = arguments(call).values
    given = [values[name] for name in ("log_path", "*0", *_PATH_NAMES) if name in values][:1]
    two = external(call.func).startswith(("shutil.", "os.re", "sys.")) or _is_logger(called(call))
    if two and "*1" in values:  # y el destino
        given.append(values["*1"])
    for node in (item for path in given for item in possible(path)):
        path = partial_text(node).replace("\0", "{…}")
        if not path.strip() or _ABSOLUTE.match(path) or _is_text(path):
            continue
        if getattr(call.func, "attr", "") == "save" and not re.search(r"\.\w{2,5}$", path):
            continue  # Secret(…).save("clave-sql")
        text = (
            f"«{path}» depende de la carpeta desde donde se corre, que en GitHub es otra; si está "
            f'en el repositorio, escribí Path(__file__).parent / "{path}", y si no, la ruta entera.'
        )
        yield finding(call, PATHS, text)


def _is_part(call: ast.Call) -> bool:
    """Dice si es un pedazo de otra ruta: `CARPETA / Path("salida")`."""
    return isinstance(call.parent, ast.BinOp) and call.parent.right is call


def _is_text(path: str) -> bool:
    """Dice si no se sabe cómo empieza, o es el contenido: read_json("[…]"), read_html("<…>")."""
    return "\n" in path or path.lstrip()[:1] in ("{", "[", "<")


def _is_logger(value: Value) -> bool:
    """Dice si es PrefectLogger(__file__, "logs/ventas.log")."""
    return isinstance(value, External) and value.last == "PrefectLogger"


def _opens(call: ast.Call) -> bool:
    value = called(call)
    if isinstance(value, External):
        return (
            value.name in _OPENERS
            or _is_logger(value)
            or (value.root == "pathlib" and value.last in _PATHLIB)
            or (value.root in _FRAMES and value.last.startswith(("read_", "scan_", "Excel")))
            and not value.last.startswith(("read_sql", "read_gbq", "read_clipboard"))
        )
    if isinstance(value, Member) and value.name == "read":  # ConfigParser().read("ventas.ini")
        return external(getattr(value.owner, "call", call).func).startswith("configparser.")
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _WRITERS:
        return False
    return value is None or isinstance(value, Member | Result)


def _check_imports(project: Project) -> Iterator[Finding]:
    here = {parts[0] for parts in project.modules}
    declared = {dev: _declared(project.dependencies(dev=dev)) for dev in (False, True)}
    unknown: dict[str, list[tuple[ast.AST, str, bool]]] = {}
    for module in project.modules.values():
        local = here | _beside(project, module)
        dev = module.parts[0] == "tests"
        for node in [*module.imports, *module.calls]:
            for name in _imported(node):
                root = name.partition(".")[0]
                if (
                    root in sys.stdlib_module_names
                    or root in local
                    or _plain(root) in declared[dev]
                    or (node.parent is not module.frame.node and _is_optional(node))
                ):
                    continue
                unknown.setdefault(root, []).append((node, name, dev))
    providers = _providers() if unknown else {}
    for root, uses in unknown.items():
        distributions = providers.get(root, [])
        for node, name, dev in uses:
            if not any(_plain(item) in declared[dev] for item in distributions):
                package = distributions[0] if distributions else root
                text = (
                    f"«{name}» no está en el repositorio ni en las dependencias, y el worker no lo "
                    f"va a encontrar; agregalo: uv add {package}."
                )
                yield finding(node, IMPORTS, text)


def _imported(node: ast.Import | ast.ImportFrom | ast.Call) -> list[str]:
    if isinstance(node, ast.Call):  # importlib.import_module("pandas")
        name = external(node) if external(node.func) in IMPORTERS else ""
        return [name] if name[:1].isalpha() else []
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []


def _beside(project: Project, module: Module) -> set[str]:
    """Devuelve los módulos que un archivo puede importar por su lugar."""
    folders = {module.package, ("src",)}
    depths = {folder: len(folder) for folder in folders}
    names = {
        parts[depth]
        for parts in project.modules
        for folder, depth in depths.items()
        if len(parts) > depth and parts[:depth] == folder
    }
    return names


def _is_optional(node: ast.AST) -> bool:
    """Dice si el import está en un `try`, o en un `if TYPE_CHECKING`."""
    while not isinstance(node, ast.Module):
        node = node.parent
        if isinstance(node, ast.Try) and any(
            handler.type
            and "ImportError" in ast.unparse(handler.type)
            or handler.type
            and "ModuleNotFoundError" in ast.unparse(handler.type)
            for handler in node.handlers
        ):
            return True
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return True
    return False


def _declared(dependencies: list[object]) -> set[str]:
    found = (re.match(r"[\w.-]+", item) for item in dependencies if isinstance(item, str))
    names = {_plain(match[0]) for match in found if match}
    # Los modelos de Prefect son de pydantic: viene siempre con él, y es parte de su interfaz.
    return names | {"pydantic"} if "prefect" in names else names


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _providers() -> dict[str, list[str]]:
    """Devuelve qué paquete trae cada módulo instalado; tarda, y se usa solo si hace falta."""
    from importlib.metadata import packages_distributions

    return {name: sorted(set(items)) for name, items in packages_distributions().items()}
