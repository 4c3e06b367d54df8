"""Answers are data: how each one is checked, and how it is quoted in each format.

cookiecutter loads `Answers` as a Jinja extension (`_extensions` in cookiecutter.json), the only
place where a template can refuse an answer right after it was given, in one line and without a
traceback: every question is followed by a private variable that runs `check` on it.

cruft renders two versions of the template in one process and imports this module only once. So
the filters are frozen (add, never change or remove), a question that is not known here passes
unchecked, and a version that needs more than that has to rename this module.
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
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from jinja2.ext import Extension
from slugify import slugify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._checked = ""
        self._answers: Mapping[str, Any] = {}  # once all are checked
        self._compile = functools.cache(environment.from_string)  # one check, for all questions
        environment.from_string = functools.partial(_Rendering, self)
        environment.optimized = False  # no template here has constants to fold
        environment.filters.update(
            check=self.check,
            slug=slug,
            module=module,
            names=names,
            python=python,
            quoted=quoted,
            shell=shell,
            markdown=markdown,
        )

    def check(self, answers: Mapping[str, Any]) -> str:
        """Refuse the last answer in one line, or return an empty string.

        Args:
            answers: The answers so far, by question, in the order of cookiecutter.json.

        Raises:
            SystemExit: With one line in Spanish: question, value, rule and an example that works.
        """
        question = _last_question(answers)
        if question == self._checked:  # cookiecutter asks for dictionaries later
            _refuse(_question_after(question), "{…}", "no es un texto")
        if question in _QUESTIONS:
            _check(question, answers)
        self._checked = question
        return ""

    def render(self, source: str, context: dict[str, Any]) -> str:
        """Render a template's string, but never an answer.

        cookiecutter renders an answer of the command line or of the user's configuration like a
        default of cookiecutter.json, so what may hold Jinja depends on how far the answers are.
        When they are complete, before the first file is made, all are checked once more, since
        those of a replay file and those whose check was overridden were not checked yet.
        """
        if not _JINJA.search(
            source
        ):  # most answers and file names: compiling them costs 0.15 ms each
            return source
        answers = context["cookiecutter"]
        if "_extensions" not in answers:  # the last key but one; until then, questions are asked
            last = next(reversed(answers), "")
            ours = _DERIVED.get(last, "") if last.startswith("_") else _CHECK
            if source != ours:
                _refuse(_question_after(_last_question(answers)), source, _JINJA_PROBLEM)
        elif source == _FOLDER:
            for question in (name for name in _QUESTIONS if name in answers):
                _check(question, answers)
            answers["__module"] = module(answers["project_slug"])
            self._answers = answers
        source = self.preprocess(source)
        return self._compile(source).render(**context) if _JINJA.search(source) else source

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Put the project's names into a template, and make its choices, before Jinja compiles it.

        They are most of what Jinja would compile, which takes it as long as starting Python.
        Its white space is trimmed first, as Jinja does, whatever is chosen.
        """
        answers = self._answers
        if not answers:
            return source

        def chosen(match: re.Match[str]) -> str:
            question, value, then, otherwise = match.groups("")
            return then if answers[question] == value else otherwise

        source = _NAME.sub(lambda match: answers[match[1]], source)
        source = _TRIMMED_AFTER.sub("%}", _TRIMMED_BEFORE.sub("{%", source))
        choices = 1
        while choices:  # from the innermost ones outwards
            source, choices = _CHOICE.subn(chosen, source)
        return source


class _Rendering(NamedTuple):
    """What `from_string` gives in place of a template, to be compiled only when rendered."""

    answers: Answers
    source: str

    def render(self, **context: Any) -> str:
        return self.answers.render(self.source, context)


