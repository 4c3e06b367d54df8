"""What is counted when all is over: lines in the file and in the UI, alerts, pauses."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from under_load.project import MODULE, PAUSED, SLUG
from under_load.runs import CHILD, FAILS, WELL, Fate, Load
from under_load.service import Team

LINE = re.compile(r"<([0-9a-f-]{36}) (\d+)>")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RECOVERED = "Volvió a andar"


@dataclass(frozen=True)
class Lines:
    """What was written, and what of it is where.

    Attributes:
        written: How many lines the runs wrote.
        missing: How many of them are not in the file.
        doubled: How many are there more than once.
        missing_in_ui: How many the server does not have.
    """

    written: int
    missing: int
    doubled: int
    missing_in_ui: int


def count_lines(load: Load) -> Lines:
    """Count the lines of the runs that got to their end."""
    in_file: Counter[tuple[str, int]] = Counter()
    for path in (load.project / "src" / "logs").glob(f"{MODULE}*.log"):
        text = path.read_text("utf-8")
        in_file.update((run, int(number)) for run, number in LINE.findall(text))
    expected = {(run.id, number) for run in load.runs for number in range(load.written(run) or 0)}
    ids = sorted({run for run, _ in expected})
    stored = load.team.all("/logs/filter", {"logs": {"flow_run_id": {"any_": ids}}})
    in_ui = {(run, int(number)) for log in stored for run, number in LINE.findall(log["message"])}
    return Lines(
        written=len(expected),
        missing=len(expected - in_file.keys()),
        doubled=sum(number > 1 for number in in_file.values()),
        missing_in_ui=len(expected - in_ui),
    )


@dataclass(frozen=True)
class Change:
    """A change of a deployment that somebody has to hear of.

    Attributes:
        deployment: The deployment.
        recovered: Whether it is that it went well again.
        runs: The runs, one of which the alert has to name.
    """

    deployment: str
    recovered: bool
    runs: frozenset[str]


def changes(fates: list[Fate]) -> list[Change]:
    """Return what has to be told: each streak of failures once, and the success after it."""
    found = []
    ended = sorted(
        (fate for fate in fates if fate.told and fate.run.kind != CHILD),
        key=lambda fate: (fate.run.deployment, fate.told),
    )
    for deployment, own in groupby(ended, key=lambda fate: fate.run.deployment):
        failing = False
        for well, some in groupby(own, key=lambda fate: fate.state == "COMPLETED"):
            runs = frozenset(fate.run.id for fate in some)
            if not well or failing:
                found.append(Change(deployment, well, runs))
            failing = not well
    return found


def missing_alerts(fates: list[Fate], payloads: list[Any]) -> list[Change]:
    """Return the changes that no message tells."""
    told = [_told(payload) for payload in payloads]
    return [
        change
        for change in changes(fates)
        if not any(change.recovered == recovered and change.runs & ids for recovered, ids in told)
    ]


def repeated_alerts(fates: list[Fate], payloads: list[Any]) -> int:
    """Return how many messages say of a run what another one said."""
    runs = {fate.run.id for fate in fates}
    told = Counter((recovered, id) for recovered, ids in map(_told, payloads) for id in ids & runs)
    return sum(number - 1 for number in told.values())


def _told(payload: Any) -> tuple[bool, frozenset[str]]:
    """Return whether a message tells of a recovery, and the ids of the run that it names."""
    text = json.dumps(payload, ensure_ascii=False)
    return RECOVERED in text, frozenset(ID.findall(text))


def not_well(fates: list[Fate]) -> list[Fate]:
    """Return the runs that were to end by themselves and did not, without the watchdog's doing."""
    wanted = {WELL: "COMPLETED", FAILS: "FAILED"}
    return [
        fate
        for fate in fates
        if fate.run.kind in wanted and fate.state != wanted[fate.run.kind] and not fate.by_watchdog
    ]


# --- What an operator paused ------------------------------------------------------------------------


def pause(team: Team) -> None:
    """Pause a schedule, a deployment and an automation, as an operator does in the UI."""
    quiet = _deployment(team, PAUSED)
    team.api("POST", f"/deployments/{quiet['id']}/pause_deployment")
    for name in (PAUSED, f"{SLUG}-0"):
        deployment = _deployment(team, name)
        schedule = min(deployment["schedules"], key=lambda item: item["schedule"]["cron"])
        path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
        team.api("PATCH", path, {"active": False})
    late = next(item for item in _automations(team) if "late" in item["tags"])
    team.api("PATCH", f"/automations/{late['id']}", {"enabled": False})


def pauses(team: Team) -> set[tuple[str, str, bool]]:
    """Return what is on and what is off."""
    found = {(item["name"], "", item["enabled"]) for item in _automations(team)}
    for deployment in team.all("/deployments/filter", {"flows": {"name": {"any_": [SLUG]}}}):
        found.add((deployment["name"], "paused", deployment["paused"]))
        for item in deployment["schedules"]:
            found.add((deployment["name"], item["schedule"]["cron"], item["active"]))
    return found


def _deployment(team: Team, name: str) -> dict[str, Any]:
    found: dict[str, Any] = team.api("GET", f"/deployments/name/{SLUG}/{name}-prod")
    return found


def _automations(team: Team) -> list[dict[str, Any]]:
    tags = ["deploy.py", f"{SLUG}/{PAUSED}-prod"]
    return team.all("/automations/filter", {"automations": {"tags": {"all_": tags}}})


def log_of(path: Path, text: str) -> int:
    """Return how often a service said something."""
    return path.read_text("utf-8", "replace").count(text) if path.exists() else 0
