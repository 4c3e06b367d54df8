"""EF09: fechas con huso. Lo que está a la vista lo ve ruff (DTZ, en of_ruff.py); acá, lo demás."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding
from electra_flow.conventions.project import Project
from electra_flow.conventions.rules.logs import ruff_sees
from electra_flow.conventions.values import (
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
_CLOCKS = {"time.localtime", "time.ctime", "time.asctime"}  # la hora de la máquina
_PARSED = {"pandas.Timestamp", "pandas.to_datetime"}
_NOW = {"now", "today"}
_CLASSES = {"datetime.datetime", "datetime.date", "pandas.Timestamp"}
# Qué escribir; de lo demás, datetime.now({}).
_INSTEAD = {
    "datetime": "datetime(…, tzinfo={})",
    "datetime.combine": "datetime.combine(…, tzinfo={})",
    "datetime.strptime": "datetime.strptime(…).replace(tzinfo={})",
    "datetime.min": "datetime.min.replace(tzinfo={})",
    "datetime.max": "datetime.max.replace(tzinfo={})",
    "datetime.fromtimestamp": "datetime.fromtimestamp(…, {})",
    "datetime.utcfromtimestamp": "datetime.fromtimestamp(…, {})",
    "date.fromtimestamp": "datetime.fromtimestamp(…, {}).date()",
    "date.today": "datetime.now({}).date()",
}


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = called(call)
        # De pandas, de time y de combine, ruff no dice nada.
        if isinstance(value, External) and (
            value.root in ("pandas", "time")
            or value.name == _COMBINE
            or not ruff_sees(call.func, value)
        ):
            if value.root == "pytz":
                yield finding(call, RULE, "pytz no se usa acá; usá zoneinfo.ZoneInfo(…).")
            elif _makes_naive(value, call):
                yield finding(call, RULE, text(project, value.name))
        if external(call.func) != "functools.partial":
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                # `field(default_factory=datetime.now)`: la va a llamar otro, sin huso.
                passed = evaluate(argument)
                if isinstance(passed, External) and _is_naive(passed.name):
                    yield finding(argument, RULE, text(project, passed.name))


def text(project: Project, name: str) -> str:
    """Dice que lo que da una función no tiene huso, y qué escribir."""
    zone = f'ZoneInfo("{project.timezone}")'
    default = "pd.Timestamp.now({})" if name.startswith("pandas.") else "datetime.now({})"
    instead = _INSTEAD.get(name.removeprefix("datetime."), default).format(zone)
    return f"{name} da acá una fecha sin huso; usá {instead}."


def _makes_naive(value: External, call: ast.Call) -> bool:
    if value.name == "datetime.datetime":
        return _is_built_naive(call)
    if value.name == _COMBINE:
        return _is_combined_naive(call)
    if value.name in _CLOCKS:
        return True
    if value.name == "time.strftime":
        return len(call.args) == 1
    if value.name in _PARSED:
        return bool(call.args) and text_of(call.args[0]) in _NOW
    return _is_naive(value.name) and _has_no_zone(value, call)


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
