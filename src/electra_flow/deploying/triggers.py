"""The automations of a deployment's triggers: the events that start it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from electra_flow.deploying.automations import DESCRIPTION
from electra_flow.model.watchdog import OWNER

if TYPE_CHECKING:
    from prefect.events.schemas.automations import AutomationCore

TAG = "trigger:"


def of_triggers(
    full_name: str, deployment_id: UUID, triggers: Sequence[Any]
) -> dict[str, AutomationCore]:
    """Return the automation of each trigger, as Prefect makes it, but with our tags."""
    automations = {}
    for number, trigger in enumerate(triggers, start=1):
        trigger = trigger.model_copy(deep=True)
        trigger.name = trigger.name or f"automatización {number}"
        trigger.set_deployment_id(deployment_id)
        automation = trigger.as_automation()
        tag = f"{TAG}{trigger.name}"
        automation.name = f"{full_name}: {trigger.name}"
        automation.owner_resource = None
        automation.description = automation.description or DESCRIPTION
        automation.tags = [OWNER, full_name, tag]
        automations[tag] = automation
    return automations
