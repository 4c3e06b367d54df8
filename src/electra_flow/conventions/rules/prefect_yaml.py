"""Las mismas convenciones en prefect.yaml, si el autor agrega uno."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from electra_flow.conventions.findings import Finding
from electra_flow.conventions.project import UNREADABLE, Project
from electra_flow.conventions.rules import credentials, deploying, environments, schedules
from electra_flow.conventions.vocabulary import describe_secret, is_placeholder, kind_of_name

if TYPE_CHECKING:
    from yaml import Node

_RULES = ("cron", "interval", "rrule")


def check(project: Project) -> Iterator[Finding]:
    for path in project.yaml_files:
        try:
            import yaml  # viene con pre-commit; hace falta solo acá
        except ImportError:
            text = "Para revisar este archivo hace falta PyYAML; corré: uv sync."
            yield Finding(path.name, 1, 1, UNREADABLE, text)
            continue
        try:
            root = yaml.compose(path.read_bytes().decode("utf-8-sig"), Loader=yaml.SafeLoader)
            yield from _check_file(project, path, root)
        except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            reason = " ".join(str(getattr(error, "problem", None) or error).split())
            text = f"El archivo no se puede leer: {reason}."
            yield Finding(path.name, line, column, UNREADABLE, text)


def _check_file(project: Project, path: Path, root: Node | None) -> Iterator[Finding]:
    file = _File(path.name)
    for text, node in _texts(root):
        if what := describe_secret(text):
            yield file.finding(
                node,
                credentials.CREDENTIAL,
                f"Esto es {what}, en claro; guardala en un bloque Secret.",
            )
    for name, text, node in _named(root):
        strong = kind_of_name(name) == "strong"
        other = re.fullmatch(r"[a-z]+(-[a-z]+)+" if strong else r"[a-z_-]+", text)  # un bloque…
        if kind_of_name(name) in ("strong", "weak") and not (
            other or is_placeholder(text) or " " in text
        ):
            reason = f"«{name}» lleva un valor escrito en el archivo; guardala en un bloque Secret."
            yield file.finding(node, credentials.CREDENTIAL, reason)
    for deployment in _items(_fields(root).get("deployments")):
        yield from _check_deployment(project, file, deployment)


def _check_deployment(project: Project, file: _File, node: Node) -> Iterator[Finding]:
    fields = _fields(node)
    for name, label in deploying.REQUIRED.items():
        if name not in fields:
            text = f"Al despliegue le falta {name} ({label}); agregalo."
            yield file.finding(node, deploying.INCOMPLETE, text)
        elif not any(text.strip() for text, _ in _texts(fields[name])):
            text = f"El despliegue tiene {name} ({label}) en blanco; completalo."
            yield file.finding(fields[name], deploying.INCOMPLETE, text)
    pool = _fields(fields.get("work_pool"))
    labels = [text for name in ("name", "tags") for text, _ in _texts(fields.get(name))]
    if text := environments.mismatch(_text(pool.get("name")) or "", labels):
        yield file.finding(pool["name"], environments.RULE, text)
    yield from _check_schedules(project, file, fields)
    for text, item in _texts(_fields(pool.get("job_variables")).get("env")):
        if credentials.is_reference(text):
            yield file.finding(item, credentials.REFERENCE, credentials.IN_CLEAR)


def _check_schedules(project: Project, file: _File, fields: dict[str, Node]) -> Iterator[Finding]:
    nodes = [*_items(fields.get("schedules")), *_items(fields.get("schedule"))]
    # `cron:` puede estar también directamente en el despliegue.
    for node in [*nodes, *([fields] if any(name in fields for name in _RULES) else [])]:
        schedule = node if isinstance(node, dict) else _fields(node)
        rules = [schedule[name] for name in _RULES if name in schedule]
        if not rules:
            continue
        zone = schedule.get("timezone")
        if text := schedules.zone_problem(project, zone is not None and _text(zone)):
            text = text.split("; escribí")[0] + f"; escribí timezone: {project.timezone}."
            yield file.finding(zone or rules[0], schedules.RULE, text)


class _File:
    """Un archivo YAML, para armar sus hallazgos."""

    def __init__(self, name: str) -> None:
        self.name = name

    def finding(self, node: Node, rule: str, text: str) -> Finding:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        return Finding(self.name, line, column, rule, text, frozenset({line}))


def _fields(node: Node | None) -> dict[str, Node]:
    """Devuelve lo que tiene un diccionario, con lo que trae por `<<`."""
    merged: dict[str, Node] = {}
    own: dict[str, Node] = {}
    for key, value in node.value if _kind(node) == "mapping" else ():
        if key.tag.endswith(":merge"):
            for part in [value] if _kind(value) == "mapping" else reversed(value.value):
                merged |= _fields(part)
        elif _kind(key) == "scalar":
            own[key.value] = value
    return merged | own


def _items(node: Node | None) -> list[Node]:
    """Devuelve los elementos de una lista; lo que no lo es, como una lista de uno."""
    if node is None:
        return []
    return list(node.value) if _kind(node) == "sequence" else [node]


def _text(node: Node | None) -> str | None:
    is_text = _kind(node) == "scalar" and not node.tag.endswith(":null")
    return node.value if is_text else None


def _texts(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Da todos los textos que hay en un nodo, sin seguir dos veces la misma ancla."""
    pending, seen = [node], set()
    while pending:
        item: Any = pending.pop()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        if (text := _text(item)) is not None:
            yield text, item
        elif _kind(item) == "sequence":
            pending += item.value
        elif _kind(item) == "mapping":
            pending += [value for _, value in item.value]


def _named(root: Node | None) -> Iterator[tuple[str, str, Node]]:
    """Da los textos que tienen un nombre, con él: `clave: …`."""
    pending, seen = [root], set()
    while pending:
        item: Any = pending.pop()
        if id(item) not in seen:
            seen.add(id(item))
            pending += item.value if _kind(item) == "sequence" else _fields(item).values()
            for name, node in _fields(item).items():
                if text := _text(node):
                    yield name, text, node


def _kind(node: Node | None) -> str:
    return getattr(node, "id", "")
