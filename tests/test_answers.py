"""Answers are data: each is refused in one line, or arrives unchanged in a project that works.

The cells of the table below have two outcomes and no third. So have the arbitrary answers that
Hypothesis makes; how many there were stands in pytest's summary.
"""

from __future__ import annotations

import ast
import email
import json
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cookiecutter.main import cookiecutter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import template_answers
from harness import ROOT, TOOLS, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated, Project

QUESTIONS = [
    key for key in json.loads((ROOT / "cookiecutter.json").read_text("utf-8")) if key[0] != "_"
]


@dataclass
class Outcome:
    """What came of some answers: a refusal, or a project."""

    refusal: str
    path: Path


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Return a function that generates in this process, without the hook: a twentieth of a second."""
    folder = tmp_path_factory.mktemp("answers")
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder / 'replay'}\n", "utf-8")
    (folder / "replay").mkdir()  # cookiecutter would, with the first project

    def answer(**answers: Any) -> Outcome:
        target = folder / "out"
        shutil.rmtree(target, ignore_errors=True)
        before = sorted(folder.iterdir())
        arguments = {"no_input": True, "accept_hooks": False, "config_file": str(config)}
        try:
            path = cookiecutter(
                str(ROOT), extra_context=answers, output_dir=str(target), **arguments
            )
        except SystemExit as refusal:
            assert sorted(folder.iterdir()) == before, "a refusal leaves nothing on the disk"
            return Outcome(str(refusal), target)
        return Outcome("", Path(path))

    return answer


def assert_refused(outcome: Outcome, question: str) -> str:
    """Check the form of a refusal, and that the answer it offers instead would be accepted."""
    pattern = rf"Respuesta no válida en {question}: «.*» .+; (?:por ejemplo|usá): (.+)"
    match = re.fullmatch(pattern, outcome.refusal)
    assert match, outcome.refusal or "it was generated"
    assert len(outcome.refusal.splitlines()) == 1 and not outcome.path.exists()
    offered = match[1]
    rule = template_answers._QUESTIONS[question].rule
    assert rule(offered, {"pool_dev": "pool-dev"}) is None, f"{offered} would be refused too"
    return outcome.refusal


def assert_generated(outcome: Outcome, **answers: str) -> None:
    """Check that every file parses, is clean, and that the answers read back unchanged."""
    assert outcome.refusal == ""
    for path in outcome.path.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8")
            assert "cookiecutter" not in text or path.name == "README.md"
            parse = {".py": ast.parse, ".toml": tomllib.loads, ".yaml": yaml.safe_load}
            parse.get(path.suffix, str)(text)
    if "description" in answers:
        project = tomllib.loads((outcome.path / "pyproject.toml").read_text("utf-8"))["project"]
        assert project["description"] == answers["description"]
        assert literal(outcome.path / "deploy.py", "description") == answers["description"]
        ours = ("prefect_logger.py", "run_info.py", "run_reader.py")
        (flow,) = (
            file
            for file in (outcome.path / "src").iterdir()
            if file.name not in ours and not file.name.startswith("report_")
        )
        assert literal(flow, "description") == answers["description"]
    assert declared(outcome.path / "deploy.py") == {
        "timezone": answers.get("timezone", "America/Argentina/Buenos_Aires"),
        "crons": ["55 23 * * *", "55 23 * * 0"]
        if answers.get("flow_kind") == "monitoring"
        else [answers.get("cron", "30 1,13,17 * * *")],
        "pool_dev": answers.get("pool_dev", "pool-dev"),
        "pool_prod": answers.get("pool_prod", "pool-prod"),
        "secrets": template_answers.names(answers.get("secrets", "")),
    }
    heading, paragraph = shown(outcome.path / "README.md")
    assert heading == answers.get("project_name", "Mi flujo")
    assert paragraph == answers.get("description", "Automatización de Electra que corre en Prefect")
    for command in (["check"], ["format", "--check"]):
        ruff = [TOOLS / "ruff", *command, "--quiet", "--no-cache", outcome.path]
        done = subprocess.run(ruff, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def literal(path: Path, keyword: str) -> str:
    """Return the value of the first keyword argument of that name in a Python file."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return next(
        ast.literal_eval(node.value)
        for node in nodes
        if isinstance(node, ast.keyword) and node.arg == keyword
    )


