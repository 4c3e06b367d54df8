"""What is left to do by hand, by the answers: on Prefect's server, and to read first."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def needed_on_server(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pools, secrets and other blocks (`type/name`) that a project needs.

    Of each pool, also whether its runs take the code from Git.
    """
    from_git = answers["source"] == "github"
    report = answers["flow_kind"] == "monitoring"
    return {
        "pools": [(answers["pool_dev"], False), (answers["pool_prod"], from_git)],
        "secrets": [answers["github_secret"]] * from_git + answers["secrets"],
        "blocks": ["email-server-credentials/correo-monitoreo"] * report,
    }


def next_steps(answers: Mapping[str, Any]) -> list[str]:
    """Return the last lines that the author sees."""
    read_first = [
        (answers["secrets"], "El flujo usa secretos: antes de correrlo, crealos", "secretos"),
        (
            answers["prefect_logger"] == "consulterscommons",
            "El flujo usa consulterscommons: antes de correrlo, instalalo",
            "logs",
        ),
        (
            answers["source"] == "github",
            "El código de prod sale de GitHub: antes de desplegar, creá el token",
            "token",
        ),
        (
            answers["flow_kind"] == "monitoring",
            "El informe va por correo: antes de desplegar, creá el bloque",
            "informe",
        ),
    ]
    return [
        *(f"{what} (uv run electra-flow docs {page})." for true, what, page in read_first if true),
        "Listo. Para verlo correr:",
        f"  cd {answers['project_slug']}",
        "  uv run electra-flow dev",
    ]
