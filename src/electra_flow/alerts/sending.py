"""Sending an alert: by a block of the server's, or by mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from prefect.blocks.abstract import NotificationBlock, NotificationError
from prefect.blocks.core import Block
from prefect.utilities.urls import url_for
from prefect_email import EmailServerCredentials

from electra_flow.alerts.changes import Moment
from electra_flow.model import alert_text
from electra_flow.model.alert_tags import Declared
from electra_flow.report.mail import MailError, build_message, sender_of
from electra_flow.report.mail import send as send_message
from electra_flow.report.period import to_zone


class NotSentError(Exception):
    """Why an alert could not be sent, in Spanish."""


class SentToSomeError(NotSentError):
    """Whom of several it could not be sent to: the others have it."""


@dataclass(frozen=True)
class Post:
    """What sending takes.

    Attributes:
        recipients: Whom the mails go to that name nobody.
        block: The Email Server Credentials.
        sender: The address that sends; None is the user of the block.
        timezone: The zone of the times.
    """

    recipients: Sequence[str]
    block: str
    sender: str | None
    timezone: str


def write(declared: Declared, moment: Moment, timezone: str) -> tuple[str, dict[str, str]]:
    """Return what an alert says: its first line, and its facts."""
    flow, _, name = declared.full_name.partition("/")
    when = next((when for when in moment.whens if when in declared.when), moment.whens[0])
    if "late" in moment.whens:  # where only its end was asked for, that may be ten seconds away
        when = "late"
    subject = alert_text.subject(alert_text.title(when, declared.late), name)
    where = f"work pool {moment.pool}" if moment.pool else ""
    at = to_zone(moment.at, ZoneInfo(timezone))
    return subject, {
        "flow": flow,
        "deployment": f"{name} ({declared.environment})",
        "run": moment.run,
        "where": f"{where}, worker {moment.worker}" if moment.worker else where,
        "since": f"{at:%d/%m/%Y %H:%M} ({timezone})",
        "error": alert_text.first_line(moment.error),
        "owner": declared.owner,
        "url": url_for("flow-run", moment.run_id) or "",
        "id": str(moment.run_id),
    }


def send(declared: Declared, moment: Moment, post: Post) -> None:
    """Send an alert.

    Raises:
        NotSentError: If it cannot be sent.
    """
    subject, facts = write(declared, moment, post.timezone)
    kind, _, addresses = declared.target.partition(":")
    if kind == "mail":
        recipients = addresses.split(",") if addresses else post.recipients
        _mail(subject, facts, recipients, post)
    else:
        _notify(declared.target, subject, alert_text.body(facts))


def _notify(name: str, subject: str, body: str) -> None:
    try:
        block = Block.load(name)
    except ValueError:
        raise NotSentError(f"no está el bloque {name}") from None
    if not isinstance(block, NotificationBlock):
        raise NotSentError(f"el bloque {name} no manda avisos")
    notify: Callable[..., Any] = block.notify  # its type is that of a coroutine, too
    try:
        with block.raise_on_failure():
            notify(body=body, subject=subject)
    except NotificationError as error:
        raise NotSentError(f"{name} no lo mandó: {alert_text.first_line(error.log)}") from None
    except Exception as error:  # whatever the receiver of somebody's own does
        reason = alert_text.first_line(str(error)) or type(error).__name__
        raise NotSentError(f"{name} no lo mandó: {reason}") from None


def _mail(subject: str, facts: Mapping[str, str], recipients: Sequence[str], post: Post) -> None:
    if not recipients:
        raise NotSentError("no hay a quién mandar el correo: poné los destinatarios en deploy.py")
    try:
        server = EmailServerCredentials.load(post.block)
    except ValueError:
        raise NotSentError(
            f"falta el bloque «{post.block}», de tipo Email Server Credentials"
        ) from None
    try:
        sender = post.sender or sender_of(server, post.block)
        html = _html(subject, facts)
        send_message(
            build_message(subject, html, alert_text.body(facts), sender, recipients),
            server,
            post.block,
        )
    except MailError as error:
        kind = SentToSomeError if error.reached_some else NotSentError
        raise kind(str(error)) from None


def _html(subject: str, facts: Mapping[str, str]) -> str:
    """Return an alert as HTML: a line for each fact."""
    lines = []
    for fact, label in alert_text.LINES.items():
        if value := escape(facts.get(fact, "")):
            shown = f'<a href="{value}">{value}</a>' if fact == "url" else value
            lines.append(f"<li><b>{label}</b>: {shown}</li>")
    return f"<h3>{escape(subject)}</h3>\n<ul>\n" + "\n".join(lines) + "\n</ul>\n"
