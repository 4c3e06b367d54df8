"""The steps of the report's flow: what is asked, what is published, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import prefect.client.schemas.objects as objects
import pytest
from prefect.states import Completed, Failed
from prefect_email import EmailServerCredentials
from pydantic import TypeAdapter, ValidationError

import electra_flow.report.flow as steps
from electra_flow import report
from electra_flow.report.mail import MailError

if TYPE_CHECKING:
    from email.message import EmailMessage

END = datetime(2026, 11, 25, 2, 55, tzinfo=UTC)
ZONE = "America/Argentina/Buenos_Aires"
PERIOD = report.period_of_run("diario", ZONE, END)
REPORT = report.build_report(
    PERIOD, [report.Run("ventas", "gran-puma", report.Outcome.FAILED, END)]
)


def test_without_an_end_the_period_ends_when_the_run_is_expected() -> None:
    period = report.period_of_run("semanal", ZONE)
    assert str(period.end.tzinfo) == ZONE
    assert period.end - period.start == timedelta(days=7)
    assert abs(period.end - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_report_is_an_artifact_of_the_project_and_the_period(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(
        steps, "create_markdown_artifact", lambda text, **named: made.update(named, text=text)
    )
    report.publish(REPORT, "monitoreo")
    assert (made["key"], made["description"]) == ("monitoreo-diario", "1 falla en 1 ejecución")
    assert "### ventas (1)" in made["text"]


@pytest.fixture
def block(monkeypatch: pytest.MonkeyPatch) -> EmailServerCredentials:
    block = EmailServerCredentials(username="prefect@example.com")
    monkeypatch.setattr(EmailServerCredentials, "load", lambda name: block)
    return block


def test_a_mail_that_is_sent_says_to_whom(
    block: EmailServerCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[EmailMessage] = []
    monkeypatch.setattr(steps, "send_message", lambda message, *_: sent.append(message))
    state = report.send(REPORT, ["ana@example.com", "beto@example.com"], "correo", None)
    assert (state.type, state.message) == (
        "COMPLETED",
        "Enviado a ana@example.com, beto@example.com.",
    )
    assert sent[0]["From"] == "prefect@example.com"
    assert sent[0]["Subject"].startswith("Prefect: 1 falla en 1 ejecución (diario, ")
    report.send(REPORT, ["ana@example.com"], "correo", "informes@example.com")
    assert sent[1]["From"] == "informes@example.com"


def test_a_mail_that_cannot_be_sent_fails_and_says_whether_it_may_work_later(
    block: EmailServerCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    for later in (True, False):

        def fail(*_: object, later: bool = later) -> None:
            raise MailError("No se mandó el correo: …", may_pass=later)

        monkeypatch.setattr(steps, "send_message", fail)
        state = report.send(REPORT, ["ana@example.com"], "correo", None)
        assert (state.type, state.message) == ("FAILED", "No se mandó el correo: …")
        task: Any = None
        run: Any = None
        assert report.may_pass(task, run, state) is later


def test_a_block_that_is_missing_is_named_and_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(name: str) -> None:
        raise ValueError(f"Unable to find block document named {name}")

    monkeypatch.setattr(EmailServerCredentials, "load", load)
    state = report.send(REPORT, ["ana@example.com"], "correo", None)
    assert state.message == "Falta el bloque «correo», de tipo Email Server Credentials."
    task: Any = None
    run: Any = None
    assert not report.may_pass(task, run, state)


@pytest.mark.parametrize(
    ("mail", "kind", "message"),
    [
        (None, "COMPLETED", "1 falla en 1 ejecución"),
        (
            Completed(message="Enviado a ana@example.com."),
            "COMPLETED",
            "1 falla en 1 ejecución. Enviado a ana@example.com.",
        ),
        (
            Failed(message="No se mandó el correo: no."),
            "FAILED",
            "No se mandó el correo: no. El informe está en Artifacts.",
        ),
    ],
)
def test_the_flow_ends_as_its_mail_did(
    mail: objects.State[Any] | None, kind: str, message: str
) -> None:
    state = report.result(REPORT, mail)
    assert (state.type, state.message) == (kind, message)


def test_parameters_are_checked_by_their_types() -> None:
    addresses: TypeAdapter[list[str]] = TypeAdapter(report.Addresses)
    assert addresses.validate_python(["ana@example.com"]) == ["ana@example.com"]
    with pytest.raises(ValidationError, match="la lista está vacía"):
        addresses.validate_python([])
    with pytest.raises(ValidationError):
        TypeAdapter(report.PeriodName).validate_python("mensual")
