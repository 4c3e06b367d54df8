"""Answers are data: each is refused in one line, or arrives unchanged in a project that works.

The cells of the table below have two outcomes and no third.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from answers.hostile import CONTROL, JINJA
from answers.outcomes import assert_generated, assert_refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from answers.outcomes import Outcome

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

REFUSED: dict[str, list[str]] = {
    "project_name": ["", " ", "\u200d", "\ufeff", "\u00a0", "\u3000", " a", "a ", *CONTROL, *JINJA],
    "description": ["", " ", "\u2003", "a\u00a0", *CONTROL, *JINJA],
    "project_slug": [
        "", " ", "l", "Mi-Flujo", "mi_flujo", "mi flujo", "año", "1a", "-a", "a-", "a--b", "a.b", "a/b",
        "../a", "..", "a\\b", "C:", "/a", "~", "class", "match", "type", "logging",
        "prefect", "test", "tests", "src", "deploy", "electra-flow", "test-project", "con", "aux",
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


@pytest.mark.parametrize(
    "kind",
    [
        "basic",
        *(
            pytest.param(kind, marks=pytest.mark.real)
            for kind in ("subflows", "distributed", "monitoring")
        ),
    ],
)
@pytest.mark.parametrize("number", range(max(map(len, WELCOME.values()))))
def test_welcome_answers_arrive_unchanged_in_each_kind_of_flow(
    answer: Callable[..., Outcome], number: int, kind: str
) -> None:
    """The first of each question in one project, the second of each in another, and so on."""
    answers = {name: values[number] for name, values in WELCOME.items() if number < len(values)}
    answers["flow_kind"] = kind
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