_JINJA = re.compile(r"\{\{|\{%|\{#")
_FOLDER = "{{cookiecutter.project_slug}}"
_NAME = re.compile(r"\{\{ ?cookiecutter\.(project_slug|__module) ?\}\}")
_TRIMMED_BEFORE = re.compile(r"(?<![\s{])\s*\{%-")  # after a brace it would become {{%
_TRIMMED_AFTER = re.compile(r"-%\}\s*")
_TEXT = r"([^{]*(?:\{(?!%)[^{]*)*)"  # up to the next tag
_CHOICE = re.compile(
    r"\{% if cookiecutter\.(\w+) == ['\"](\w+)['\"] %\}"
    rf"{_TEXT}(?:\{{% else %\}}{_TEXT})?\{{% endif %\}}"
)
_CHECK = "{{ cookiecutter | check }}"
# The other Jinja in cookiecutter.json, by the key before it.
_DERIVED = {
    "__project_name": "{{ cookiecutter.project_name | slug }}",
    "__project_slug": "{{ cookiecutter.project_slug | module }}",
}


def _last_question(answers: Mapping[str, Any]) -> str:
    return next((name for name in reversed(answers) if not name.startswith("_")), "")


def _question_after(question: str) -> str:
    """Return the next question, which is the first one after none."""
    questions = ["", *_QUESTIONS]
    return dict(zip(questions, questions[1:], strict=False)).get(question, question)


# --- Checks -----------------------------------------------------------------------------------


class _Problem(NamedTuple):
    """Why an answer is refused, and what would work in its place."""

    rule: str
    instead: str


class _Question(NamedTuple):
    """A question of cookiecutter.json: its rule, and an answer that works."""

    rule: Callable[[str, Mapping[str, Any]], str | _Problem | None]
    example: str


def _check(question: str, answers: Mapping[str, Any]) -> None:
    value = answers[question]
    if not isinstance(value, str):
        _refuse(question, str(value), "no es un texto")
    if problem := _text_problem(value) or _QUESTIONS[question].rule(value, answers):
        _refuse(question, value, problem)


def _refuse(question: str, value: str, problem: str | _Problem) -> NoReturn:
    offer = "usá"
    if isinstance(problem, str) or len(problem.instead) > _LONGEST:
        rule = problem if isinstance(problem, str) else problem.rule
        problem, offer = _Problem(rule, _QUESTIONS[question].example), "por ejemplo"
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in value)
    if "://" in shown:  # a refused token is still a token
        shown = re.sub(r"\?.*", "?…", re.sub(r"//.*@", "//…@", shown))
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST - 1]}…"
    raise SystemExit(
        f"Respuesta no válida en {question}: «{shown}» {problem.rule}; {offer}: {problem.instead}"
    )


_LONGEST = 100  # characters of an answer that a refusal repeats
_JINJA_PROBLEM = "no puede llevar {{, {% ni {#, que son de Jinja"
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
        return "lleva un salto de línea o un carácter de control, y tiene que ser una sola línea"
    return _JINJA_PROBLEM if _JINJA.search(value) else None


def _title_problem(value: str, _answers: Mapping[str, Any]) -> str | _Problem | None:
    if all(unicodedata.category(char) in ("Zs", "Cf") for char in value):
        return "está en blanco"
    if value != value.strip():
        return _Problem("empieza o termina con espacios", value.strip())
    return None


