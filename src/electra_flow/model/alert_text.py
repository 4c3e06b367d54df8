"""What an alert says; the server fills in a template of it, and the monitoring project the values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from electra_flow.model.alert import When
from electra_flow.model.duration import duration

# The facts of an alert, in their order; one that is not known has no line.
LINES = {
    "flow": "Flujo",
    "deployment": "Despliegue",
    "run": "Ejecución",
    "where": "Dónde",
    "since": "Desde",
    "error": "Error",
    "owner": "Avisar a",
    "url": "Ver",
    "id": "Id",  # by which an alert that comes twice is known
}
LONGEST = 300  # characters of an error
WORKER = "prefect.worker.name"  # the label by which a run's machine may be known
PREFIX = "Flow run encountered an exception: "  # Prefect's own, of each error
TITLES: dict[When, str] = {
    "failed": "Falló",
    "timed_out": "Pasó su tiempo",
    "crashed": "Se cayó",
    "ended": "La terminó la vigilancia",
    "late": "En {} no empezó",
    "recovered": "Volvió a andar",
}


def title(when: When, late: timedelta | None) -> str:
    """Return what happened, in a few words."""
    return TITLES[when].format(duration(late))


def subject(title: str, deployment: str) -> str:
    """Return the first line."""
    return f"{title}: {deployment}"


def line(fact: str, value: str) -> str:
    """Return the line of a fact: an item of a list, which each program puts on a line of its own."""
    return f"- {LINES[fact]}: {value}"


def body(facts: Mapping[str, str]) -> str:
    """Return the lines of what is known."""
    return "\n".join(line(fact, facts[fact]) for fact in LINES if facts.get(fact))


def first_line(message: str) -> str:
    """Return the first line of an error, without what Prefect puts before each."""
    lines = message.strip().splitlines()
    return lines[0].removeprefix(PREFIX)[:LONGEST] if lines else ""
