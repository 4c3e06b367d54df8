"""The automations of a deployment's alerts: on the change, and only then.

What went wrong tells of itself if something went well since the last time, or the deployment was
deployed. So a failure is told once, whatever fails after it, until a run completes.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from electra_flow.deploying import alert_template
from electra_flow.deploying.automations import DESCRIPTION
from electra_flow.deploying.limits import state_events
from electra_flow.deploying.prepare import alerts_of, owner_of, watchdog_of
from electra_flow.model import alert_text
from electra_flow.model.alert import ANNOUNCER, DEPLOYED, ENDED_BY_WATCHDOG, SHORTEST
from electra_flow.model.alert_tags import RECOVERED, WRONG, data_tags
from electra_flow.model.watchdog import OWNER, ROUND

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse
    from prefect.events.actions import ActionTypes, SendNotification
    from prefect.events.schemas.automations import (
        AutomationCore,
        CompoundTrigger,
        EventTrigger,
        TriggerTypes,
    )

    from electra_flow.model.alert import Alert
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.project import Project

# Prefect repeats what such a block cannot send four times, and each try holds up what its server
# cancels: an automation sends by it only where nothing else does.
SLOW = "custom-webhook/"
EARLIER = timedelta(seconds=10)  # than the limit that would end what is late


@dataclass
class Alerting:
    """What making the alerts of a project's deployments takes."""

    client: SyncPrefectClient
    project: Project
    environment: str
    _ids: dict[str, UUID] = field(default_factory=dict)
    _announcers: list[UUID] | None = None

    def of(
        self, deployment: Deployment, full_name: str, stored: DeploymentResponse
    ) -> dict[str, AutomationCore]:
        """Return the automations of a deployment's alerts.

        Raises:
            prefect.exceptions.ObjectNotFound: If a block is not on the server any more.
        """
        automations: dict[str, AutomationCore] = {}
        for alert in alerts_of(self.project, deployment, self.environment):
            automations |= self._of(alert, deployment, full_name, stored)
        return automations

    def _of(
        self, alert: Alert, deployment: Deployment, full_name: str, stored: DeploymentResponse
    ) -> dict[str, AutomationCore]:
        from prefect.events.schemas.automations import AutomationCore, SequenceTrigger
        from prefect.utilities.urls import url_for

        owner = owner_of(self.project, deployment)
        flow, _, name = full_name.partition("/")
        known = {"flow": flow, "deployment": f"{name} ({self.environment})", "owner": owner or ""}
        late = self._late_after(alert, deployment)
        subject = alert_template.subject(name, late)
        body = alert_template.body(
            known,
            stored.work_pool_name or "",
            self.project.timezone,
            url_for("flow-run", UUID(int=0)),
        )
        action = self._action(alert, stored, subject, body)
        data = data_tags(alert, self.environment, owner, late)
        wrong = AutomationCore(
            name=f"{full_name}: avisar {alert.shown} si deja de andar",
            description=DESCRIPTION,
            tags=[OWNER, full_name, f"{WRONG}{alert.target}", *data],
            trigger=SequenceTrigger(
                triggers=[
                    _any([_completed(stored.id), _deployed(stored.id)]),
                    _any([*_wrong(alert, stored.id), *_late(stored.id, late)]),
                ]
            ),
            actions=[action],
        )
        automations = {f"{WRONG}{alert.target}": wrong}
        if "recovered" in alert.when:
            automations[f"{RECOVERED}{alert.target}"] = AutomationCore(
                name=f"{full_name}: avisar {alert.shown} si vuelve a andar",
                description=DESCRIPTION,
                tags=[OWNER, full_name, f"{RECOVERED}{alert.target}", *data],
                trigger=SequenceTrigger(triggers=[_fired(wrong.name), _completed(stored.id)]),
                actions=[action],
            )
        return automations

    def _late_after(self, alert: Alert, deployment: Deployment) -> timedelta | None:
        """Return how late a run is told to be: before the limit that would end it, at any rate.

        Also where only its end is asked for: the server ends it without a word of why.
        """
        limit = watchdog_of(self.project, deployment).late
        before = None if limit is None else max(limit - EARLIER, SHORTEST)
        if "late" in alert.when:
            return alert.late if before is None else min(alert.late, before)
        return before if "ended" in alert.when else None

    def _action(
        self, alert: Alert, stored: DeploymentResponse, subject: str, body: str
    ) -> ActionTypes:
        """Return what the server does: nothing slow, where somebody else can do it."""
        from prefect.events.actions import DoNothing, RunDeployment, SendNotification

        announcers = self.announcers
        if _is_slow(alert) and announcers and stored.id not in announcers:
            return RunDeployment(source="selected", deployment_id=announcers[0])
        if alert.block is None:
            return DoNothing()
        return SendNotification(block_document_id=self._id(alert.block), subject=subject, body=body)

    def of_silence(
        self, deployment: Deployment, full_name: str, stored: DeploymentResponse
    ) -> list[SendNotification]:
        """Return how the server itself tells that no run of a deployment completes any more.

        Nothing slow, at each period, where there is an announcer: only of the announcer, which
        cannot tell of itself, and of the rounds, which end what a slow receiver holds up.
        """
        from prefect.events.actions import SendNotification

        slow_too = bool({ROUND, ANNOUNCER} & set(stored.tags)) or not self.announcers
        name = full_name.partition("/")[2]
        subject = alert_text.subject("No da señales", name)
        owner = owner_of(self.project, deployment)
        body = alert_text.body(
            {
                "deployment": f"{name} ({self.environment})",
                "error": "hace rato que no termina bien ninguna ejecución",
                "owner": owner or "",
            }
        )
        return [
            SendNotification(
                block_document_id=self._id(alert.block),
                subject=alert_template.literal(subject),
                body=alert_template.literal(body),
            )
            for alert in alerts_of(self.project, deployment, self.environment)
            if alert.block is not None and (slow_too or not _is_slow(alert))
        ]

    def tell_deployed(self, deployment_id: UUID) -> None:
        """Let a deployment count as going well: what fails first, or again, is told."""
        event = {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": DEPLOYED,
            "resource": {"prefect.resource.id": f"prefect.deployment.{deployment_id}"},
            "related": [_deployment(deployment_id)],
            "payload": {},
        }
        self.client.request("POST", "/events", json=[event])

    @property
    def announcers(self) -> list[UUID]:
        """The deployments that send what the server does not, and that are on."""
        if self._announcers is None:
            self._announcers = find_announcers(self.client)
        return self._announcers

    def _id(self, block: str) -> UUID:
        if block not in self._ids:
            self._ids[block] = block_id(self.client, block)
        return self._ids[block]


