"""The mail: to whom, which message, and what is said when it cannot be sent."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from prefect_email import EmailServerCredentials

from electra_flow.report.mail import MailError, build_message, check_addresses, send, sender_of


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "vacía"),
        ("ana@example.com", "una lista"),
        (["ana"], "'ana' no es una dirección"),
        (["ana@example.com", "b@c"], "'b@c' no es"),
        (["Ana <ana@example.com>"], "no es una dirección"),
        (["a@example.com\nBcc: b@example.com"], "no es una dirección"),
        ([None], "None no es"),
    ],
)
def test_recipients_that_are_none_are_refused(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_addresses(value)


def test_the_message_has_html_and_plain_text_as_alternatives() -> None:
    to: Any = check_addresses(["ana@example.com", "beto@example.com.ar"])
    message = build_message("3 fallas «ñ»", "<p>ñ</p>", "ñ", "prefect@example.com", to)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert (plain.get_content(), html.get_content()) == ("ñ\n", "<p>ñ</p>\n")
    assert message["To"] == "ana@example.com, beto@example.com.ar"
    assert message["Subject"] == "3 fallas «ñ»"


def test_without_a_sender_the_user_of_the_block_sends() -> None:
    assert sender_of(EmailServerCredentials(username="a@example.com"), "correo") == "a@example.com"
    with pytest.raises(MailError, match="indicá el remitente en deploy.py"):
        sender_of(EmailServerCredentials(username="ana"), "correo")


def test_a_mail_server_that_does_not_listen_is_said_in_one_line() -> None:
    server = EmailServerCredentials(smtp_server="127.0.0.1", smtp_port=1)
    message = build_message("x", "<p>x</p>", "x", "a@example.com", ["b@example.com"])
    with pytest.raises(MailError, match=r"127\.0\.0\.1 .* no atiende en ese puerto"):
        send(message, server, "correo")


@pytest.mark.parametrize(
    ("error", "later"),
    [
        (smtplib.SMTPRecipientsRefused({"b@example.com": (450, b"greylisted")}), True),
        (smtplib.SMTPRecipientsRefused({"b@example.com": (550, b"no such user")}), False),
        (smtplib.SMTPAuthenticationError(454, b"try later"), True),
        (smtplib.SMTPAuthenticationError(535, b"wrong"), False),
        (smtplib.SMTPConnectError(421, b"too many connections"), True),
        (smtplib.SMTPServerDisconnected("closed"), True),
        (ConnectionResetError("reset"), True),
        (smtplib.SMTPNotSupportedError("STARTTLS"), False),
    ],
)
def test_only_what_may_work_later_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: OSError, later: bool
) -> None:
    def get_server(_server: EmailServerCredentials) -> None:
        raise error

    monkeypatch.setattr(EmailServerCredentials, "get_server", get_server)
    message = build_message("x", "<p>x</p>", "x", "a@example.com", ["b@example.com"])
    with pytest.raises(MailError) as failed:
        send(message, EmailServerCredentials(), "correo")
    assert failed.value.may_pass is later
