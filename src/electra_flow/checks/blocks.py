"""Whether a block is on the server, and how one is created."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from electra_flow.checks.api import Server
from electra_flow.checks.finding import UV_RUN, Finding, error, ok


@dataclass(frozen=True)
class BlockType:
    """What a type of block is called in the UI, and how one is created.

    Attributes:
        title: The type's name.
        module: The Python module that brings it; empty if it is not known.
        create: The code that creates the block NOMBRE without showing what is secret.
    """

    title: str
    module: str = ""
    create: str = ""


BLOCK_TYPES = {
    "secret": BlockType(
        "Secret",
        "prefect.blocks.system",
        "from getpass import getpass; from prefect.blocks.system import Secret; "
        "Secret(value=getpass('Valor: ')).save('NOMBRE')",
    ),
    "email-server-credentials": BlockType(
        "Email Server Credentials",
        "prefect_email",
        "from getpass import getpass; from prefect_email import EmailServerCredentials; "
        "EmailServerCredentials(smtp_server=input('Servidor: '), smtp_type='STARTTLS', "
        "username=input('Usuario: '), password=getpass('Clave: ')).save('NOMBRE')",
    ),
    "ms-teams-webhook": BlockType(
        "Microsoft Teams Webhook",
        "prefect.blocks.notifications",
        "from getpass import getpass; from prefect.blocks.notifications import "
        "MicrosoftTeamsWebhook; MicrosoftTeamsWebhook(url=getpass('URL: ')).save('NOMBRE')",
    ),
    "slack-webhook": BlockType(
        "Slack Webhook",
        "prefect.blocks.notifications",
        "from getpass import getpass; from prefect.blocks.notifications import SlackWebhook; "
        "SlackWebhook(url=getpass('URL: ')).save('NOMBRE')",
    ),
    "custom-webhook": BlockType(
        "Custom Webhook",
        "prefect.blocks.notifications",
        "from getpass import getpass; from prefect.blocks.notifications import "
        "CustomWebhookNotificationBlock; CustomWebhookNotificationBlock(name='NOMBRE', "
        "url=getpass('URL: '), json_data={'subject': '{{subject}}', 'body': '{{body}}'})"
        ".save('NOMBRE')",
    ),
}


def check_block(server: Server, name: str, *, of_alerts: bool = False) -> Finding:
    """Check that a block, «type/name», is on the server; its value is never asked for.

    Args:
        server: The server.
        name: The block.
        of_alerts: Whether it has to be one that notifies.
    """
    kind, _, own_name = name.partition("/")
    block_type = BLOCK_TYPES.get(kind, BlockType(kind))
    what = f"el bloque {block_type.title} «{own_name}»"
    path = f"/block_types/slug/{quote(kind, safe='')}"
    status, block = server.ask(
        f"{path}/block_documents/name/{quote(own_name, safe='')}?include_secrets=false"
    )
    if status == 200 and of_alerts and "notify" not in block["block_schema"]["capabilities"]:
        return error(
            f"El bloque {block_type.title} «{own_name}» no manda avisos: los mandan los de tipo "
            "ms-teams-webhook, slack-webhook, custom-webhook y otros de Prefect.",
            f"{UV_RUN}electra-flow docs alertas",
        )
    if status == 200:
        return ok(f"Bloque {block_type.title} «{own_name}»: existe.")
    if status != 404:
        return refused(what, status)
    page = ""
    if server.url.endswith("/api"):  # Prefect Cloud has its UI at another address
        page = f" Se crea en {server.url.removesuffix('/api')}/blocks/catalog/{kind}/create."
    status, _ = server.ask(path)
    if status == 404:
        register = f"{UV_RUN}prefect block register -m {block_type.module}"
        return error(
            f"Falta {what}, y el servidor todavía no conoce ese tipo de bloque ({kind}).{page}",
            register if block_type.module else "",
        )
    create = ""
    if block_type.create:
        create = f'{UV_RUN}python -c "{block_type.create.replace("NOMBRE", own_name)}"'
    return error(f"Falta {what}.{page}", create)


def refused(what: str, status: int) -> Finding:
    """Say that the server did not let something be checked; status 0 is no answer at all."""
    if status:
        return error(f"El servidor no dejó revisar {what} (HTTP {status}).")
    return error(f"El servidor dejó de contestar al revisar {what}.")