def declared(path: Path) -> dict[str, Any]:
    """Return the answers that a deploy.py holds, without running it."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    (zone,) = (
        n.value.value for n in nodes if isinstance(n, ast.Assign) and n.targets[0].id == "TIMEZONE"
    )
    crons = [
        n.args[0].value for n in nodes if isinstance(n, ast.Call) and ast.unparse(n.func) == "Cron"
    ]
    keywords = {n.arg: n.value for n in nodes if isinstance(n, ast.keyword)}
    pools = ast.literal_eval(keywords["pools"])
    return {
        "timezone": zone,
        "crons": crons,
        "pool_dev": pools["dev"],
        "pool_prod": pools["prod"],
        "secrets": ast.literal_eval(keywords["secrets"]),
    }


def shown(readme: Path) -> tuple[str, str]:
    """Return the heading and the first paragraph of a README as a reader sees them."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(readme.read_text("utf-8"))
    inline = [token for token in tokens if token.type == "inline"][:2]

    def text(token: Any) -> str:
        parts = [child for child in token.children if child.content]
        assert all(child.type in ("text", "text_special") for child in parts), parts
        return "".join(child.content for child in parts)

    assert (tokens[0].type, tokens[3].type) == ("heading_open", "paragraph_open")
    return text(inline[0]), text(inline[1])


# --- The table --------------------------------------------------------------------------------

WELCOME: dict[str, list[str]] = {
    "project_name": [
        "Ventas del día: añejas, ¿o qué?", "L'été", 'El "flujo"', "100% #1 {llaves} [corchetes]",
        "C:\\temp\\nuevo", "termina en \\", "# no es un título", "Título #", "1. uno", "- guión",
        "日本語のフロー", "تدفق البيانات", "🚀", "👩‍💻 ñandú", "<b>negrita</b>", "&amp; y &", "*a* _b_ `c`",
        "class", "2024", "x" * 300, '"""', "'''", "{ % raw % }", "$HOME `id` $(id)", "a | b", "===",
        "[a](http://example.com)", "![a](b)", "~~a~~", "@all", "\u0301", "e\u0301", "-",
        "https://example.com", "=", "--", "...", "None", "null", "true", "%s %d {0}", "/etc/passwd",
    ],
    "description": [
        'Dice "hola" y \'chau\'', "termina en \\", '"""', "\\N{BULLET} \\u0041 \\x41", "#", "'",
        "a: b", "- a", "{a: b}", "& * ! | > % @ `", "日本語", "🚀 🇦🇷", "x" * 2000, "~", "null",
        "\u00a1Hola!", "/tmp/x", "0.0.0.0", "<1@b.co>", "SELECT * FROM t WHERE a = '%s'",  "a\u00a0b", "${HOME} %PATH%", "<script>alert(1)</script>", "\\",
        "# {", "}}", "%}", "#}", "{ {", "{ % a % }",
    ],
    "project_slug": ["a", "mi-flujo-2", "x1", "a" * 40, "contabilidad", "aux-2", "classes", "flujo", "nombre",
                     "logger", "letras", "servidor", "sin-prefect", "none", "secretos"],
    "flow_kind": ["basic", "subflows", "monitoring"],
    "github_repository": [
        "https://github.com/org/repo", "https://git.example.com:8443/a.b/c_d.git",
        "https://localhost/a/b",
    ],
    "github_secret": ["a", "token-1", "1-2"],
    "cron": [
        "* * * * *", "*/5 0-6 1,15 * mon-fri", "0 0 29 2 *", "0 0 31 5 1", "5-59/15 * * * *",
        "0  0  *  *  0", "0 0 * jan,DEC sun", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 * * * *",
        "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28 * * * *",
    ],
    "timezone": ["America/Montevideo", "Europe/Madrid", "Asia/Kolkata", "Europe/Kyiv"],
    "pool_dev": ["pool 2", "Pool_Dev.1", "ñandú", "cafe\u0301", "पूल", "0.0.0.0", "x" * 100],
    "pool_prod": ["producción"],
    "secrets": ["a", "a,b", " a , b ,", "a, a", "x" * 60, ",", "a-" * 30 + "b", "un--doble"],
}  # fmt: skip

