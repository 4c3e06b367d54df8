"""Real SMTP servers: with SSL, STARTTLS and neither, and each way that one can refuse."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from prefect_email import EmailServerCredentials

from electra_flow.report import mail
from harness import free_port, mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness import MailServer

pytestmark = pytest.mark.real  # it starts mail servers

SERVERS = ("SSL", "STARTTLS", "INSECURE")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, MailServer]]:
    folder = tmp_path_factory.mktemp("smtp")
    with (
        mail_server(folder, "SSL") as ssl,
        mail_server(folder, "STARTTLS") as starttls,
        mail_server(folder, "INSECURE") as insecure,
    ):
        yield dict(zip(SERVERS, (ssl, starttls, insecure), strict=True))


@pytest.fixture
def trusted(
    servers: dict[str, MailServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their authorities are a company's, which SSL_CERT_FILE names."""
    bundle = tmp_path / "authorities.pem"
    bundle.write_text("".join(server.authority.read_text() for server in servers.values()))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))


def send(**block: Any) -> None:
    message = mail.build_message("a", "<p>a</p>", "a", "prefect@example.com", ["ana@example.com"])
    mail.send(message, EmailServerCredentials(**block), "correo")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("security", SERVERS)
def test_a_mail_is_sent_with_each_kind_of_security(
    servers: dict[str, MailServer], security: str
) -> None:
    send(**servers[security].block(smtp_type=security))
    assert servers[security].mails.pop()["To"] == "ana@example.com"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("server", "block", "reason"),
    [
        ("STARTTLS", {"password": "otra"}, "rechazó el usuario o la contraseña (535"),
        ("INSECURE", {}, "no admite lo que pide el bloque"),
        (
            "STARTTLS",
            {"smtp_type": "INSECURE", "username": None},
            "no aceptó el remitente prefect@example.com (530",
        ),
        ("STARTTLS", {"smtp_type": "SSL"}, "no contesta con TLS"),
    ],
)
def test_a_block_that_does_not_fit_is_told_in_one_line_and_not_tried_again(
    servers: dict[str, MailServer], server: str, block: dict[str, Any], reason: str
) -> None:
    with pytest.raises(mail.MailError) as refused:
        send(**servers[server].block(**block))
    said = str(refused.value)
    assert said.startswith("No se mandó el correo: ") and reason in said
    assert len(said.splitlines()) == 1 and not refused.value.may_pass


def test_a_network_that_fails_is_told_in_one_line_and_tried_again(
    servers: dict[str, MailServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for block, reason in (
            ({"smtp_port": silent.getsockname()[1]}, "no contestó en 0.5 segundos"),
            ({"smtp_port": free_port()}, "no atiende en ese puerto"),
            ({"smtp_server": "correo.invalid"}, "no existe en la red"),
        ):
            with pytest.raises(mail.MailError) as refused:
                send(**servers["STARTTLS"].block(**block))
            assert reason in str(refused.value)
            assert refused.value.may_pass


def test_an_authority_that_is_not_trusted_is_told_with_what_names_it(
    servers: dict[str, MailServer],
) -> None:
    with pytest.raises(mail.MailError, match=r"no es de confianza .* SSL_CERT_FILE") as refused:
        send(**servers["STARTTLS"].block())
    assert not refused.value.may_pass
