"""What the server writes in an alert and what the monitoring project writes: the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pendulum import instance
from prefect.server.events.jinja_filters import all_filters
from prefect.server.utilities.user_templates import (
    register_user_template_filters,
    render_user_template_sync,
)

from electra_flow.alerts import sending
from electra_flow.alerts.changes import Moment
from electra_flow.deploying import alert_template
from electra_flow.model import alert_text
from electra_flow.model.alert import ALWAYS, When
from electra_flow.model.alert_tags import Declared

ZONE = "America/Argentina/Buenos_Aires"
AT = datetime(2026, 11, 25, 2, 55, tzinfo=UTC)
LATE = timedelta(minutes=15)
ADDRESS = "http://servidor-prefect:4200/runs/flow-run/{}"
STATES: dict[When, tuple[str, str]] = {
    "failed": ("FAILED", "Failed"),
    "timed_out": ("FAILED", "TimedOut"),
    "crashed": ("CRASHED", "Crashed"),
    "ended": ("CANCELLING", "Cancelling"),
    "late": ("SCHEDULED", "Late"),
    "recovered": ("COMPLETED", "Completed"),
}
register_user_template_filters(all_filters)


def by_server(moment: Moment, declared: Declared, occurred: Any = None) -> tuple[str, str]:
    """Return what the server makes of the templates, at an event of a run."""
    flow, _, name = declared.full_name.partition("/")
    known = {
        "flow": flow,
        "deployment": f"{name} ({declared.environment})",
        "owner": declared.owner,
    }
    url = ADDRESS.format(UUID(int=0))
    type_, state = STATES[moment.whens[0]]
    context = {
        "event": SimpleNamespace(
            occurred=instance(moment.at) if occurred is None else occurred,
            resource={
                "prefect.state-type": type_,
                "prefect.state-name": state,
                "prefect.state-message": moment.error,
            },
        ),
        "flow_run": SimpleNamespace(
            id=moment.run_id,
            name=moment.run,
            labels={alert_text.WORKER: moment.worker} if moment.worker else None,
        ),
    }
    subject, body = (
        render_user_template_sync(template, context)
        for template in (
            alert_template.subject(name, declared.late),
            alert_template.body(known, moment.pool, ZONE, url),
        )
    )
    return subject, body


def by_us(moment: Moment, declared: Declared, patch: pytest.MonkeyPatch) -> tuple[str, str]:
    patch.setattr(sending, "url_for", lambda _kind, run: ADDRESS.format(run))
    subject, facts = sending.write(declared, moment, ZONE)
    return subject, alert_text.body(facts)


def declared(full_name: str = "ventas/ventas-prod", owner: str = "Ana") -> Declared:
    return Declared(full_name, "mail", False, "prod", owner, ALWAYS, LATE)


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(
    when=st.sampled_from(ALWAYS),
    error=st.text(),
    names=st.tuples(NAMES, NAMES, NAMES, NAMES),
    worker=st.sampled_from(["", "SERVIDOR-7"]),
)
def test_both_write_the_same(
    when: When, error: str, names: tuple[str, str, str, str], worker: str
) -> None:
    run, pool, deployment, owner = names
    moment = Moment(uuid4(), AT, [when], run, pool, worker, "" if when == "recovered" else error)
    given_ = declared(f"ventas/{deployment}", owner)
    with pytest.MonkeyPatch.context() as patch:
        assert by_server(moment, given_) == by_us(moment, given_, patch)


def test_an_alert_says_what_where_since_when_why_the_link_and_whom_to_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = UUID(int=7)
    error = "Flow run encountered an exception: ValueError: faltan «ñ» {{ 1 }}\nTraceback"
    moment = Moment(run_id, AT, ["failed"], "gran-puma", "pool-prod", "SERVIDOR-7", error)
    subject, body = by_us(moment, declared(owner="Ana {% (12)"), monkeypatch)
    assert subject == "Falló: ventas-prod"
    assert body.splitlines() == [
        "- Flujo: ventas",
        "- Despliegue: ventas-prod (prod)",
        "- Ejecución: gran-puma",
        "- Dónde: work pool pool-prod, worker SERVIDOR-7",
        f"- Desde: 24/11/2026 23:55 ({ZONE})",
        "- Error: ValueError: faltan «ñ» {{ 1 }}",
        "- Avisar a: Ana {% (12)",
        f"- Ver: {ADDRESS.format(run_id)}",
        f"- Id: {run_id}",
    ]
    assert by_server(moment, declared(owner="Ana {% (12)")) == (subject, body)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("failed", "Falló"),
        ("timed_out", "Pasó su tiempo"),
        ("crashed", "Se cayó"),
        ("ended", "La terminó la vigilancia"),
        ("late", "En 15 min no empezó"),
        ("recovered", "Volvió a andar"),
    ],
)
def test_each_kind_has_its_title(when: When, said: str) -> None:
    subject, body = by_server(Moment(uuid4(), AT, [when], error="no importa"), declared())
    assert subject == f"{said}: ventas-prod"
    assert ("- Error: no importa" in body) == (when != "recovered")


def test_a_server_whose_python_has_other_moments_says_that_they_are_utc() -> None:
    """From 3.13 on, Prefect's moments are Python's own."""
    moment = Moment(uuid4(), AT, ["failed"])
    assert "- Desde: 25/11/2026 02:55 (UTC)" in by_server(moment, declared(), occurred=AT)[1]


def test_a_run_s_address_is_the_server_s_where_it_is_not_known() -> None:
    assert "{{ flow_run | ui_url }}" in alert_template.body({}, "p", ZONE, None)