CONTROL = ["a\nb", "a\rb", "a\tb", "a\x00b", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b",
           "a\ud800b", "a\ufffeb", "a\u202eb"]  # fmt: skip
JINJA = ["{{ 7*7 }}", "{% if %}", "{# x #}", "a {{", "{%", "{{ cookiecutter }}",
         "{{ ''.__class__.__mro__ }}", "{{ cookiecutter | tojson }}", "{{ cookiecutter | nope }}",
         "{{ cookiecutter | check }}", "{{cookiecutter.project_slug}}",
         "{{ cookiecutter.project_slug | module }}", "{% raw %}{{ x }}{% endraw %}"]  # fmt: skip

REFUSED: dict[str, list[str]] = {
    "project_name": ["", " ", "\u200d", "\ufeff", "\u00a0", "\u3000", " a", "a ", *CONTROL, *JINJA],
    "description": ["", " ", "\u2003", "a\u00a0", *CONTROL, *JINJA],
    "project_slug": [
        "", " ", "l", "Mi-Flujo", "mi_flujo", "mi flujo", "año", "1a", "-a", "a-", "a--b", "a.b", "a/b",
        "../a", "..", "a\\b", "C:", "/a", "~", "class", "match", "type", "logging",
        "prefect", "test", "tests", "src", "deploy", "deployment", "prefect-logger", "con", "aux",
        "nul", "com1", "lpt9", "a" * 41, "yaml", "print", "flow", "task", "concurrent-log-handler",
        "ｍi", "ı", "a;b", "$(id)", "`id`", "a&b", *CONTROL, *JINJA,
    ],
    "flow_kind": ["", "Basic", "sub-flows", "1", *JINJA],
    "source": ["", "gitlab", "GitHub"],
    "github_repository": [
        "", "http://github.com/a/b", "git@github.com:a/b.git", "https://github.com/a",
        "https://github.com/a/b/c", "https://user:pw@github.com/a/b", "https://token@github.com/a/b",
        "https://github.com/a/b?x=1", "https://github.com/a/b#x", "https://github.com/../b",
        "https://github.com/a/..", "https:///a/b", "https://[::1/a/b", "https://h:99999/a/b",
        "https://github.com/a b/c", 'https://github.com/a/b"', "https://github.com/a/b/",
        "https://github.com/a/.git", "file:///etc/passwd", "https://ｇithub.com/a/b", *CONTROL, *JINJA,
    ],
    "github_secret": ["", "mi_secreto", "Mi-Secreto", "a b", "-", "a,b", "año", *CONTROL],
    "cron": [
        "", "@daily", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
        "* * * 13 *", "* * * * 8", "0 0 30 2 *", "0 0 31 2,4,6 *", "0 0 30 2 0-6", "R * * * *",
        "*/0 * * * *", "a * * * *", "1,,2 * * * *", "5-1 * * * *", "٣ * * * *", "-1 * * * *",
        "* * L * *", "* * * * 1#2", "1.5 * * * *", "*\u00a0* * * *",
        "0 0 30 2 1", "0 0 31 4 mon", "0 0-0 * * *", "0 0 * * 7-7", "59/5 * * * *", "5/15 * * * *", "9" * 5000 + " * * * *", *CONTROL, *JINJA,
    ],
    "timezone": [
        "", "UTC", "utc", "Etc/UTC", "Zulu", "GMT", "Etc/GMT+3", "UTC-3", "America/Buenos_Aires",
        "US/Eastern", "america/argentina/buenos_aires", "Buenos Aires", "Marte/Olimpo", "../UTC",
        "EST", "Factory", *CONTROL, *JINJA,
    ],
    "pool_dev": ["pool-prod", "Electra producción", "", " ", "a/b", "a%b", "a&b", "a>b", '"', "-a", "a ", "prefect-x", "x" * 101, "$a",
                 "`a`", *CONTROL, *JINJA],
    "pool_prod": ["", "pool de desarrollo", "pool-dev", "Prefect", "a/b"],
    "secrets": ["mi_secreto", "a, Mi-Secreto", "a b", "a;b", "año", "a,-", *CONTROL, *JINJA],
    "prefect_logger": ["", "loguru"],
    "server_check": ["", "yes", "WARN"],
}  # fmt: skip


