"""Dates without a zone: what ruff's DTZ does not know, and what to write instead of each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from electra_flow.conventions.source import Source, argument

_NOW = re.compile(r"datetime\.(datetime\.(now|utcnow|today)|date\.today)|pandas\.Timestamp\.\w+")
_OF_THE_MACHINE = re.compile(r"pandas\.Timestamp\.(now|today)|time\.(localtime|ctime|asctime)")
# What to write; of all others, datetime.now({}).
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


def given_a_zone(call: ast.Call) -> ast.expr | None:
    """Return the date that a call gives a zone to, if it does: `….replace(tzinfo=zona)`."""
    if isinstance(call.func, ast.Attribute):
        replaces = call.func.attr == "replace" and any(k.arg == "tzinfo" for k in call.keywords)
        if replaces or call.func.attr in ("astimezone", "tz_localize"):
            return call.func.value
    function = getattr(call.func, "attr", getattr(call.func, "id", ""))
    # make_aware of Django, zona.localize of pytz
    return argument(call, 0) if function in ("make_aware", "localize") else None


def naive_in(call: ast.Call, source: Source) -> Iterator[str]:
    """Give the functions by which a call has, or will have, a date without a zone."""
    name, given = source.name(call.func), [*call.args, *call.keywords]
    for keyword in call.keywords:  # field(default_factory=datetime.now)
        if (keyword.arg or "").startswith("default") and _NOW.fullmatch(source.name(keyword.value)):
            yield source.name(keyword.value)
    if _OF_THE_MACHINE.fullmatch(name) and not given:
        yield name
    elif name == "time.strftime" and len(given) == 1:
        yield name
    elif name in ("pandas.to_datetime", "pandas.Timestamp"):
        if len(given) == 1 and source.text(argument(call, 0)) in ("now", "today"):
            yield name
    elif name == "datetime.datetime.combine" and len(given) == 2:
        hour = argument(call, 1, "time")
        if hour and not _may_have_a_zone(hour, source):
            yield name


def _may_have_a_zone(hour: ast.expr, source: Source) -> bool:
    """Say whether an hour has a zone, or is a variable, of which nothing is known."""
    if isinstance(hour, ast.Call):
        named = any(item.arg == "tzinfo" for item in hour.keywords)
        return named or getattr(hour.func, "attr", "") == "timetz"
    is_variable = isinstance(hour, ast.Name | ast.Attribute)
    return is_variable and not source.name(hour).startswith("datetime.time.")


def problem(name: str, timezone: str) -> str:
    """Say that what a function gives has no zone, and what to write.

    Args:
        name: The function's whole name.
        timezone: The project's zone.
    """
    zone = f'ZoneInfo("{timezone}")'
    default = "pd.Timestamp.now({})" if name.startswith("pandas.") else "datetime.now({})"
    instead = _INSTEAD.get(name.removeprefix("datetime."), default).format(zone)
    return f"{name} da acá una fecha sin huso; usá {instead}."
