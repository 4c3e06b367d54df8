"""Keeping the automations of a deployment, whichever they are: of its limits, triggers or alerts.

Each bears tags that say that it is of deploy.py, of which deployment, and which limit, trigger or alert
it is: so it is found although its content or its name changes, and another's is never touched.
Prefect's own way (`triggers` of `Flow.deploy`) deletes and makes them anew at each deployment: a
switched-off one would come back, and the clocks of what is running would begin again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from electra_flow.model.watchdog import OWNER

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import Automation, AutomationCore

DESCRIPTION = (
    "La mantiene deploy.py, que vuelve a poner lo que se le cambie acá; si se la apaga, sigue "
    "apagada."
)


def owned_automations(client: SyncPrefectClient, deployment_id: UUID) -> list[Automation]:
    """Return what Prefect deletes at the next `deploy`, among what has to do with a deployment."""
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        related = client.read_resource_related_automations(f"prefect.deployment.{deployment_id}")
    except PrefectHTTPStatusError:  # a server without automations
        return []
    return [automation for automation in related if OWNER not in automation.tags]


def restore_automations(client: SyncPrefectClient, before: Sequence[Automation]) -> None:
    """Put back what a `deploy` without triggers deleted, as it was, now nobody's own."""
    from prefect.events.filters import AutomationFilter, AutomationFilterId

    if not before:
        return
    from prefect.events.schemas.automations import AutomationCore

    ids = [automation.id for automation in before]
    found = client.read_automations(automations=AutomationFilter(id=AutomationFilterId(any_=ids)))
    left = {automation.id for automation in found}
    for automation in before:
        if automation.id not in left:
            body = automation.model_dump(exclude={"id", "owner_resource"})
            client.create_automation(AutomationCore.model_validate(body))


def keep_automations(
    client: SyncPrefectClient,
    full_name: str,
    declared: Mapping[str, AutomationCore],
    *,
    left: str | None = None,
) -> list[str]:
    """Leave on the server the automations of a deployment that are declared, and only those.

    One that did not change is not touched, so that the clocks of what is running go on. One that
    somebody switched off in the UI stays off.

    Args:
        client: The client of the API.
        full_name: The deployment: «flow/deployment».
        declared: The automations, by the tag that tells each from the others.
        left: The beginning of the tag of those that stay as they are, declared or not.

    Returns:
        A line for each automation that stays, changes or disappears, in Spanish.

    Raises:
        prefect.exceptions.PrefectHTTPStatusError: If the server refuses one.
    """
    from prefect.events.filters import AutomationFilter, AutomationFilterTags
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        stored = client.read_automations(
            automations=AutomationFilter(tags=AutomationFilterTags(all_=[OWNER, full_name]))
        )
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 404:
            raise
        return ["el servidor no las tiene: nada cancela lo colgado ni lo atrasado"]
    if left is not None:
        stored = [old for old in stored if not any(tag.startswith(left) for tag in old.tags)]
    return _sync(client, full_name, stored, declared)


def _sync(
    client: SyncPrefectClient,
    full_name: str,
    stored: Sequence[Automation],
    declared: Mapping[str, AutomationCore],
) -> list[str]:
    """Make the server have what is declared, by its last tag; say what stays and what changes."""
    lines = []
    for tag, new in declared.items():
        text = _action(new, full_name)
        old = next((old for old in stored if tag in old.tags), None)
        if old is None:
            client.create_automation(new)
            lines.append(f"{text} (nueva)")
            continue
        off = "" if old.enabled else " (sigue apagada)"
        if _content(old) == _content(new):
            lines.append(text + off)
            continue
        new.enabled = old.enabled
        body = new.model_dump(mode="json", exclude={"owner_resource"})  # which only a new one has
        client.request("PUT", "/automations/{id}", path_params={"id": old.id}, json=body)
        before = _action(old, full_name)
        lines.append(f"cambia «{before}»" + f" por «{text}»" * (before != text) + off)
    for old in stored:
        if not declared.keys() & set(old.tags):
            client.delete_automation(old.id)
            lines.append(f"desaparece «{_action(old, full_name)}»")
    return lines


def _action(automation: AutomationCore, full_name: str) -> str:
    """Return what an automation does: its name, without the deployment's."""
    return automation.name.removeprefix(f"{full_name}: ")


def _content(automation: AutomationCore) -> dict[str, object]:
    """Return what deploy.py decides of an automation."""
    return automation.model_dump(include={"name", "description", "tags", "trigger", "actions"})
