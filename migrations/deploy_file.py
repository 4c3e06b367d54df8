"""deploy.py of version 0.1.0, as its author has it, rewritten for the library: text to text."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from migrations.deploy_names import FILE, Names, text_of
from migrations.deploy_project import ProjectCall
from migrations.deploy_schedules import rewrite_schedules
from migrations.problem import CannotThinError, uncertain
from migrations.text_edits import TextEdits
from migrations.unused import drop_unused_imports

_DEPLOYMENT = {"name", "description", "schedules", "parameters", "tags", "watchdog"}
# What an author may have added to the machinery's Deployment, and the library's has.
_DEPLOYMENT |= {"version", "concurrency_limit", "work_queue_name", "job_variables", "triggers"}
_DEPLOYMENT |= {"enforce_parameter_schema", "paused", "deploy_options"}


@dataclass(frozen=True)
class Generated:
    """What the template wrote, and writes now.

    Attributes:
        before: deploy.py as it was generated.
        now: deploy.py as it would be generated.
        log_folder: The FLOW_LOG_DIR that is now the library's default.
    """

    before: str
    now: str
    log_folder: str


def thin_deploy(text: str, generated: Generated) -> str:
    """Rewrite a deploy.py; comments and layout stay.

    Args:
        text: The author's file.
        generated: What is not the author's in it, and what takes its place.

    Raises:
        CannotThinError: Something cannot be rewritten for certain.
    """
    try:
        edits = TextEdits(text)
    except SyntaxError as error:
        raise CannotThinError(f"{FILE}:{error.lineno}: no es Python válido: {error.msg}") from None
    names = Names(edits.tree)
    project = ProjectCall(edits, names)
    project.rewrite(generated.log_folder)
    _give_entrypoints(edits, names, project.entrypoint)
    light = rewrite_schedules(edits, names, project.timezone)
    _publish(edits, names, generated.now)
    names.write_imports(edits, light)
    _docstrings(edits, generated)
    result = drop_unused_imports(edits.apply(), used_in=edits.tree)
    compile(result, FILE, "exec", dont_inherit=True)
    return result


def _give_entrypoints(edits: TextEdits, names: Names, entrypoint: str) -> None:
    for call in names.calls("Deployment"):
        if call.args:
            raise uncertain(
                FILE, call, "Deployment(…) lleva argumentos sin nombre; escribilos con él"
            )
        for keyword in call.keywords:
            if keyword.arg and keyword.arg not in _DEPLOYMENT:
                raise uncertain(FILE, keyword, f"Deployment(…) no lleva {keyword.arg}=; sacalo")
            nothing = isinstance(keyword.value, ast.Constant) and keyword.value.value is None
            if keyword.arg == "watchdog" and nothing:  # it meant the project's, and now none
                edits.remove_argument(keyword)
        edits.insert_argument(call, f"entrypoint={entrypoint}")


def _publish(edits: TextEdits, names: Names, now: str) -> None:
    """Write the function that deploys before what calls `main`, and hand it over."""
    calls = names.calls("main")
    if len(calls) != 1:
        where = calls[1] if calls else edits.tree
        raise uncertain(FILE, where, f"tiene que haber un main(PROJECT, …), y hay {len(calls)}")
    (call,) = calls
    given = {keyword.arg: keyword for keyword in call.keywords}
    if None in given or any(isinstance(part, ast.Starred) for part in call.args):
        raise uncertain(
            FILE, call, "main(…) tiene que ser main(PROJECT, deployments, usage=__doc__)"
        )
    if len(call.args) >= 2:
        edits.insert(edits.end(call.args[1]), ", publish")
        for usage in call.args[2:]:
            edits.insert(edits.start(usage), "usage=")
    else:
        edits.append_argument(call, "publish=publish")
    statement = next(part for part in edits.tree.body if call in ast.walk(part))
    edits.insert(edits.comments_above(statement), f"{publish_function(now)}\n\n\n")


def publish_function(now: str) -> str:
    """Return the text of `publish` in a generated deploy.py."""
    edits = TextEdits(now)
    for part in edits.tree.body:
        if isinstance(part, ast.FunctionDef) and part.name == "publish":
            return edits.segment(part)
    raise AssertionError("the template's deploy.py has no publish()")


def _docstrings(edits: TextEdits, generated: Generated) -> None:
    """Put the new help at the head of the file, and the rest, if the old ones stand there."""
    before, now = TextEdits(generated.before), TextEdits(generated.now)
    for name in (None, "deployments"):
        own, old, new = (_docstring(part.tree, name) for part in (edits, before, now))
        if own and old and new and ast.dump(own) == ast.dump(old):
            edits.replace(own, now.segment(new))


def _docstring(tree: ast.Module, function: str | None) -> ast.expr | None:
    """Return the docstring of a file, or of a function in it."""
    bodies = {part.name: part.body for part in tree.body if isinstance(part, ast.FunctionDef)}
    body = tree.body if function is None else bodies.get(function, [])
    first = body[0] if body else None
    return first.value if isinstance(first, ast.Expr) and text_of(first.value) is not None else None
