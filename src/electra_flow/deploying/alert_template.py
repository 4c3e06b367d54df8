"""What an alert says, as the template that the server fills in when an automation fires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from electra_flow.model import alert_text
from electra_flow.model.alert import When
from electra_flow.model.alert_text import LINES, LONGEST, PREFIX, WORKER

_STATE = "event.resource['prefect.state-{}']"
_TYPE, _NAME, _MESSAGE = (_STATE.format(label) for label in ("type", "name", "message"))
# The state that tells what happened; the last one is where none of them does.
_WHEN: tuple[tuple[str, When], ...] = (
    (f"{_TYPE} == 'COMPLETED'", "recovered"),
    (f"{_NAME} == 'TimedOut'", "timed_out"),
    (f"{_TYPE} == 'FAILED'", "failed"),
    (f"{_TYPE} == 'CRASHED'", "crashed"),
    (f"{_TYPE} in ['CANCELLING', 'CANCELLED']", "ended"),
    ("true", "late"),
)
_FIRST = f"({_MESSAGE} or '').strip().splitlines() | first | default('', true)"
_ERROR = f"({_FIRST}).removeprefix('{PREFIX}')[:{LONGEST}]"
_WORKER = f"(flow_run.labels or dict()).get('{WORKER}')"
_ANY_RUN = str(UUID(int=0))


def subject(deployment: str, late: timedelta | None) -> str:
    """Return the template of the first line."""
    cases = [
        f"{{% {'elif' if number else 'if'} {test} %}}{literal(alert_text.title(when, late))}"
        for number, (test, when) in enumerate(_WHEN)
    ]
    return alert_text.subject("".join(cases) + "{% endif %}", literal(deployment))


def body(known: Mapping[str, str], pool: str, timezone: str, url: str | None) -> str:
    """Return the template of the lines.

    Args:
        known: The facts that do not depend on the run.
        pool: The work pool of the deployment.
        timezone: The zone of the times.
        url: The address of a run in the UI whose id is all zeros; None if it is not known.
    """
    where = f"work pool {literal(pool)}"
    where += f"{{% if {_WORKER} %}}, worker {{{{ {_WORKER} }}}}{{% endif %}}"
    facts = {name: literal(value) for name, value in known.items()} | {
        "run": "{{ flow_run.name }}",
        "where": where,
        "since": _time(timezone),
        "error": f"{{{{ {_ERROR} }}}}",
        "url": "{{ flow_run | ui_url }}",
        "id": "{{ flow_run.id }}",
    }
    if url is not None:
        facts["url"] = literal(url).replace(_ANY_RUN, "{{ flow_run.id }}")
    lines = {name: alert_text.line(name, facts[name]) for name in LINES if facts.get(name)}
    failed = f"{_TYPE} != 'COMPLETED' and {_ERROR}"
    lines["error"] = f"{{% if {failed} %}}{lines['error']}\n{{% endif %}}"
    return "".join(text + "\n" * (name != "error") for name, text in lines.items()).rstrip("\n")


def literal(text: str) -> str:
    """Return a text that a template leaves as it is."""
    return text.replace("{", "{{ '{' }}")


def _time(timezone: str) -> str:
    """Return a moment in the project's zone; in UTC, where the server's Python has no such method."""
    form = "%d/%m/%Y %H:%M"
    local = f"event.occurred.in_timezone('{timezone}').strftime('{form}')"
    return (
        f"{{% if event.occurred.in_timezone is defined %}}{{{{ {local} }}}} ({timezone})"
        f"{{% else %}}{{{{ event.occurred.strftime('{form}') }}}} (UTC){{% endif %}}"
    )
