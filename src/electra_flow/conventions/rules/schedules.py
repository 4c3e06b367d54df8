"""EF01: cada programación corre en un huso que alguien eligió; nunca UTC, ninguno ni un alias.

Las de electra_flow toman el del proyecto; las de Prefect lo dicen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding, nearest
from electra_flow.conventions.project import Project
from electra_flow.conventions.values import (
    Arguments,
    Constant,
    Display,
    External,
    arguments,
    base,
    called,
    evaluate,
    mapping,
    possible,
)
from electra_flow.checks.timezones import timezone_problem

RULE = "EF01 huso-horario"
# Los parámetros posicionales de lo que arma una programación.
_POSITIONS = {
    "Cron": ("cron", "timezone"),
    "Interval": ("interval", "anchor_date", "timezone"),
    "RRule": ("rrule", "timezone"),
    "Schedule": ("interval", "cron", "rrule", "timezone"),
    "CronSchedule": (),
    "IntervalSchedule": (),
    "RRuleSchedule": (),
    "construct_schedule": ("interval", "anchor_date", "cron", "rrule", "timezone"),
}
_RULES = ("cron", "interval", "rrule")
_DEPLOYING = ("deploy", "adeploy", "serve", "aserve", "to_deployment", "ato_deployment")
_CONSTRUCTORS = ("from_flow", "from_entrypoint", "from_storage", "afrom_storage")


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = base(called(call))
        if isinstance(value, External):
            yield from _check_constructor(project, call, value)
        if isinstance(call.func, ast.Attribute) and call.func.attr in _DEPLOYING + _CONSTRUCTORS:
            yield from _check_deploying(call)
        for keyword in call.keywords:
            if keyword.arg in ("schedule", "schedules"):
                yield from _check_dictionaries(project, keyword.value)


def zone_problem(project: Project, zone: object) -> str:
    """Dice qué tiene de malo el huso de una programación y cuál escribir; si nada, nada."""
    if zone == project.timezone:
        return ""
    if not zone:
        return f"La programación no dice su huso y correría en UTC; {_instead(project)}"
    problem = timezone_problem(str(zone))
    reason = problem.reason if problem else "no es el huso del proyecto"
    return f"El huso «{zone}» {reason}; {_instead(project)}"


def _instead(project: Project) -> str:
    return (
        f'escribí timezone="{project.timezone}", o usá Cron, Interval o RRule de electra_flow, que '
        "lo toman solos."
    )


def _check_constructor(project: Project, call: ast.Call, value: External) -> Iterator[Finding]:
    if not value.is_prefect:
        if value.is_ours("Project", "Cron", "Interval", "RRule"):
            yield from _check_own_zone(call)
        return
    if value.last in _POSITIONS:
        given = arguments(call, _POSITIONS[value.last])
        # `Schedule()` sin regla no programa nada.
        required = given.complete and (
            value.last not in ("Schedule", "construct_schedule")
            or any(name in given.values for name in _RULES)
        )
        yield from _check_zone(project, call, given, required=required)
    elif value.last in ("model_validate", "parse_obj") and call.args:
        owner = value.name.split(".")[-2]  # CronSchedule.model_validate({…})
        given = mapping(call.args[0])
        if owner in _POSITIONS:
            yield from _check_zone(project, call.args[0], given, required=given.complete)


def _check_own_zone(call: ast.Call) -> Iterator[Finding]:
    """Revisa el huso del proyecto, o el que una programación de electra_flow dice en su lugar."""
    given = arguments(call).values
    for expression in possible(given["timezone"]) if "timezone" in given else ():
        value = evaluate(expression)
        zone = value.value if isinstance(value, Constant) else None
        if isinstance(zone, str) and zone and (problem := timezone_problem(zone)):
            text = f'El huso «{zone}» {problem.reason}; escribí timezone="{problem.instead}".'
            yield finding(nearest(expression, call), RULE, text)


def _check_zone(
    project: Project, node: ast.AST, given: Arguments, *, required: bool
) -> Iterator[Finding]:
    if "timezone" not in given.values:
        if required:
            yield finding(node, RULE, zone_problem(project, None))
        return
    for expression in possible(given.values["timezone"]):
        value = evaluate(expression)
        if isinstance(value, Constant) and (text := zone_problem(project, value.value)):
            # El dato puede estar en otro lado; lo que hay que mirar es la programación.
            yield finding(nearest(expression, node), RULE, text)


def _check_deploying(call: ast.Call) -> Iterator[Finding]:
    given = arguments(call)
    for name in _RULES:
        value = evaluate(given.values.get(name))
        if name in given.values and not (isinstance(value, Constant) and value.value is None):
            text = (
                f"{name}=… no deja decir el huso y correría en UTC; declará la programación en "
                "deploy.py: schedules=[Cron(…)], con el Cron de electra_flow."
            )
            yield finding(call, RULE, text)


def _check_dictionaries(project: Project, node: ast.expr) -> Iterator[Finding]:
    """Revisa las programaciones escritas como diccionarios, solos o en una lista."""
    value = evaluate(node)
    if not isinstance(value, Display):
        return
    for element in getattr(value.node, "elts", [value.node]):
        given = mapping(element)
        if "schedule" in given.values:
            yield from _check_dictionaries(project, given.values["schedule"])
        elif any(name in given.values for name in _RULES):
            yield from _check_zone(project, element, given, required=given.complete)
