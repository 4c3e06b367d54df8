"""The rule of `project_slug`, and the names that are made from a title or a slug."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from typing import TYPE_CHECKING, Any

from slugify import slugify

from electra_answers.refusal import Problem
from electra_answers.rules import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAX_SLUG = 40  # Windows allows 260 characters for the whole path of tests\… and .venv\…
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
# What the generated project calls its own (a test compares them): folders, modules, and names in
# the flow's file.
_OWN_NAMES = {
    "avisar", "conftest", "deploy", "electra_flow", "src", "test", "test_flow", "test_project", "tests", "vigilar",
    "annotations", "flow", "logger_global", "report", "run_info", "task", "timedelta",
    "preparar_saludo", "entregar_saludo",
    "consultar_importes", "leer_importes", "sumar_importes", "sumar_ventas", "sumar_compras",
    "leer_ejecuciones", "publicar_informe", "enviar_correo",
    "l",  # E743: an ambiguous name for a function
}  # fmt: skip
# The top-level modules of what a project installs (a test compares them with the real thing), of
# pywin32, which comes on Windows, and of what the team's flows use.
_INSTALLED_MODULES = set(
    """
    aiosqlite alembic amplitude annotated_doc annotated_types anyio apprise asgi_lifespan
    async_timeout asyncpg attr attrs beartype burner_redis cachetools certifi cffi cfgv charset_normalizer click
    cloudpickle colorama concurrent_log_handler coolname cronsim cryptography cyclopts dateparser
    dateparser_cli dateparser_data dateparser_scripts dateutil detect_secrets distlib docker docket
    docstring_parser dotenv exceptiongroup fastapi filelock fsspec graphviz greenlet griffe
    griffecli h11 h2 hpack httpcore httpx humanize hyperframe identify idna iniconfig jinja2
    jinja2_humanize_extension jsonpatch jsonpatch_cli jsonpointer jsonschema
    jsonschema_specifications key_value mako markdown markdown_it markupsafe mdurl nodeenv
    oauthlib opentelemetry orjson packaging pathspec pendulum platformdirs pluggy portalocker
    pre_commit pre_commit_hooks prefect prometheus_client py pycparser pydantic pydantic_core pydantic_extra_types
    pydantic_settings pygments pytest python_discovery pythonjsonlogger pytz readchar redis
    referencing regex requests requests_oauthlib rfc3339_validator rich rich_rst rpds ruamel ruff
    semver shellingham six slugify sniffio sqlalchemy starlette text_unidecode toml typer
    typing_extensions typing_inspection tzdata tzlocal uncalled_for unidiff urllib3 uvicorn virtualenv
    websockets whenever yaml

    pythoncom pywintypes win32 win32api win32con win32event win32file

    consulterscommons keyring numpy openpyxl pandas prefect_email uv
    """.split()
)
# Those of Dask, and the names in the file of a flow that uses it: of no other kind's concern.
_OF_DISTRIBUTED = set(
    """
    buscar_lotes procesar_lote
    dask distributed importlib_metadata lazy_importer locket msgpack partd prefect_dask psutil
    sortedcontainers tblib tlz toolz tornado zict zipp
    """.split()
)


def kind_problem(value: str, answers: Mapping[str, Any]) -> str | None:
    """Check the kind of the flow, whose project may have its name from another kind's time."""
    if value == "distributed" and module(answers.get("project_slug", "")) in _OF_DISTRIBUTED:
        return "no va con ese project_slug, que es un nombre de Dask o de algo que ese tipo de flujo usa"
    return one_of("basic", "subflows", "distributed", "monitoring")(value, answers)


def slug_problem(value: str, _answers: Mapping[str, Any]) -> Problem | None:
    if not _SLUG.fullmatch(value):
        rule = (
            "no es un nombre corto: lleva solo minúsculas sin acentos, números y guiones sueltos, "
            "y empieza con una letra"
        )
    elif len(value) > _MAX_SLUG:
        rule = f"pasa de {_MAX_SLUG} caracteres"
    elif owner := taken_by(value):
        rule = f"es el nombre de {owner}"
    else:
        return None
    return Problem(rule, slug(value))


def taken_by(project_slug: str) -> str | None:
    """Say whose name `project_slug` is, if a project of that name could not work."""
    name = module(project_slug)
    if name in _WINDOWS_DEVICES:
        return "un dispositivo en Windows"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        return "una palabra de Python"
    if name in sys.stdlib_module_names:
        return "un módulo de Python"
    if name in _INSTALLED_MODULES or name in _OWN_NAMES:
        return "una biblioteca o de algo que el proyecto usa"
    return None


def slug(title: str) -> str:
    """Return a project_slug for any title: `Año nuevo` gives `ano-nuevo`, `2024` `flujo-2024`."""
    text = slugify(title, max_length=_MAX_SLUG - len("flujo-"), word_boundary=True)
    if not text:
        return "mi-flujo"
    return f"flujo-{text}" if not _SLUG.fullmatch(text) or taken_by(text) else text


def module(project_slug: str) -> str:
    """Return the Python module of a project_slug: `mi-flujo` gives `mi_flujo`."""
    return project_slug.replace("-", "_")
