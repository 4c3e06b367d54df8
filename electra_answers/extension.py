"""The Jinja extension: it gives templates the checks and the quoting, and keeps Jinja out of answers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from jinja2.ext import Extension

from electra_answers import questions
from electra_answers.hook import hook
from electra_answers.library import library, library_source
from electra_answers.quoting import markdown, names, python, quoted, shell
from electra_answers.refusal import JINJA, JINJA_PROBLEM, NO_TEXT, refuse
from electra_answers.shortcuts import fill, shorten
from electra_answers.slugs import module, slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment


class Answers(Extension):
    """Give templates the checks and the quoting, and keep Jinja out of the answers."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._checked = ""
        self._answers: Mapping[str, Any] = {}  # once all are checked
        self._compile = functools.cache(environment.from_string)  # one check, for all questions
        environment.from_string = functools.partial(_Rendering, self)
        environment.get_template = self._template
        environment.optimized = False  # no template here has constants to fold
        self._filters = {
            "check": self.check,
            "hook": hook,
            "library": library,
            "library_source": library_source,
            "markdown": markdown,
            "module": module,
            "names": names,
            "python": python,
            "quoted": quoted,
            "shell": shell,
            "slug": slug,
        }
        environment.filters.update(self._filters)

    def check(self, answers: Mapping[str, Any]) -> str:
        """Refuse the last answer in one line, or return an empty string.

        Args:
            answers: The answers so far, by question, in the order of cookiecutter.json.

        Raises:
            SystemExit: With one line in Spanish: question, value, rule and an example that works.
        """
        question = questions.last_question(answers)
        if question == self._checked:  # cookiecutter asks for dictionaries later
            self._refuse_next(question, "{…}", NO_TEXT)
        if question in questions.QUESTIONS:
            questions.check(question, answers)
        self._checked = question
        return ""

    def _refuse_next(self, question: str, value: str, problem: str) -> NoReturn:
        """Refuse the answer to the question after `question`."""
        following = questions.question_after(question)
        refuse(following, value, problem, questions.QUESTIONS[following].example)

    def render(self, source: str, context: dict[str, Any]) -> str:
        """Render a template's string, but never an answer.

        cookiecutter renders an answer of the command line or of the user's configuration like a
        default of cookiecutter.json, so what may hold Jinja depends on how far the answers are.
        When they are complete, before the first file is made, all are checked once more, since
        those of a replay file and those whose check was overridden were not checked yet.
        """
        if not JINJA.search(source):  # most answers and file names; compiling each costs 0.15 ms
            return source
        answers = context["cookiecutter"]
        if "_extensions" not in answers:  # the last key but one; until then, questions are asked
            last = next(reversed(answers), "")
            ours = _DERIVED.get(last, "") if last.startswith("_") else _CHECK
            if source != ours:
                self._refuse_next(questions.last_question(answers), source, JINJA_PROBLEM)
        elif source == _FOLDER:
            for question in (name for name in questions.QUESTIONS if name in answers):
                questions.check(question, answers)
            answers["__module"] = module(answers["project_slug"])
            answers.setdefault("__library", "")  # a replay of an older version has none
            self._answers = answers
        if self._answers:
            source = shorten(source, self._answers)
        text = fill(source, answers, self._filters)
        return self._compile(source).render(**context) if text is None else text

    def _template(self, name: str) -> _Rendering:
        """Return a file of the template, as `Environment.get_template` does."""
        loader = self.environment.loader
        assert loader
        return _Rendering(self, loader.get_source(self.environment, name)[0])


class _Rendering(NamedTuple):
    """What `from_string` gives in place of a template, to be compiled only when rendered."""

    answers: Answers
    source: str

    def render(self, **context: Any) -> str:
        return self.answers.render(self.source, context)


_FOLDER = "{{cookiecutter.project_slug}}"
_CHECK = "{{ cookiecutter | check }}"
# The other Jinja in cookiecutter.json, by the key before it.
_DERIVED = {
    "__library": _CHECK,
    "__project_name": "{{ cookiecutter.project_name | slug }}",
    "__project_slug": "{{ cookiecutter.project_slug | module }}",
}
