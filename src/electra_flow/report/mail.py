"""The mail of the report: the addresses, the message, and sending it."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Annotated

from prefect_email import EmailServerCredentials
from pydantic import BeforeValidator

from electra_flow.model.fields import ADDRESS

TIMEOUT = 30.0  # seconds to wait for the mail server at each step
PERMANENT = 500  # from this code on a mail server means it; below, «later»


def check_addresses(value: object) -> object:
    """Return what is a list of mail addresses, of one at least.

    Raises:
        ValueError: If it is none; it says what is wrong, in Spanish.
    """
    if not isinstance(value, list):
        raise ValueError(f'tiene que ser una lista, como ["equipo@example.com"], y es {value!r}')
    if not value:
        raise ValueError("la lista está vacía: poné por lo menos una dirección")
    for address in value:
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise ValueError(f"{address!r} no es una dirección de correo")
    return value


Addresses = Annotated[list[str], BeforeValidator(check_addresses)]


class MailError(Exception):
    """Why the mail could not be sent, in Spanish.

    Attributes:
        may_pass: Whether it may work later: the server does not answer, or asks for another try.
        reached_some: Whether some of those whom it goes to have it.
    """

    def __init__(self, reason: str, *, may_pass: bool = False, reached_some: bool = False) -> None:
        super().__init__(reason)
        self.may_pass = may_pass
        self.reached_some = reached_some


def build_message(
    subject: str, html: str, plain: str, sender: str, recipients: Sequence[str]
) -> EmailMessage:
    """Return the message: HTML, and the same as plain text for who does not see it."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return message


def sender_of(server: EmailServerCredentials, block: str) -> str:
    """Return the address that sends: the user of the block.

    Raises:
        MailError: If that user is no address.
    """
    user: str | None = server.username
    if not user or not ADDRESS.fullmatch(user):
        raise MailError(
            f"El usuario del bloque «{block}» no es una dirección: indicá el remitente en "
            "deploy.py."
        )
    return user


def send(message: EmailMessage, server: EmailServerCredentials, block: str) -> None:
    """Send the message.

    Args:
        message: The message.
        server: The mail server and the credentials.
        block: The name of the block that they come from, for the errors.

    Raises:
        MailError: If it cannot be sent; it says why, and what to do.
    """
    host = getattr(server.smtp_server, "value", server.smtp_server)
    where = f"el servidor de correo {host} (bloque «{block}»)"
    try:
        with _socket_timeout(), server.get_server() as connection:
            refused = connection.send_message(message)
    except OSError as error:  # smtplib's as well
        reason = f"No se mandó el correo: {_reason(error, where)}."
        raise MailError(reason, may_pass=_may_pass(error)) from None
    if refused:
        raise MailError(
            f"No se mandó el correo: {where} no aceptó a {', '.join(refused)}; a los demás sí les "
            "llegó.",
            reached_some=True,
        )


def _reason(error: OSError, where: str) -> str:
    """Say why it could not be sent, and what to do."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"{where} rechazó el usuario o la contraseña ({_said(error)})"
        case smtplib.SMTPRecipientsRefused():
            return f"{where} no aceptó a ningún destinatario: {', '.join(error.recipients)}"
        case smtplib.SMTPSenderRefused():
            return f"{where} no aceptó el remitente {error.sender} ({_said(error)})"
        case smtplib.SMTPNotSupportedError():
            return f"{where} no admite lo que pide el bloque; revisá SMTP Type ({error})"
        case smtplib.SMTPResponseException():
            return f"{where} rechazó el correo ({_said(error)})"
        case smtplib.SMTPServerDisconnected() if not isinstance(error.__context__, TimeoutError):
            return f"{where} cortó la conexión; revisá el puerto y SMTP Type ({error})"
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return f"{where} no contestó en {TIMEOUT:g} segundos"
        case smtplib.SMTPException():
            return f"{where} no aceptó el correo ({error})"
        case ssl.SSLCertVerificationError():
            return (
                f"el certificado de {where} no es de confianza ({error.verify_message}); si lo "
                "firmó tu empresa, indicá su archivo en SSL_CERT_FILE, en env de deploy.py"
            )
        case ssl.SSLError():
            return f"{where} no contesta con TLS; revisá el puerto y SMTP Type ({error.reason})"
        case socket.gaierror():
            return f"{where} no existe en la red"
        case ConnectionRefusedError():
            return f"{where} no atiende en ese puerto"
    return f"no hay conexión con {where}: {error}"


def _may_pass(error: OSError) -> bool:
    """Tell whether to try again can help: not if the block or an address is wrong."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code < PERMANENT for code, _ in error.recipients.values())
        case smtplib.SMTPResponseException():
            return error.smtp_code < PERMANENT
    return not isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError)


@contextmanager
def _socket_timeout() -> Iterator[None]:
    """Put a limit on connections, which the block has not."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _said(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{error.smtp_code} {' '.join(text.split())}"