def cells(table: dict[str, list[str]]) -> list[Any]:
    return [
        pytest.param(question, value, id=f"{question}-{number}")
        for question, values in table.items()
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(("question", "value"), cells(WELCOME))
def test_a_welcome_answer_arrives_unchanged(
    answer: Callable[..., Outcome], question: str, value: str
) -> None:
    assert_generated(answer(**{question: value}), **{question: value})


@pytest.mark.parametrize("kind", ["subflows", "monitoring"])
@pytest.mark.parametrize("question", ["description", "project_slug", "timezone", "secrets"])
def test_a_welcome_answer_arrives_unchanged_in_each_kind_of_flow(
    answer: Callable[..., Outcome], question: str, kind: str
) -> None:
    for value in WELCOME[question]:
        answers = {question: value, "flow_kind": kind}
        assert_generated(answer(**answers), **answers)


@pytest.mark.parametrize(("question", "value"), cells(REFUSED))
def test_an_answer_that_could_not_work_is_refused(
    answer: Callable[..., Outcome], question: str, value: str
) -> None:
    assert_refused(answer(**{question: value}), question)


OFFERS = [
    ("github_secret", "mi_secreto", "mi-secreto"),
    ("secrets", "Token API, clave_sql", "token-api, clave-sql"),
    ("timezone", "America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("timezone", "Asia/Calcutta", "Asia/Kolkata"),
    ("timezone", "montevideo", "America/Montevideo"),
    ("project_slug", "Año Nuevo", "ano-nuevo"),
    ("project_slug", "logging", "flujo-logging"),
    ("project_name", " Ventas ", "Ventas"),
]


@pytest.mark.parametrize(("question", "value", "offered"), OFFERS)
def test_a_refusal_offers_the_right_spelling(
    answer: Callable[..., Outcome], question: str, value: str, offered: str
) -> None:
    assert answer(**{question: value}).refusal.endswith(f"; usá: {offered}")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Año nuevo", "ano-nuevo"), ("2024", "flujo-2024"), ("🚀", "mi-flujo"), ("class", "flujo-class"),
     ("logging", "flujo-logging"), ("日本", "ri-ben"), ("con", "flujo-con"), ("x" * 90, "x" * 34)],
)  # fmt: skip
def test_every_title_gives_a_slug_that_works(
    answer: Callable[..., Outcome], name: str, slug: str
) -> None:
    outcome = answer(project_name=name)
    assert outcome.path.name == slug
    assert (outcome.path / "src" / f"{slug.replace('-', '_')}.py").is_file()


# --- Arbitrary answers --------------------------------------------------------------------------

