"""What becomes of runs that are stuck, late or lost, and of healthy ones beside them (stories.py)."""

from __future__ import annotations

import os
import time

import pytest

from end_to_end.stories import RUNNING, SILENT, Stories
from harness import wait_until

pytestmark = pytest.mark.real


def test_a_run_that_is_stuck_is_cancelled_with_a_reason_and_its_process_ends(
    stories: Stories,
) -> None:
    assert stories.wait_for("stuck", "Cancelled")[-3:] == ["Running", "Cancelling", "Cancelled"]
    (reason,) = (
        state["message"] for state in stories.history("stuck") if state["name"] == "Cancelling"
    )
    assert reason.startswith(f"Corrió más de {RUNNING} s: ")
    with pytest.raises(ProcessLookupError):
        os.kill(stories.processes["stuck"][0], 0)


@pytest.mark.parametrize("name", ["healthy", "quick"])
def test_a_run_under_its_limit_lives_and_completes(stories: Stories, name: str) -> None:
    assert "Cancelling" not in stories.wait_for(name, "Completed")


def test_the_limit_is_for_each_attempt_of_a_run_that_is_retried(stories: Stories) -> None:
    history = stories.wait_for("retried", "Completed")
    assert history.count("Running") == 2 and "Cancelling" not in history


def test_a_retry_that_is_stuck_is_cancelled(stories: Stories) -> None:
    history = stories.wait_for("stuck_again", "Cancelled")
    assert history[-3:] == ["Running", "Cancelling", "Cancelled"]


def test_a_run_of_another_deployment_is_not_touched(stories: Stories) -> None:
    assert "Cancelling" not in stories.wait_for("without_limit", "Completed")


def test_a_run_that_nobody_starts_is_cancelled_when_it_is_too_late(stories: Stories) -> None:
    assert stories.wait_for("late", "Cancelled") == ["Scheduled", "Late", "Cancelled"]
    assert stories.wait_for("late_without_limit", "Late") == ["Scheduled", "Late"]


def test_a_run_whose_worker_and_process_die_is_marked_as_crashed(stories: Stories) -> None:
    assert stories.wait_for("lost", "Crashed")[-2:] == ["Running", "Crashed"]
    assert "Dejó de dar señales de vida" in stories.state("lost")["message"]


def test_one_that_gives_signs_of_life_lives_longer_than_that_limit(stories: Stories) -> None:
    assert "Crashed" not in stories.wait_for("alive", "Completed")


def test_a_deployment_of_which_no_run_completes_is_noticed_and_one_that_goes_on_is_not(
    stories: Stories,
) -> None:
    server = stories.server
    tags = {"tags": {"all_": ["deploy.py", "historias/callada-prod", "silent"]}}
    (automation,) = server.api("POST", "/automations/filter", {"automations": tags})
    fired = {
        "event": {"name": ["prefect.automation.triggered"]},
        "resource": {"id": [f"prefect.automation.{automation['id']}"]},
    }

    def times() -> int:
        return server.api("POST", "/events/filter", {"filter": fired})["total"]

    before = wait_until(times, "the silence is noticed")
    flow = {"name": "historias"}
    body = {"flow_id": server.api("POST", "/flows/", flow)["id"]}
    query = {"deployments": {"name": {"any_": ["callada-prod"]}}}
    (deployment,) = server.api("POST", "/deployments/filter", query)
    body |= {"deployment_id": deployment["id"]}
    body |= {"state": {"type": "COMPLETED", "name": "Completed"}}
    begun = time.monotonic()
    while time.monotonic() < begun + 4 * SILENT:
        server.api("POST", "/flow_runs/", body)
        time.sleep(2)
    assert times() <= before + 1, "the window that was open already, at most"
