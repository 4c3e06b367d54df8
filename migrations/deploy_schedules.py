"""The schedules of a deploy.py: Prefect's Cron, Interval and RRule become the library's light ones.

Prefect's are still accepted: where a call is not plain, its name stays Prefect's. One without a zone
ran in UTC, and would run in the project's now; 0.1.0 does not deploy it, so nobody has one.
"""

from __future__ import annotations

import ast

from migrations.deploy_names import FILE, Names, called
from migrations.problem import uncertain
from migrations.text_edits import TextEdits

_POSITION_OF_ZONE = {"Cron": 1, "Interval": 2, "RRule": 1, "Schedule": 9}
_LIGHT = {
    "Cron": {"timezone", "day_or", "active", "parameters", "slug"},
    "Interval": {"timezone", "anchor_date", "active", "parameters", "slug"},
    "RRule": {"timezone", "active", "parameters", "slug"},
}
_MODULE = "prefect.schedules"


def rewrite_schedules(edits: TextEdits, names: Names, project_zone: ast.expr) -> dict[str, str]:
    """Rewrite the schedules.

    Args:
        edits: Where they stand, and are written.
        names: The file's names.
        project_zone: The project's zone, which a schedule need not repeat.

    Returns:
        What the library is to be imported for, and how each name is called in this file.

    Raises:
        CannotThinError: One has no zone that can be seen.
    """
    light: dict[str, str] = {}
    imports = [
        node
        for node in edits.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == _MODULE and not node.level
    ]
    for node in imports:
        stay = []
        for alias in node.names:
            local = alias.asname or alias.name
            calls = called(edits.tree, local) if alias.name in _POSITION_OF_ZONE else []
            becomes_light = alias.name in _LIGHT and all(
                _plain(call, alias.name, names) for call in calls
            )
            for call in calls:
                _check_zone(edits, names, call, alias.name, project_zone if becomes_light else None)
            if becomes_light:
                light[alias.name] = local
            else:
                stay.append(alias)
        if not stay:
            edits.remove_statement(node)
        elif len(stay) < len(node.names):
            edits.replace(node, ast.unparse(ast.ImportFrom(_MODULE, stay, 0)))
    for part in ast.walk(edits.tree):  # `schedules.Cron(…)`
        function = part.func if isinstance(part, ast.Call) else None
        if (
            isinstance(part, ast.Call)
            and isinstance(function, ast.Attribute)
            and function.attr in _LIGHT
            and "schedules" in ast.unparse(function.value)
        ):
            _check_zone(edits, names, part, function.attr, None)
    return light


def _plain(call: ast.Call, kind: str, names: Names) -> bool:
    """Tell whether the library's class takes the same arguments and means the same."""
    if len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
        return False
    for keyword in call.keywords:
        if keyword.arg not in _LIGHT[kind]:
            return False
        if keyword.arg == "parameters" and isinstance(keyword.value, ast.Constant):
            return False  # None
    if kind == "Interval":  # Prefect's takes seconds as well
        value = names.value(call.args[0])
        return isinstance(value, ast.Call) and ast.unparse(value.func).endswith("timedelta")
    return True


def _check_zone(
    edits: TextEdits, names: Names, call: ast.Call, kind: str, project_zone: ast.expr | None
) -> None:
    """Refuse a schedule without a zone, which ran in UTC; take out a zone that is the project's."""
    zone = next((keyword for keyword in call.keywords if keyword.arg == "timezone"), None)
    given = zone.value if zone else None
    if zone is None and len(call.args) > _POSITION_OF_ZONE[kind]:
        given = call.args[_POSITION_OF_ZONE[kind]]
    if given is None or isinstance(given, ast.Constant) and given.value is None:
        what = f"{kind}(…) no dice su huso horario, y 0.1.0 lo rechaza: escribile timezone=…"
        raise uncertain(FILE, call, what)
    same = project_zone is not None and ast.dump(given) == ast.dump(project_zone)
    if zone and project_zone and same and names.means_the_same_everywhere(project_zone):
        edits.remove_argument(zone)
