"""Questions change by the rules of docs/decisions/questions.md: no answer of a release is lost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from electra_flow.generation.wheel import PROJECT, QUESTIONS
from electra_flow.upgrading import recorded
from electra_flow.upgrading.recorded import RENAMED_CHOICES, RENAMED_QUESTIONS, Recorded
from electra_flow.upgrading.release import Release
from electra_flow.upgrading.template import Rendering, Template
from harness import ROOT
from upgrading.versions import questions_of, release_of, released

# Questions of a release that are not asked any more, and whose answers are of no use.
REMOVED: set[str] = set()
NOT_OF_A_PROJECT = {"server_check"}  # what is done at generation, and nothing in the files
NOW: dict[str, Any] = json.loads((ROOT / QUESTIONS).read_text("utf-8"))
RELEASES = [*released(), release_of(ROOT)]


def asked(questions: dict[str, Any]) -> set[str]:
    return {name for name in questions if not name.startswith("_")}


def choices(questions: dict[str, Any]) -> set[tuple[str, str]]:
    """Return each question that has choices with each of them, as its prompt says."""
    prompts: dict[str, str] = questions["__prompts__"]
    return {
        (name, choice)
        for name, prompt in prompts.items()
        for choice in re.findall(r"\[bold magenta\](.+?)\[/\]", prompt)
    }


def test_a_project_records_the_answer_to_every_question() -> None:
    text = (ROOT / PROJECT / ".electra-flow.json").read_text("utf-8")
    written = re.findall(r"\{\{ cookiecutter\.(\w+) \| quoted \}\}", text)
    assert written == [name for name in NOW if name in asked(NOW) - NOT_OF_A_PROJECT]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_every_question_of_a_release_is_asked_renamed_or_removed(release: Release) -> None:
    then = asked(questions_of(release))
    assert then - asked(NOW) - set(RENAMED_QUESTIONS) - REMOVED == set()
    assert set(RENAMED_QUESTIONS.values()) <= asked(NOW)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_every_choice_of_a_release_is_one_or_renamed(release: Release) -> None:
    then = choices(questions_of(release))
    assert then
    now = {(RENAMED_QUESTIONS.get(name, name), choice) for name, choice in then}
    kept = {pair for pair in now if pair[0] in asked(NOW)} - set(RENAMED_CHOICES)
    assert kept <= choices(NOW)


def test_an_answer_follows_its_question_and_its_choice(
    new: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "RENAMED_QUESTIONS", {"tipo": "flow_kind"})
    monkeypatch.setattr(recorded, "RENAMED_CHOICES", {("flow_kind", "varios"): "subflows"})
    then = Recorded("1.0", Rendering({"tipo": "varios", "otra": "x", "cron": "5 6 * * *"}, "."))
    assert then.now().answers == {"flow_kind": "subflows", "otra": "x", "cron": "5 6 * * *"}
    rendered = new.render(then.now())
    assert "5 6 * * *" in rendered["deploy.py"]
    assert json.loads(rendered[".electra-flow.json"])["answers"]["flow_kind"] == "subflows"
