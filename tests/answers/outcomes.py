"""What comes of some answers: a refusal of one line, or a project that says them unchanged."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from electra_answers.questions import QUESTIONS as RULES
from electra_answers.quoting import names

QUESTIONS = [question for question in RULES if not question.startswith("_")]
MORE = ("avisar", "vigilar")  # the flows that a monitoring project has beside its own
DEFAULTS = {
    "project_name": "Mi flujo",
    "description": "Automatización de Electra que corre en Prefect",
    "timezone": "America/Argentina/Buenos_Aires",
    "cron": "30 1,13,17 * * *",
    "pool_dev": "pool-dev",
    "pool_prod": "pool-prod",
    "secrets": "",
    "flow_kind": "basic",
}


@dataclass
class Outcome:
    """What came of some answers: a refusal, or a project."""

    refusal: str
    path: Path


def assert_refused(outcome: Outcome, question: str) -> str:
    """Check the form of a refusal, and that the answer it offers instead would be accepted."""
    pattern = rf"Respuesta no válida en {question}: «.*» .+; (?:por ejemplo|usá): (.+)"
    match = re.fullmatch(pattern, outcome.refusal)
    assert match, outcome.refusal or "it was generated"
    assert len(outcome.refusal.splitlines()) == 1 and not outcome.path.exists()
    offered = match[1]
    rule = RULES[question].rule
    assert rule(offered, {"pool_dev": "pool-dev"}) is None, f"{offered} would be refused too"
    return outcome.refusal


def assert_generated(outcome: Outcome, **answers: str) -> None:
    """Check that every file parses, and that the answers read back unchanged."""
    assert outcome.refusal == ""
    for path in outcome.path.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8")
            assert "cookiecutter" not in text or path.name == "README.md"
            parse = {".py": ast.parse, ".toml": tomllib.loads, ".yaml": yaml.safe_load}
            parse.get(path.suffix, str)(text)
    said = DEFAULTS | answers
    project = tomllib.loads((outcome.path / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["description"] == said["description"]
    assert said["description"] in literals(outcome.path / "deploy.py", "description")
    (flow,) = (path for path in (outcome.path / "src").iterdir() if path.stem not in MORE)
    assert literals(flow, "description") == [said["description"]]
    assert declared(outcome.path / "deploy.py") == {
        "timezone": said["timezone"],
        "crons": ["55 23 * * *", "55 23 * * 0"]
        if said["flow_kind"] == "monitoring"
        else [said["cron"]],
        "pools": [said["pool_dev"], said["pool_prod"]],
        "secrets": names(said["secrets"]),
    }
    heading, paragraph = shown(outcome.path / "README.md")
    assert (heading, paragraph) == (said["project_name"], said["description"])


def literals(path: Path, keyword: str) -> list[str]:
    """Return the values of the keyword arguments of that name in a Python file."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return [
        ast.literal_eval(node.value)
        for node in nodes
        if isinstance(node, ast.keyword) and node.arg == keyword
    ]


def declared(path: Path) -> dict[str, Any]:
    """Return the answers that a deploy.py holds, without running it."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    calls = [node for node in nodes if isinstance(node, ast.Call)]

    def keywords(function: str, name: str) -> list[Any]:
        found = (call.keywords for call in calls if ast.unparse(call.func) == function)
        return [ast.literal_eval(k.value) for own in found for k in own if k.arg == name]

    crons = [call.args[0] for call in calls if ast.unparse(call.func) == "Cron"]
    if all(isinstance(cron, ast.Constant) for cron in crons):
        crons = [cron.value for cron in crons]
    else:  # those of the report, by their names
        (periods,) = (
            n for n in nodes if isinstance(n, ast.Assign) and n.targets[0].id == "PERIODS"
        )
        crons = list(ast.literal_eval(periods.value).values())
    return {
        "timezone": keywords("Project", "timezone")[0],
        "crons": crons,
        "pools": keywords("Environment", "pool"),
        "secrets": (keywords("Project", "secrets") or [[]])[0],
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