def _is_slow(alert: Alert) -> bool:
    return alert.block is None or alert.block.startswith(SLOW)


def find_announcers(client: SyncPrefectClient) -> list[UUID]:
    """Return the deployments that send what the server does not, and that are on."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags

    found = client.read_deployments(
        deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[ANNOUNCER]))
    )
    return [
        deployment.id
        for deployment in found
        if not deployment.paused and any(schedule.active for schedule in deployment.schedules)
    ]


def block_id(client: SyncPrefectClient, block: str) -> UUID:
    """Return the id of a block, «type/name»."""
    kind, _, name = block.partition("/")
    return client.read_block_document_by_name(name, kind, include_secrets=False).id


def _wrong(alert: Alert, deployment_id: UUID) -> Iterator[EventTrigger]:
    """Give a trigger for each way in which a run may end badly."""
    states = {  # by the types and names of the states, since an author may name his own
        "failed": {"type": ["FAILED"], "name": ["!TimedOut"]},
        "timed_out": {"name": ["TimedOut"]},
        "crashed": {"type": ["CRASHED"]},
        "ended": {
            "type": ["CANCELLING", "CANCELLED", "CRASHED"],
            "message": list(ENDED_BY_WATCHDOG),
        },
    }
    for when, labels in states.items():
        if when in alert.when:
            yield _state(deployment_id, labels)


def _deployment(deployment_id: UUID) -> dict[str, str]:
    return {
        "prefect.resource.role": "deployment",
        "prefect.resource.id": f"prefect.deployment.{deployment_id}",
    }


def _any(triggers: Sequence[TriggerTypes]) -> CompoundTrigger:
    from prefect.events.schemas.automations import CompoundTrigger

    return CompoundTrigger(require="any", triggers=list(triggers))


def _event(expect: set[str], match: dict[str, Any], **more: Any) -> EventTrigger:
    from prefect.events.schemas.automations import EventTrigger, Posture

    given = {"posture": Posture.Reactive, "threshold": 1, "within": timedelta(0)} | more
    return EventTrigger(expect=expect, match=match, **given)


def _state(deployment_id: UUID, labels: dict[str, list[str]]) -> EventTrigger:
    """Return what fires at each state with certain labels of a run of a deployment."""
    return _event(
        state_events(("*",)),
        {f"prefect.state-{label}": values for label, values in labels.items()},
        match_related=_deployment(deployment_id),
    )


def _completed(deployment_id: UUID) -> EventTrigger:
    return _state(deployment_id, {"type": ["COMPLETED"]})


def _deployed(deployment_id: UUID) -> EventTrigger:
    own = _deployment(deployment_id)
    return _event({DEPLOYED}, {"prefect.resource.id": own["prefect.resource.id"]})


def _late(deployment_id: UUID, within: timedelta | None) -> Iterator[EventTrigger]:
    """Give what fires for a run that does not begin, by the events of the limit `late`."""
    from prefect.events.schemas.automations import Posture

    from electra_flow.deploying.limits import ENDED

    if within is None:
        return
    yield _event(
        state_events(("Running", "Scheduled", *ENDED)),
        {"prefect.resource.id": "prefect.flow-run.*"},
        match_related=_deployment(deployment_id),
        after=state_events(("Late", "Pending")),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        within=within,
    )


def _fired(name: str) -> EventTrigger:
    """Return what fires when an automation of that name does: its id is not known before it is made."""
    return _event({"prefect.automation.triggered"}, {"prefect.resource.name": glob.escape(name)})
