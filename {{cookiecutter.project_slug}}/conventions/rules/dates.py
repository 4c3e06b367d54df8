"""EF09: fechas con huso. Lo que se ve en una línea lo dice ruff (DTZ); acá, lo que no ve."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from conventions.findings import Finding, finding
from conventions.project import Project
from conventions.rules.logs import ruff_sees
from conventions.values import (
    Constant,
    External,
    Result,
    arguments,
    called,
    evaluate,
    external,
    text_of,
)

RULE = "EF09 fecha-sin-huso"
_ALWAYS = {"utcnow", "today", "utcfromtimestamp"}  # nunca llevan huso
_COMBINE = "datetime.datetime.combine"
_PARSED = {"pandas.Timestamp", "pandas.to_datetime"}
_NOW = {"now", "today"}
_CLASSES = {"datetime.datetime", "datetime.date", "pandas.Timestamp"}


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = called(call)
        # De pandas y de combine, ruff no dice nada.
        if isinstance(value, External) and not (
            ruff_sees(call.func, value) and value.root != "pandas" and value.name != _COMBINE
        ):
            if value.root == "pytz":
                yield finding(call, RULE, "pytz no va más; usá zoneinfo.ZoneInfo(…), de Python.")
            elif _is_naive(value.name) and _has_no_zone(value, call):
                yield finding(call, RULE, _text(project, value))
            elif (value.name == "datetime.datetime" and _is_built_naive(call)) or (
                value.name == _COMBINE and _is_combined_naive(call)
            ):
                yield finding(call, RULE, f"A esta fecha le falta tzinfo={_zone(project)}.")
            elif value.name in _PARSED and text_of(call.args[0] if call.args else None) in _NOW:
                yield finding(call, RULE, _text(project, value))
        if external(call.func) != "functools.partial":
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                # `field(default_factory=datetime.now)`: la va a llamar otro, sin huso.
                passed = evaluate(argument)
                if isinstance(passed, External) and _is_naive(passed.name):
                    yield finding(argument, RULE, _text(project, passed))


def _zone(project: Project) -> str:
    return f'ZoneInfo("{project.timezone}")'


def _is_built_naive(call: ast.Call) -> bool:
    """Dice si es un datetime(2024, 1, 1) sin huso."""
    given = arguments(call)
    return given.complete and "tzinfo" not in given.values and 3 <= len(given.values) < 8


def _is_combined_naive(call: ast.Call) -> bool:
    """Dice si es un datetime.combine(dia, time(8)), o con time.min, sin huso."""
    given = arguments(call, ("date", "time", "tzinfo"))
    hour = evaluate(given.values.get("time"))
    if not given.complete or "tzinfo" in given.values:
        return False
    if isinstance(hour, Result):
        return (
            hour.callee == External("datetime.time")
            and "tzinfo"
            not in arguments(
                hour.call, ("hour", "minute", "second", "microsecond", "tzinfo")
            ).values
        )
    return hour in (External("datetime.time.min"), External("datetime.time.max"))


def _text(project: Project, value: External) -> str:
    kind = "pd.Timestamp" if value.root == "pandas" else "datetime"
    return (
        f'{value.name} da acá una fecha sin huso; usá {kind}.now(ZoneInfo("{project.timezone}")).'
    )


def _is_naive(name: str) -> bool:
    owner, _, method = name.rpartition(".")
    return owner in _CLASSES and method in {"now", "fromtimestamp", *_ALWAYS}


def _has_no_zone(value: External, call: ast.Call) -> bool:
    if value.last in _ALWAYS:
        given = arguments(call, ("tz",))
        return value.root != "pandas" or (given.complete and "tz" not in given.values)
    given = arguments(call, ("tz",) if value.last == "now" else ("timestamp", "tz"))
    if "tz" not in given.values:
        return given.complete
    zone = evaluate(given.values["tz"])
    return isinstance(zone, Constant) and zone.value is None