_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAX_SLUG = 40  # Windows allows 260 characters for the whole path of tests\… and .venv\…
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
# What the generated project calls its own: folders, modules, and names in the flow's file.
_OWN_NAMES = {
    "conftest", "conventions", "deploy", "deployment", "prefect_logger", "run_info", "src", "test",
    "tests", "flow", "task", "preparar_saludo", "entregar_saludo", "logger_global",
    "consultar_importes", "leer_importes", "sumar_importes", "sumar_ventas", "sumar_compras",
    "report_data", "report_html", "report_mail", "report_period", "report_text", "run_reader",
    "leer_ejecuciones", "publicar_informe", "enviar_correo",
    "build_message", "build_report", "create_markdown_artifact", "flow_run", "get_client", "html", "markdown",
    "period_until", "plain", "read_runs", "send", "sender_of", "subject",
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


def _slug_problem(value: str, _answers: Mapping[str, Any]) -> _Problem | None:
    if not _SLUG.fullmatch(value):
        rule = (
            "no es un nombre corto: lleva solo minúsculas sin acentos, números y guiones sueltos, "
            "y empieza con una letra"
        )
    elif len(value) > _MAX_SLUG:
        rule = f"pasa de {_MAX_SLUG} caracteres"
    elif owner := _taken_by(value):
        rule = f"es el nombre de {owner}"
    else:
        return None
    return _Problem(rule, slug(value))


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
        return "una biblioteca o de algo que el proyecto usa"
    return None


def _one_of(*available: str, later: tuple[str, ...] = ()) -> Callable[..., str | None]:
    """Make the rule of a question with a fixed list of answers."""

    def problem(value: str, _answers: Mapping[str, Any]) -> str | None:
        if value in available:
            return None
        if value in later:
            return "todavía no está disponible"
        return f"no es una de las opciones ({', '.join(available)})"

    return problem


_SEGMENT = re.compile(r"\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?", re.ASCII)


def _repository_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    try:
        url = urlsplit(value)
        _ = url.port  # raises for one that is out of range
    except ValueError:
        return "no es una dirección"
    if "@" in url.netloc:
        return "lleva credenciales, que van en el bloque Secret de github_secret"
    segments = url.path.split("/")[1:]
    valid = (
        value == f"https://{url.netloc}{url.path}"
        and _HOST.fullmatch(url.netloc)
        and len(segments) == 2
        and all(map(_SEGMENT.fullmatch, segments))
        and segments[1] != ".git"
    )
    return None if valid else "tiene que ser https://servidor/dueño/nombre"


_BLOCK_NAME = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*")


def _block_problem(value: str, _answers: Mapping[str, Any]) -> _Problem | None:
    if _BLOCK_NAME.fullmatch(value):
        return None
    rule = "no es un nombre de bloque: Prefect acepta solo minúsculas, números y guiones"
    return _Problem(rule, slugify(value) or "mi-secreto")


def _secrets_problem(value: str, _answers: Mapping[str, Any]) -> _Problem | None:
    wrong = [name for name in names(value) if not _BLOCK_NAME.fullmatch(name)]
    if not wrong:
        return None
    rule = (
        "tiene que ser una lista de bloques separados por comas, cada uno con solo minúsculas, "
        "números y guiones"
    )
    return _Problem(rule, ", ".join(slugify(name) or "mi-secreto" for name in names(value)))


def _pool_dev_problem(value: str, _answers: Mapping[str, Any]) -> str | _Problem | None:
    return _pool_problem(value) or _environment_problem(value, "dev", "prod")


def _environment_problem(value: str, own: str, other: str) -> _Problem | None:
    """Check that a pool does not name the other environment, which the conventions refuse."""
    if value == f"pool-{own}":  # the default: importing the rule costs as much as all the others
        return None
    if _generated_module("conventions", "environment").environment(value, of_pool=True) == other:
        return _Problem(f"nombra {other}, y es el pool de {own}", f"pool-{own}")
    return None


def _pool_problem(value: str) -> str | None:
    kinds = {unicodedata.category(char)[0] for char in value if char not in " .-_"}
    ends = {unicodedata.category(char)[0] for char in (value[:1], value[-1:]) if char}
    if not kinds or not kinds <= set("LMN") or not ends <= set("LMN") or len(value) > 100:
        return (
            "no es un nombre de work pool: letras, números, guiones, puntos y espacios, entre "
            "letras o números, y hasta 100 caracteres"
        )
    if value.casefold().startswith("prefect"):
        return "empieza con «prefect», que Prefect reserva para sí"
    return None


def _pool_prod_problem(value: str, answers: Mapping[str, Any]) -> str | _Problem | None:
    if value == answers["pool_dev"]:
        return _Problem("es también el pool de desarrollo, y tienen que ser dos", f"{value}-prod")
    return _pool_problem(value) or _environment_problem(value, "prod", "dev")


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
    """Check a cron expression.

    Source: crontab(5). Prefect's parser takes more (macros, seconds, L, #, 5/15, 6-1), and reads
    some of it otherwise than one would think (59/5, 7-7); that is refused.
    """
    fields = re.split(" +", value.strip(" "))
    if len(fields) != len(_CRON_FIELDS):
        return (
            "tiene que llevar cinco campos separados por espacios (minuto, hora, día, mes y día de "
            "la semana), sin macros como @daily"
        )
    values = []
    for text, (name, low, high, words) in zip(fields, _CRON_FIELDS, strict=True):
        numbers = _cron_numbers(text, low, high, words)
        if not numbers:
            return f"no sirve: el campo de {name} va de {low} a {high}, con comas, guiones o barras"
        values.append(numbers)
    days, months = values[2:4]
    longest = max(calendar.monthrange(2024, month)[1] for month in months)  # 2024: a leap year
    if min(days) > longest:  # with a weekday, too, Prefect finds no date
        return "no corre nunca, porque ese día no existe en ese mes"
    return None


def _cron_numbers(text: str, low: int, high: int, words: tuple[str, ...]) -> set[int]:
    """Return the values that one field of a cron expression stands for; none if it is wrong."""
    numbers: set[int] = set()
    for part in text.lower().split(","):
        match = re.fullmatch(
            r"(?:\*|(\w{1,3})-(\w{1,3}))(?:/([0-9]{1,2}))?|(\w{1,3})", part, re.ASCII
        )
        if not match:
            return set()
        first, last, step, only = match.groups()
        start, end = (
            words.index(word) if word in words else int(word) if word.isdecimal() else -1
            for word in (only or first or str(low), only or last or str(high))
        )
        if not low <= start <= end <= high or (step and not 1 <= int(step) <= high):
            return set()
        if first and start == end:  # «7-7»: Prefect reads the whole range
            return set()
        numbers.update(range(start, end + 1, int(step or 1)))
    return numbers


def _generated_module(folder: str, name: str) -> ModuleType:
    """Import a module of the generated project, where the one implementation of a rule lives."""
    path = Path(__file__).parent / "{{cookiecutter.project_slug}}" / folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    # A __pycache__ in the template's folder would become part of every project.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(loaded)
    finally:
        sys.dont_write_bytecode = before
    return loaded


def _timezone_problem(value: str, _answers: Mapping[str, Any]) -> _Problem | None:
    if value == _QUESTIONS["timezone"].example:  # the default: not worth an import either
        return None
    problem = _generated_module("deployment", "timezones").timezone_problem(value)
    return _Problem(*problem) if problem else None


_QUESTIONS: dict[str, _Question] = {
    "project_name": _Question(_title_problem, "Ventas del día"),
    "project_slug": _Question(_slug_problem, "ventas-del-dia"),
    "description": _Question(_title_problem, "Suma las ventas del día"),
    "flow_kind": _Question(_one_of("basic", "subflows", "monitoring"), "basic"),
    "source": _Question(_one_of("local", "github"), "local"),
    "github_repository": _Question(_repository_problem, "https://github.com/org/flujos.git"),
    "github_secret": _Question(_block_problem, "github-token"),
    "cron": _Question(_cron_problem, "30 1,13,17 * * *"),
    "timezone": _Question(_timezone_problem, "America/Argentina/Buenos_Aires"),
    "pool_dev": _Question(_pool_dev_problem, "pool-dev"),
    "pool_prod": _Question(_pool_prod_problem, "pool-prod"),
    "secrets": _Question(_secrets_problem, "token-api, clave-sql"),
    "prefect_logger": _Question(_one_of("bundled", "consulterscommons"), "bundled"),
    "server_check": _Question(_one_of("warn", "strict", "skip"), "warn"),
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
      \\(?=[!-/:-@\[-`{-~])       # a backslash that would escape the next character
    | [*`~$]                      # emphasis, code, strike-through, formulas
    | (?<![^\W_])_|_(?![^\W_])    # emphasis, but not inside a word
    | \](?=[(:])                  # links
    | <(?=\S)                     # HTML, addresses
    | &(?=\#?\w+;)                # an entity
    | ^>|^[+-](?=\s|$|-)|^=+$     # a quotation, a list, a line
    | ^\#(?=\#*(\s|$))|\#(?=\#*$) # the start or the end of a heading
    """,
    re.VERBOSE,
)
_NUMBERED = re.compile(r"^([0-9]{1,9})(?=[.)](\s|$))")


def markdown(text: str) -> str:
    """Return `text` escaped where Markdown would read markup in it."""
    return _NUMBERED.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", text))
