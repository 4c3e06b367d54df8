"""Answers are data: how each one is checked, and how it is quoted in each format.

cookiecutter loads `Answers` as a Jinja extension (`_extensions` in cookiecutter.json), the only
place where a template can refuse an answer right after it was given, in one line and without a
traceback: every question is followed by a private variable that runs `check` on it.

cruft renders two versions of the template in one process and imports this module only once, so
the names and arguments of the filters are frozen: add, never change or remove.
"""

from __future__ import annotations

import builtins
import calendar
import functools
import importlib.util
import keyword
import logging
import re
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from jinja2.ext import Extension
from slugify import slugify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from jinja2 import Environment


def _keep_quiet(record: logging.LogRecord) -> bool:
    """Drop what cookiecutter logs of a hook that failed: a traceback of its own code.

    The hook has said in its own words why nothing was generated (`server_check=strict`).
    """
    return False


logging.getLogger("cookiecutter.hooks").addFilter(_keep_quiet)


class Answers(Extension):
    """Give templates the checks and the quoting, and keep Jinja out of the answers."""

    # What cookiecutter.json and the template's folder hold between braces, in any version.
    _OURS = re.compile(r"\{\{ cookiecutter(\.\w+)? \| \w+ \}\}|\{\{cookiecutter\.project_slug\}\}")
    _JINJA = re.compile(r"\{\{|\{%|\{#")

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(
            check=check,
            slug=slug,
            module=module,
            names=names,
            python=python,
            quoted=quoted,
            shell=shell,
            markdown=markdown,
        )
        # All questions share one check expression: compile it once, not once a question.
        environment.from_string = functools.cache(environment.from_string)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Refuse an answer that cookiecutter is about to run as a Jinja template.

        It does so with answers from the command line and from the user's configuration; typed
        ones arrive as they are. Files are rendered through a loader, the hook from a string.
        """
        asking = name is None and self.environment.loader is None
        if asking and self._JINJA.search(source) and not self._OURS.fullmatch(source):
            hook = Path("hooks", "post_gen_project.py")
            if not (hook.is_file() and source == hook.read_text(encoding="utf-8")):
                _refuse("una de las respuestas", source, _JINJA_PROBLEM)
        return source


# --- Checks -----------------------------------------------------------------------------------


def check(answers: Mapping[str, Any]) -> str:
    """Refuse the last answer in one line, or return an empty string.

    Args:
        answers: The answers so far, by question, in the order of cookiecutter.json.

    Raises:
        SystemExit: With one line in Spanish: question, value, rule and an example that works.
    """
    question = next(name for name in reversed(answers) if not name.startswith("_"))
    value = answers[question]
    if not isinstance(value, str):
        _refuse(question, str(value), "tiene que ser un texto; por ejemplo: «Ventas del día»")
    problem = _text_problem(value) or _RULES[question](value, answers)
    if problem:
        _refuse(question, value, problem)
    return ""


def _refuse(question: str, value: str, problem: str) -> NoReturn:
    shown = "".join(char if _is_plain(char) else f"\\u{ord(char):04x}" for char in value)
    if len(shown) > 80:
        shown = f"{shown[:79]}…"
    raise SystemExit(f"Respuesta no válida en {question}: «{shown}» {problem}.")


_JINJA_PROBLEM = "no puede llevar {{, {% ni {#, que son de Jinja; por ejemplo: «Ventas {del día}»"
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _is_plain(char: str) -> bool:
    """Tell whether `char` can stand in a file of any of our formats and be seen there."""
    if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _BIDI_CONTROLS:
        return False
    # The noncharacters of Unicode, which YAML refuses.
    return not (0xFDD0 <= ord(char) <= 0xFDEF or ord(char) & 0xFFFE == 0xFFFE)


def _text_problem(value: str) -> str | None:
    """Check what holds for every answer."""
    if not all(map(_is_plain, value)):
        return (
            "lleva un salto de línea o un carácter invisible de control; "
            "tiene que ser texto en una sola línea, por ejemplo: «Ventas del día»"
        )
    if Answers._JINJA.search(value):
        return _JINJA_PROBLEM
    return None


def _title_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    if not any(unicodedata.category(char)[0] in "LNPS" for char in value):
        return "está en blanco; escribí algo como «Ventas del día»"
    if value != value.strip():
        return f"empieza o termina con espacios; escribí «{value.strip()}»"
    return None


_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAX_SLUG = 40  # Windows allows 260 characters for the whole path of tests\… and .venv\…
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
# Names that the generated project uses itself: its folders and modules, the names in the flow's file.
_OWN_NAMES = {
    "conftest", "deploy", "deployment", "prefect_logger", "src", "test", "tests",
    "flow", "task", "preparar_saludo", "entregar_saludo", "logger_global",
}  # fmt: skip
_INSTALLED_MODULES: set[str] = set()


def _slug_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    hint = f"por ejemplo: {slug(value)}"
    if not _SLUG.fullmatch(value):
        return (
            "tiene que llevar solo minúsculas sin acentos, números y guiones sueltos, y empezar "
            f"con una letra; {hint}"
        )
    if len(value) > _MAX_SLUG:
        return f"pasa de {_MAX_SLUG} caracteres; {hint}"
    owner = _taken_by(value)
    return f"es el nombre de {owner}; {hint}" if owner else None


def _taken_by(project_slug: str) -> str | None:
    """Say whose name `project_slug` is, if a project of that name could not work."""
    name = module(project_slug)
    if name in _WINDOWS_DEVICES:
        return "un dispositivo en Windows"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        return "una palabra de Python"
    if name in sys.stdlib_module_names:
        return "un módulo de Python"
    if name in _INSTALLED_MODULES or name in _OWN_NAMES:
        return "algo que el proyecto usa"
    return None


def _one_of(*available: str, later: Iterable[str] = ()) -> Callable[..., str | None]:
    """Make the rule of a question with a fixed list of answers."""

    def problem(value: str, _answers: Mapping[str, Any]) -> str | None:
        if value in available:
            return None
        state = "todavía no está disponible" if value in later else "no es una de las opciones"
        return f"{state}; usá {' o '.join(available)}"

    return problem


_SEGMENT = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")


def _repository_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    example = "por ejemplo: https://github.com/DesarrollosElectra/ProyectosPython.git"
    try:
        url = urlsplit(value)
    except ValueError:
        return f"no es una dirección; {example}"
    if "@" in url.netloc:
        return f"lleva credenciales, que van en el bloque Secret de github_secret; {example}"
    segments = url.path.split("/")[1:]
    valid = (
        value == f"https://{url.netloc}{url.path}"
        and _HOST.fullmatch(url.netloc)
        and len(segments) == 2
        and all(map(_SEGMENT.fullmatch, segments))
        and segments[1] != ".git"
    )
    return None if valid else f"tiene que ser https://servidor/dueño/nombre; {example}"


_BLOCK_NAME = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*")


def _block_problem(value: str, _answers: Mapping[str, Any] | None = None) -> str | None:
    if _BLOCK_NAME.fullmatch(value):
        return None
    return (
        "no es un nombre de bloque: Prefect acepta solo minúsculas, números y guiones; "
        f"por ejemplo: {slugify(value) or 'mi-secreto'}"
    )


def _secrets_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    wrong = [name for name in names(value) if _block_problem(name)]
    if not wrong:
        return None
    fixed = ", ".join(slugify(name) or "mi-secreto" for name in names(value))
    return (
        f"tiene un nombre de bloque que Prefect no acepta ({', '.join(wrong)}): van en minúsculas, "
        f"números y guiones, separados por comas; por ejemplo: {fixed}"
    )


_POOL = re.compile(r"[^\W_](?:[\w .-]*[\w-])?")


def _pool_problem(value: str, answers: Mapping[str, Any]) -> str | None:
    if not _POOL.fullmatch(value) or len(value) > 100:
        return (
            "no sirve como nombre de un work pool: lleva letras, números, guiones, puntos y "
            "espacios, y empieza con una letra o un número; por ejemplo: pool-dev"
        )
    if value.casefold().startswith("prefect"):
        return "empieza con «prefect», que Prefect reserva para sí; por ejemplo: pool-dev"
    return None


def _pool_prod_problem(value: str, answers: Mapping[str, Any]) -> str | None:
    if value == answers["pool_dev"]:
        return "es también el pool de desarrollo; tienen que ser dos, por ejemplo: pool-prod"
    return _pool_problem(value, answers)


_MONTHS = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CRON_FIELDS = (
    # name, lowest, highest, names of its values
    ("minuto", 0, 59, ()),
    ("hora", 0, 23, ()),
    ("día", 1, 31, ()),
    ("mes", 1, 12, _MONTHS),
    ("día de la semana", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def _cron_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    """Check a cron expression by the part of the syntax that every version of Prefect reads.

    Source: crontab(5). Prefect's parser takes more (macros, seconds, L, #), in ways that changed
    between its versions; those are refused.
    """
    example = "por ejemplo: 30 1,13,17 * * *"
    fields = re.split(" +", value.strip(" "))
    if len(fields) != len(_CRON_FIELDS):
        return (
            "tiene que llevar cinco campos separados por espacios (minuto, hora, día, mes y día de "
            f"la semana), sin macros como @daily; {example}"
        )
    values = []
    for text, (name, low, high, words) in zip(fields, _CRON_FIELDS, strict=True):
        numbers = _cron_numbers(text, low, high, words)
        if not numbers:
            return f"tiene «{text}» como {name}, que va de {low} a {high}; {example}"
        values.append(numbers)
    days, months, weekdays = values[2:]
    longest = max(calendar.monthrange(2024, month)[1] for month in months)  # 2024: a leap year
    any_weekday = len({day % 7 for day in weekdays}) == 7
    if any_weekday and min(days) > longest:
        return f"no corre nunca, porque ese día no existe en ese mes; {example}"
    return None


def _cron_numbers(text: str, low: int, high: int, words: tuple[str, ...]) -> set[int]:
    """Return the values that one field of a cron expression stands for; none if it is wrong."""
    numbers: set[int] = set()
    for part in text.lower().split(","):
        match = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/([0-9]+))?", part, re.ASCII)
        if not match:
            return set()
        span, first, last, step = match.groups()
        start, end = (
            words.index(word) if word in words else int(word) if word.isdecimal() else -1
            for word in (first or str(low), last or (str(high) if step or not first else first))
        )
        if not low <= start <= end <= high or (step and not 1 <= int(step) <= high):
            return set()
        numbers.update(range(start, end + 1, int(step or 1)))
    return numbers


def _generated_module(name: str) -> ModuleType:
    """Import a module of the generated project, where the one implementation of a rule lives."""
    folder = Path(__file__).parent / "{{cookiecutter.project_slug}}" / "deployment"
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    # A __pycache__ in the template's folder would become part of every project.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(loaded)
    finally:
        sys.dont_write_bytecode = before
    return loaded


_timezones = _generated_module("timezones")


def _timezone_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    return _timezones.timezone_problem(value)


_RULES: dict[str, Callable[..., str | None]] = {
    "project_name": _title_problem,
    "project_slug": _slug_problem,
    "description": _title_problem,
    "flow_kind": _one_of("basic", later=("subflows", "monitoring")),
    "source": _one_of("local", later=("github",)),
    "github_repository": _repository_problem,
    "github_secret": _block_problem,
    "cron": _cron_problem,
    "timezone": _timezone_problem,
    "pool_dev": _pool_problem,
    "pool_prod": _pool_prod_problem,
    "secrets": _secrets_problem,
    "prefect_logger": _one_of("bundled", later=("consulterscommons",)),
    "server_check": _one_of("warn", "strict", "skip"),
}


# --- Derived values and quoting -----------------------------------------------------------------


def slug(title: str) -> str:
    """Return a project_slug for any title: `Año nuevo` gives `ano-nuevo`, `2024` `flujo-2024`."""
    text = slugify(title, max_length=_MAX_SLUG - len("flujo-"), word_boundary=True)
    if not text:
        return "mi-flujo"
    return f"flujo-{text}" if not _SLUG.fullmatch(text) or _taken_by(text) else text


def module(project_slug: str) -> str:
    """Return the Python module of a project_slug: `mi-flujo` gives `mi_flujo`."""
    return project_slug.replace("-", "_")


def names(answer: str) -> list[str]:
    """Split a comma-separated answer; blanks and repetitions are dropped."""
    return list(dict.fromkeys(name for part in answer.split(",") if (name := part.strip())))


def python(text: str) -> str:
    """Return `text` as a Python literal with the quotes that `ruff format` would choose."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + text.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def quoted(text: str) -> str:
    """Return `text` as a double-quoted string, the same in TOML, YAML and JSON."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shell(pool: str) -> str:
    """Return a work pool's name as one word of a command, the same in any shell."""
    return f'"{pool}"' if " " in pool else pool


# What CommonMark (and GitHub's dialect of it) would read as markup, and nothing else, so that an
# ordinary title looks the same in the source of the README as on the page.
_MARKUP = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~])     # a backslash that would escape the next character
    | [*`~|$\[\]]               # emphasis, code, strike-through, tables, formulas, links
    | (?<!\w)_|_(?!\w)          # emphasis, but not inside a word
    | <(?=[A-Za-z/!?])          # HTML
    | &(?=\#?\w+;)              # an entity
    | ^[#>+-](?=\s|$)|^=+$      # a heading, a quotation or a list at the start
    | (?<=^\d)[.)]              # a numbered list
    | \#(?=\#*\s*$)             # the end of a heading
    """,
    re.VERBOSE,
)


def markdown(text: str) -> str:
    """Return `text` escaped where Markdown would read markup in it."""
    return _MARKUP.sub(r"\\\g<0>", text)
