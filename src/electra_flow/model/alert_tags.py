"""What the tags of an alert's automations say: deploying writes them, the monitoring project reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from electra_flow.model.alert import Alert

WRONG = "alert:"  # begins the tag of the automation of what goes wrong: where it is told
RECOVERED = "recovered:"  # and of the one of what goes well again
_ENVIRONMENT, _OWNER, _WHEN, _LATE = "environment:", "owner:", "when:", "late:"


@dataclass(frozen=True)
class Declared:
    """An alert as its tags have it.

    Attributes:
        full_name: The deployment: «flow/deployment».
        target: Where it goes: a block, «mail» or «mail:ana@example.com».
        recovered: Whether it is of what goes well again.
        environment: «dev», «prod»…
        owner: Whom to tell; empty if nobody is named.
        when: What is told.
        late: How late is told; None if that is not.
    """

    full_name: str
    target: str
    recovered: bool
    environment: str
    owner: str
    when: Sequence[str]
    late: timedelta | None


def data_tags(
    alert: Alert, environment: str, owner: str | None, late: timedelta | None
) -> list[str]:
    """Return the tags of what the monitoring project has to know; `late`, before any limit is over."""
    tags = [f"{_ENVIRONMENT}{environment}", f"{_WHEN}{','.join(alert.when)}"]
    if late is not None:
        tags.append(f"{_LATE}{late.total_seconds():g}")
    return [*tags, f"{_OWNER}{owner}"] if owner else tags


def read_tags(tags: Sequence[str]) -> Declared | None:
    """Return the alert of an automation that deploy.py made; None if it is of no alert."""
    _, full_name, key = [*tags, "", "", ""][:3]
    if not key.startswith((WRONG, RECOVERED)):
        return None
    try:
        seconds = _value(tags, _LATE)
        late = timedelta(seconds=float(seconds)) if seconds else None
    except (ValueError, OverflowError):
        return None
    return Declared(
        full_name=full_name,
        target=key.partition(":")[2],
        recovered=key.startswith(RECOVERED),
        environment=_value(tags, _ENVIRONMENT),
        owner=_value(tags, _OWNER),
        when=_value(tags, _WHEN).split(","),
        late=late,
    )


def _value(tags: Iterable[str], start: str) -> str:
    return next((tag.removeprefix(start) for tag in tags if tag.startswith(start)), "")
