"""The limits of each deployment, as its automations on the server have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.filters import AutomationFilter, AutomationFilterTags
from prefect.events.schemas.automations import Automation, EventTrigger

from electra_flow.model.watchdog import OWNER
from electra_flow.watchdog.pages import all_pages

DEPLOYMENT = "prefect.deployment."


@dataclass(frozen=True)
class Limits:
    """The limits of a deployment whose automations are on.

    Attributes:
        full_name: The deployment: «flow/deployment».
        running: How long a run may run without interruption.
        late: How long it may wait to run, once it is late or taken.
        lost: How long it may give no sign of life.
    """

    full_name: str
    running: timedelta | None = None
    late: timedelta | None = None
    lost: timedelta | None = None

    @property
    def to_cancel(self) -> timedelta:
        """How long a run may be in Cancelling: half, as it comes after a limit that is over."""
        return self.shortest / 2

    @property
    def shortest(self) -> timedelta:
        """The time that is given to what ought to end by itself."""
        return min(time for time in (self.running, self.late, self.lost) if time is not None)


def read_limits(client: SyncPrefectClient) -> dict[UUID, Limits]:
    """Read the limits that hold on the server, by deployment."""
    ours = AutomationFilter(tags=AutomationFilterTags(all_=[OWNER]))
    return limits_of(all_pages(partial(client.read_automations, automations=ours)))


def limits_of(automations: Iterable[Automation]) -> dict[UUID, Limits]:
    """Return the limits of automations; one that is switched off, or is no limit, gives none."""
    times: dict[tuple[UUID, str], dict[str, timedelta]] = {}
    for automation in automations:
        trigger = automation.trigger
        if not automation.enabled or not isinstance(trigger, EventTrigger):
            continue
        deployment_id = _deployment(trigger)
        owner, full_name, limit = [*automation.tags, "", "", ""][:3]
        if owner != OWNER or limit not in ("running", "late", "lost") or deployment_id is None:
            continue
        times.setdefault((deployment_id, full_name), {})[limit] = trigger.within
    return {
        deployment_id: Limits(full_name, **own) for (deployment_id, full_name), own in times.items()
    }


def _deployment(trigger: EventTrigger) -> UUID | None:
    """Return the deployment whose runs a trigger watches; None if it is not one alone."""
    related = trigger.match_related
    if isinstance(related, list):
        return None
    resource = dict(related.items()).get("prefect.resource.id", "")
    ids = [resource] if isinstance(resource, str) else resource
    if len(ids) != 1 or not ids[0].startswith(DEPLOYMENT):
        return None
    try:
        return UUID(ids[0].removeprefix(DEPLOYMENT))
    except ValueError:
        return None