HOSTILE = st.sampled_from([*CONTROL, *JINJA, "{{", "}}", '"', "'", "\\", '"""', "#", "\u2028"])
VISIBLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs"))
TITLE = st.lists(st.text(VISIBLE, min_size=1, max_size=8), min_size=1, max_size=5).map(" ".join)
MARKUP = st.text(st.sampled_from("\\\"'`*_~#<>&;[](){}|!-+=.:$%^/?,01ab "), min_size=1, max_size=40)
ANYTHING = st.one_of(
    st.text(max_size=60), st.lists(st.one_of(HOSTILE, st.text(max_size=4)), max_size=6).map("".join)
)
COUNTS = {"refused": 0, "generated": 0}


@settings(
    max_examples=int(os.environ.get("ANSWERS", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.one_of(TITLE, MARKUP, MARKUP.map(str.strip), ANYTHING),
    description=st.one_of(TITLE, MARKUP, MARKUP.map(str.strip), ANYTHING),
    others=st.dictionaries(st.sampled_from(QUESTIONS), ANYTHING, max_size=1),
)
def test_arbitrary_answers_have_two_outcomes_and_no_third(
    answer: Callable[..., Outcome], name: str, description: str, others: dict[str, str]
) -> None:
    answers = {"project_name": name, "description": description} | others
    outcome = answer(**answers)
    if outcome.refusal:
        COUNTS["refused"] += 1
        refused = next(key for key in QUESTIONS if f" en {key}: " in outcome.refusal)
        assert_refused(outcome, refused)
    else:
        COUNTS["generated"] += 1
        assert_generated(outcome, **answers)


# --- Never executed -----------------------------------------------------------------------------


def payloads(marker: Path) -> list[str]:
    """Answers that would make a file, were one of them run as Jinja, Python or shell."""
    touch = f"__import__('pathlib').Path('{marker}').touch()"
    jinja = "{{ cycler.__init__.__globals__.os.system('touch MARKER') }}"
    return [
        jinja.replace("MARKER", str(marker)),
        f"{{% set x = {touch} %}}",
        f'" + {touch} + "',
        f"' + {touch} + '",
        f'"""\n{touch}\n"""',
        f'""" + {touch} + """',
        f'\\"; {touch} #',
        f"$(touch {marker})",
        f"`touch {marker}`",
        f"; touch {marker} ;",
        f"x] = 1; {touch}; y = [",
    ]


@pytest.mark.real
def test_no_answer_is_executed_at_generation_or_at_import(
    tmp_path: Path, generate: Callable[..., Generated], installed: Project
) -> None:
    """On the command line, with the hook; titles that are no Jinja are generated and imported."""
    marker = tmp_path / "executed"
    imported = 0
    for number, payload in enumerate(payloads(marker)):
        folder = tmp_path / str(number)
        folder.mkdir()
        titles = {"project_name": payload, "description": payload, "project_slug": "mi-flujo"}
        for answers in (titles, {"pool_dev": payload}, {"secrets": payload}, {"cron": payload}):
            generated = generate(folder, **answers)
            assert "Traceback" not in generated.output
            welcome = answers is titles and "{{" not in payload and "{%" not in payload
            assert (generated.code == 0) == (welcome and "\n" not in payload)
            if generated.code == 0:
                code = "import sys; sys.path[:0] = ['.', 'src']; import deploy, mi_flujo; deploy.deployments()"
                result = run(installed.python, "-c", code, cwd=generated.path, env=installed.env)
                assert result.code == 0, result.output
                imported += 1
    assert imported >= 8
    assert not marker.exists()


HOSTILE_PROJECTS = {
    "titles": {
        "project_name": 'Ventas "del" día \\ 🚀 {x} #1 \'ñ\' """ <b> & *x*',
        "description": '"""\\ %s $HOME `id` {x} \\',
    },
    "a slug": {"project_slug": "a" * 40},
    "names of the flow's file": {"project_slug": "logger"},
    "secrets": {"secrets": ", ".join(["a", "un--doble", "x" * 70])},
    "pools": {"pool_dev": "pool de prueba ñ", "pool_prod": "Producción 0.0.0.0"},
    "a schedule": {"cron": ",".join(map(str, range(0, 60))) + " * * * *", "timezone": "Asia/Tokyo"},
}


@pytest.mark.real
@pytest.mark.parametrize("case", HOSTILE_PROJECTS)
def test_a_project_of_odd_answers_passes_its_own_tests(
    tmp_path: Path, generate: Callable[..., Generated], installed: Project, case: str
) -> None:
    generated = generate(tmp_path, **HOSTILE_PROJECTS[case])
    assert generated.code == 0, generated.output
    (path,) = (path for path in tmp_path.iterdir() if path.is_dir())
    result = run(installed.python, "-m", "pytest", "-q", cwd=path, env=installed.env)
    assert result.code == 0, result.output


def test_the_built_metadata_tells_the_description(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    description = HOSTILE_PROJECTS["titles"]["description"]
    path = generate(tmp_path, description=description).path
    build = "from setuptools.build_meta import *; print(prepare_metadata_for_build_wheel('out'))"
    (path / "out").mkdir()
    built = run(TOOLS / "python", "-c", build, cwd=path, env=environment)
    assert built.code == 0, built.output
    (metadata,) = (path / "out").glob("*/METADATA")
    assert email.message_from_string(metadata.read_text("utf-8"))["Summary"] == description


@pytest.mark.real
def test_a_schedule_that_is_accepted_is_read_by_prefect_as_it_is_written(
    installed: Project,
) -> None:
    """A thousand arbitrary ones: Prefect's parser gives the same minutes, hours, days and months."""
    random = Random(4711)
    accepted = []
    while len(accepted) < 1000:
        fields = [
            arbitrary_cron_field(random, low, high)
            for _, low, high, _ in template_answers._CRON_FIELDS
        ]
        if template_answers._cron_problem(" ".join(fields), {}) is None:
            accepted.append(fields)
    numbers = [
        [
            sorted(template_answers._cron_numbers(text, low, high, words))
            for text, (_, low, high, words) in zip(
                fields, template_answers._CRON_FIELDS, strict=True
            )
        ]
        for fields in accepted
    ]
    (installed.path / "cron.json").write_text(json.dumps([accepted, numbers]), "utf-8")
    result = installed.run("-c", COMPARE_CRON)
    (installed.path / "cron.json").unlink()
    assert result.lines[-1] == "1000 alike", result.output


def arbitrary_cron_field(random: Random, low: int, high: int) -> str:
    """Return something like `3,10-40/5`, or like `40-10/70`."""

    def part() -> str:
        first, last = random.randint(low, high), random.randint(low, high)
        span = random.choice(["*", f"{first}", f"{first}-{last}"])
        return span + random.choice(["", "", f"/{random.randint(1, high)}"])

    return ",".join(part() for _ in range(random.choice([1, 1, 2])))


COMPARE_CRON = """
import datetime, json
from prefect._vendor.croniter import croniter
alike = 0
accepted, numbers = json.load(open("cron.json"))
now = datetime.datetime(2026, 11, 24, tzinfo=datetime.timezone.utc)
for fields, (minutes, hours, days, months, weekdays) in zip(accepted, numbers):
    times = croniter(" ".join(fields), now)
    weekdays = {day % 7 for day in weekdays}
    any_day, any_weekday = fields[2] == "*", fields[4] == "*"
    for _ in range(20):
        time = times.get_next(datetime.datetime)
        day, weekday = time.day in days, time.isoweekday() % 7 in weekdays
        fits = weekday if any_day else day if any_weekday else day or weekday
        if not (time.minute in minutes and time.hour in hours and time.month in months and fits):
            print(fields, time)
            break
    else:
        alike += 1
print(alike, "alike")
"""


@pytest.mark.real
def test_every_module_that_a_project_installs_is_refused_as_a_slug(installed: Project) -> None:
    code = (
        "import importlib.metadata as m, json, sys; "
        "print(json.dumps([n for n in m.packages_distributions() if n not in sys.stdlib_module_names]))"
    )
    names = json.loads(installed.run("-c", code).output)
    free = [name for name in names if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)]
    assert [name for name in free if template_answers._taken_by(name) is None] == []


def test_a_replayed_answer_is_checked_like_a_given_one(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    """cookiecutter asks nothing when it replays, so nothing is checked until the first file."""
    (tmp_path / "first").mkdir()
    generate(tmp_path / "first", env={"HOME": str(tmp_path)})
    (replay,) = (tmp_path / ".cookiecutter_replay").iterdir()
    saved = json.loads(replay.read_text("utf-8"))
    command = (TOOLS / "cookiecutter", "--replay-file", replay, ROOT, "--output-dir")
    for question, value in {
        "project_slug": "../fuera", "description": "a\nb", "secrets": 'a"', "cron": "x", "timezone": "UTC",
    }.items():  # fmt: skip
        changed = saved | {"cookiecutter": saved["cookiecutter"] | {question: value}}
        replay.write_text(json.dumps(changed), "utf-8")
        folder = tmp_path / question
        result = run(*command, folder, cwd=tmp_path, env=environment)
        assert result.code == 1
        assert result.output.startswith(f"Respuesta no válida en {question}: ")
        assert not folder.exists() or list(folder.iterdir()) == []
    assert not (tmp_path / "fuera").exists()
    replay.write_text(json.dumps(saved), "utf-8")
    assert run(*command, tmp_path / "again", cwd=tmp_path, env=environment).code == 0
    assert (tmp_path / "again" / "mi-flujo" / "deploy.py").is_file()


@pytest.mark.parametrize("question", ["description", "project_slug", "timezone"])
def test_a_check_cannot_be_switched_off_by_its_private_variable(
    answer: Callable[..., Outcome], question: str
) -> None:
    assert_refused(answer(**{question: "../a\n", f"__{question}": ""}), question)


def test_the_module_cannot_be_another_than_the_slug_s(answer: Callable[..., Outcome]) -> None:
    outcome = answer(__module="a b")
    assert (outcome.path / "src" / "mi_flujo.py").is_file()


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_that_is_no_text_is_refused(
    answer: Callable[..., Outcome], question: str
) -> None:
    """A dictionary in a configuration file, which cookiecutter asks for after all the others."""
    assert_refused(answer(**{question: {"a": "b"}}), question)


# --- The defaults of a team ----------------------------------------------------------------------


def test_a_team_sets_its_defaults_once_in_cookiecutter_s_configuration(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """The example of the READMEs."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (config,) = re.findall(r"```yaml\n(default_context:\n.*?)```", readme, re.S)
    (tmp_path / ".cookiecutterrc").write_text(config, "utf-8")
    generated = generate(tmp_path, env={"HOME": str(tmp_path)})
    assert generated.code == 0, generated.output
    deploy = (generated.path / "deploy.py").read_text("utf-8")
    assert '"dev": "pool-pruebas",' in deploy and '"prod": "pool-produccion",' in deploy
    assert '"token-api",\n        "clave-sql",' in deploy


def test_a_wrong_default_of_a_team_is_refused_like_an_answer(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    (tmp_path / ".cookiecutterrc").write_text("default_context:\n  timezone: UTC\n", "utf-8")
    generated = generate(tmp_path, env={"HOME": str(tmp_path)})
    assert generated.code != 0 and len(generated.lines) == 1
    assert generated.lines[0].startswith("Respuesta no válida en timezone: «UTC» es UTC")


def test_a_typed_answer_is_refused_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    """Typed, so that the questions are asked one by one; the later ones are not asked any more."""
    done = subprocess.run(
        [TOOLS / "cookiecutter", ROOT, "--output-dir", tmp_path],
        input="Ventas\nmi_slug\n",
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "[2/14] Nombre corto" in done.stdout and "[3/14]" not in done.stdout
    assert done.stderr.startswith("Respuesta no válida en project_slug: «mi_slug»")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
