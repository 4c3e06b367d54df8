"""EF06: los nombres de los bloques, con guiones; los de las variables, con guiones bajos."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from electra_flow.conventions.findings import Finding, finding, nearest
from electra_flow.conventions.project import Project
from electra_flow.conventions.rules.loading import loads
from electra_flow.conventions.values import (
    Definition,
    External,
    Member,
    Result,
    Value,
    arguments,
    attribute,
    called,
    elements,
    partial_text,
    possible,
)

RULE = "EF06 nombre-de-bloque"
_BLOCK = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*")  # lo mismo que acepta la plantilla
_VARIABLE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def check(project: Project) -> Iterator[Finding]:
    for call in project.calls:
        value = called(call)
        for node in block_name_nodes(value, call):
            name = partial_text(node)
            parts = name.replace("\0", "x").split("/")  # Block.load("secret/clave-sql")
            if not all(map(_BLOCK.fullmatch, parts)):
                text = f"no sirve como nombre de bloque; escribí «{_spell(name, '-')}»."
                yield finding(nearest(node, call), RULE, f"«{_show(name)}» {text}")
        for node in _variable_name_nodes(value, call):
            name = partial_text(node)
            if not _VARIABLE.fullmatch(name.replace("\0", "x")):
                text = f"no sirve como nombre de variable; escribí «{_spell(name, '_')}»."
                yield finding(nearest(node, call), RULE, f"«{_show(name)}» {text}")


def block_name_nodes(value: Value, call: ast.Call) -> list[ast.expr]:
    """Devuelve dónde una llamada nombra bloques: `Secret.load`, `.save` y `secrets=[…]`."""
    is_block = loads(value) and not _is_variable(value)
    return _names(value, call, ("secrets", "blocks"), loads=bool(is_block or _saves(value)))


def _variable_name_nodes(value: Value, call: ast.Call) -> list[ast.expr]:
    return _names(value, call, ("variables",), loads=_is_variable(value))


def _is_variable(value: Value) -> bool:
    return loads(value).startswith(("Variable.", "variables."))


def _names(value: Value, call: ast.Call, lists: tuple[str, ...], *, loads: bool) -> list[ast.expr]:
    """Devuelve los nombres que da una llamada que carga, o las listas de `Project(…)`."""
    values = arguments(call, ("name",)).values
    if isinstance(value, External) and value.is_ours("Project"):
        return [item for name in lists if name in values for item in elements(values[name])]
    return possible(values["name"]) if loads and "name" in values else []


def _saves(value: Value) -> bool:
    """Dice si es el `.save` de un bloque: `Secret(value=…).save`."""
    if not isinstance(value, Member) or value.name not in ("save", "asave"):
        return isinstance(value, External) and value.is_prefect and value.last in ("save", "asave")
    owner = value.owner.callee if isinstance(value.owner, Result) else None
    if isinstance(owner, Definition):  # una clase que hereda de Block
        return isinstance(attribute(owner, "save"), External)
    return isinstance(owner, External) and owner.is_prefect and owner.last[:1].isupper()


def _spell(name: str, hyphen: str) -> str:
    """Escribe un nombre como corresponde: «miSecreto SQL» es «mi-secreto-sql»."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name))
    plain = plain.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9\0]+", hyphen, plain).strip("-_")
    return _show(plain.lstrip("0123456789" if hyphen == "_" else "")) or f"mi{hyphen}nombre"


def _show(name: str) -> str:
    """Muestra un nombre que se sabe a medias: f"clave-{entorno}" es «clave-{…}»."""
    return name.replace("\0", "{…}")
