"""The answers that a project was generated with, found in the project itself."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from electra_answers.questions import check

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SIGNS = ("deployment/cli.py", "deployment/model.py", "deployment/publish.py")
_OTHER_SIGNS = ("conventions/", "src/prefect_logger.py", "src/run_info.py")


def is_fat(files: Mapping[str, bytes]) -> bool:
    """Tell whether these are the files of a project of version 0.1.0."""
    other = any(name.startswith(_OTHER_SIGNS) for name in files)
    return (
        "deploy.py" in files
        and "pyproject.toml" in files
        and other
        and any(s in files for s in _SIGNS)
    )


def read_answers(files: Mapping[str, bytes], folder: str) -> list[dict[str, str]]:
    """Return the answers that a project may have been generated with, the likeliest first.

    Args:
        files: Its files, by path.
        folder: The name of its folder.
    """
    declared = _Declared(_text(files, "deploy.py"))
    pyproject = _toml(_text(files, "pyproject.toml"))
    project = pyproject.get("project", {})
    heading = re.match(r"# +(.+)", _text(files, "README.md"))
    found = {
        "project_slug": project.get("name") or folder,
        "description": project.get("description"),
        "flow_kind": _kind(files),
        "source": "github" if "deployment/git_source.py" in files else "local",
        "github_repository": declared.argument("GitSource", "url"),
        "github_secret": declared.argument("GitSource", "credentials_block"),
        "cron": declared.first("Cron"),
        "timezone": _zone(pyproject) or declared.argument("Project", "timezone"),
        "pool_dev": declared.pool("dev"),
        "pool_prod": declared.pool("prod"),
        "prefect_logger": "bundled" if "src/prefect_logger.py" in files else "consulterscommons",
    }
    title = _ESCAPED.sub(r"\1", heading[1].strip()) if heading else found["project_slug"]
    answers = _valid({"project_name": title, **found})
    # A flow's secrets are often declared after it was generated, without any.
    with_secrets = _valid({**answers, "secrets": ", ".join(declared.texts("secrets"))})
    return [with_secrets, answers] if with_secrets != answers else [answers]


def _valid(found: Mapping[str, Any]) -> dict[str, str]:
    """Return what the template takes for an answer; the rest keeps its default."""
    answers: dict[str, str] = {"pool_dev": "pool-dev"}  # which the rule of the other pool reads
    for question, value in found.items():
        try:
            check(question, {**answers, question: value})
        except SystemExit:
            continue
        answers[question] = value
    return answers


def _kind(files: Mapping[str, bytes]) -> str:
    if {"src/run_reader.py", "src/report_data.py"} <= set(files):
        return "monitoring"
    # Its parameter, in what the template wrote and in what most authors have left of it.
    return (
        "subflows" if "saldo_inicial" in _text(files, "deploy.py") + _all_tests(files) else "basic"
    )


def _all_tests(files: Mapping[str, bytes]) -> str:
    return "".join(_text(files, name) for name in files if name.startswith("tests/"))


def _zone(pyproject: Mapping[str, Any]) -> Any:
    return pyproject.get("tool", {}).get("conventions", {}).get("timezone")


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _text(files: Mapping[str, bytes], name: str) -> str:
    return files.get(name, b"").decode("utf-8", "replace").replace("\r\n", "\n")


class _Declared:
    """The literals of a deploy.py; what is no literal is None."""

    def __init__(self, text: str) -> None:
        try:
            self._tree = ast.parse(text)
        except SyntaxError:
            self._tree = ast.Module([], [])
        self._constants = {
            target.id: statement.value
            for statement in self._tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }

    def argument(self, function: str, name: str) -> Any:
        """Return the value of a keyword argument of a function's first call."""
        return self._literal(self._argument(function, name))

    def first(self, function: str) -> Any:
        """Return the first argument of a function's first call."""
        call = self._call(function)
        return self._literal(call.args[0]) if call and call.args else None

    def pool(self, environment: str) -> Any:
        """Return the work pool of an environment."""
        pools = self._argument("Project", "pools")
        if not isinstance(pools, ast.Dict):
            return None
        entries = zip(pools.keys, pools.values, strict=True)
        return next(
            (self._literal(v) for k, v in entries if k and self._literal(k) == environment), None
        )

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list that the project declares."""
        items = getattr(self._argument("Project", name), "elts", [])
        return [text for item in items if isinstance(text := self._literal(item), str)]

    def _argument(self, function: str, name: str) -> ast.expr | None:
        call = self._call(function)
        value = next((k.value for k in call.keywords if k.arg == name), None) if call else None
        return self._constants.get(value.id, value) if isinstance(value, ast.Name) else value

    def _call(self, function: str) -> ast.Call | None:
        for node in ast.walk(self._tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == function
            ):
                return node
        return None

    def _literal(self, node: ast.expr | None) -> Any:
        if isinstance(node, ast.Name):
            node = self._constants.get(node.id)
        return node.value if isinstance(node, ast.Constant) else None
