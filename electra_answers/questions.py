"""The questions of cookiecutter.json, in their order: the rule of each, and an answer that works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from electra_answers.cron import cron_problem
from electra_answers.library import EXAMPLE, library_problem
from electra_answers.refusal import NO_TEXT, Problem, refuse, text_problem
from electra_answers.rules import (
    DEFAULT_TIMEZONE,
    block_problem,
    one_of,
    pool_dev_problem,
    pool_prod_problem,
    repository_problem,
    secrets_problem,
    timezone_problem,
    title_problem,
)
from electra_answers.slugs import kind_problem, slug_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Question(NamedTuple):
    """A question: its rule, and an answer that works."""

    rule: Callable[[str, Mapping[str, Any]], str | Problem | None]
    example: str


QUESTIONS: dict[str, Question] = {
    "__library": Question(library_problem, EXAMPLE),
    "project_name": Question(title_problem, "Ventas del día"),
    "project_slug": Question(slug_problem, "ventas-del-dia"),
    "description": Question(title_problem, "Suma las ventas del día"),
    "flow_kind": Question(kind_problem, "basic"),
    "source": Question(one_of("local", "github"), "local"),
    "github_repository": Question(repository_problem, "https://github.com/org/flujos.git"),
    "github_secret": Question(block_problem, "github-token"),
    "cron": Question(cron_problem, "30 1,13,17 * * *"),
    "timezone": Question(timezone_problem, DEFAULT_TIMEZONE),
    "pool_dev": Question(pool_dev_problem, "pool-dev"),
    "pool_prod": Question(pool_prod_problem, "pool-prod"),
    "secrets": Question(secrets_problem, "token-api, clave-sql"),
    "prefect_logger": Question(one_of("bundled", "consulterscommons"), "bundled"),
    "server_check": Question(one_of("warn", "strict", "skip"), "warn"),
}


def check(question: str, answers: Mapping[str, Any]) -> None:
    """Refuse an answer that could not work.

    Raises:
        SystemExit: With one line in Spanish: question, value, rule and an example that works.
    """
    value = answers[question]
    rule, example = QUESTIONS[question]
    if not isinstance(value, str):
        refuse(question, str(value), NO_TEXT, example)
    if problem := text_problem(value) or rule(value, answers):
        refuse(question, value, problem, example)


def last_question(answers: Mapping[str, Any]) -> str:
    """Return the question that was answered last."""
    names = [name for name in answers if name in QUESTIONS or not name.startswith("_")]
    return names[-1] if names else ""


def question_after(question: str) -> str:
    """Return the next question, which is the first one after none."""
    questions = ["", *QUESTIONS]
    return dict(zip(questions, questions[1:], strict=False)).get(question, question)
