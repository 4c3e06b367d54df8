"""The rules of the questions, one function each; those of `cron` and `project_slug` stand apart."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from slugify import slugify

from electra_answers.library_modules import library_module
from electra_answers.quoting import names
from electra_answers.refusal import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_TIMEZONE = "America/Argentina/Buenos_Aires"


def title_problem(value: str, _answers: Mapping[str, Any]) -> str | Problem | None:
    if all(unicodedata.category(char) in ("Zs", "Cf") for char in value):
        return "está en blanco"
    if value != value.strip():
        return Problem("empieza o termina con espacios", value.strip())
    return None


def one_of(*available: str, later: tuple[str, ...] = ()) -> Callable[..., str | None]:
    """Make the rule of a question with a fixed list of answers."""

    def problem(value: str, _answers: Mapping[str, Any]) -> str | None:
        if value in available:
            return None
        if value in later:
            return "todavía no está disponible"
        return f"no es una de las opciones ({', '.join(available)})"

    return problem


_SEGMENT = re.compile(r"\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?", re.ASCII)


def repository_problem(value: str, _answers: Mapping[str, Any]) -> str | None:
    try:
        url = urlsplit(value)
        _ = url.port  # raises for one that is out of range
    except ValueError:
        return "no es una dirección"
    if "@" in url.netloc:
        return "lleva credenciales, que van en el bloque Secret de github_secret"
    segments = url.path.split("/")[1:]
    valid = (
        value == f"https://{url.netloc}{url.path}"
        and _HOST.fullmatch(url.netloc)
        and len(segments) == 2
        and all(map(_SEGMENT.fullmatch, segments))
        and segments[1] != ".git"
    )
    return None if valid else "tiene que ser https://servidor/dueño/nombre"


_BLOCK_NAME = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*")


def block_problem(value: str, _answers: Mapping[str, Any]) -> Problem | None:
    if _BLOCK_NAME.fullmatch(value):
        return None
    rule = "no es un nombre de bloque: Prefect acepta solo minúsculas, números y guiones"
    return Problem(rule, slugify(value) or "mi-secreto")


def secrets_problem(value: str, _answers: Mapping[str, Any]) -> Problem | None:
    wrong = [name for name in names(value) if not _BLOCK_NAME.fullmatch(name)]
    if not wrong:
        return None
    rule = (
        "tiene que ser una lista de bloques separados por comas, cada uno con solo minúsculas, "
        "números y guiones"
    )
    return Problem(rule, ", ".join(slugify(name) or "mi-secreto" for name in names(value)))


def pool_dev_problem(value: str, _answers: Mapping[str, Any]) -> str | Problem | None:
    return _pool_problem(value) or _environment_problem(value, "dev", "prod")


def _environment_problem(value: str, own: str, other: str) -> Problem | None:
    """Check that a pool does not name the other environment, which the conventions refuse."""
    if value == f"pool-{own}":  # the default: importing the rule costs as much as all the others
        return None
    rule = library_module("electra_flow.checks.environment_names")
    if rule.environment_named(value, of_pool=True) == other:
        return Problem(f"nombra {other}, y es el pool de {own}", f"pool-{own}")
    return None


def _pool_problem(value: str) -> str | None:
    kinds = {unicodedata.category(char)[0] for char in value if char not in " .-_"}
    ends = {unicodedata.category(char)[0] for char in (value[:1], value[-1:]) if char}
    if not kinds or not kinds <= set("LMN") or not ends <= set("LMN") or len(value) > 100:
        return (
            "no es un nombre de work pool: letras, números, guiones, puntos y espacios, entre "
            "letras o números, y hasta 100 caracteres"
        )
    if value.casefold().startswith("prefect"):
        return "empieza con «prefect», que Prefect reserva para sí"
    return None


def pool_prod_problem(value: str, answers: Mapping[str, Any]) -> str | Problem | None:
    if value == answers["pool_dev"]:
        return Problem("es también el pool de desarrollo, y tienen que ser dos", f"{value}-prod")
    return _pool_problem(value) or _environment_problem(value, "prod", "dev")


def timezone_problem(value: str, _answers: Mapping[str, Any]) -> Problem | None:
    if value == DEFAULT_TIMEZONE:  # the default: not worth an import either
        return None
    problem = library_module("electra_flow.checks.timezones").timezone_problem(value)
    return Problem(*problem) if problem else None
