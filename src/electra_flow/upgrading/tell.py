"""What is said of an upgrade, in Spanish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from electra_flow.generation.pyproject import RECORD
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.release import Release
from electra_flow.upgrading.three_way import NEW, Merged
from electra_flow.upgrading.unit import Unit
from electra_flow.upgrading.upgrade import Outcome, is_at, recorded_of


def told(outcome: Outcome, release: Release) -> list[str]:
    """Return what is said of a project."""
    name = _name(outcome)
    if outcome.problem:
        return [f"{name}: quedó como estaba: {outcome.problem}"]
    if outcome.merged is None:
        return [f"{name}: ya está en {release.version}."]
    lines = [f"{name}: de {_both(outcome.before, release.version)}."]
    return lines + [f"  {line}" for line in _changes(outcome.merged)]


def _changes(merged: Merged) -> Iterable[str]:
    own = [name for name in merged.changed if name != RECORD]
    for what, names in (
        ("Cambiaron", own), ("Nuevos", merged.added), ("Ya no están", merged.gone)
    ):  # fmt: skip
        if names:
            yield f"{what}: {', '.join(names)}."
    for conflict in merged.conflicts:
        yield f"Para decidir: {conflict}"


def _both(before: str, after: str) -> str:
    """Name two versions, as short as tells them apart."""
    short = [version.partition("+")[0] for version in (before, after)]
    return " a ".join(short if short[0] != short[1] else [before, after])


def _name(outcome: Outcome) -> str:
    place = outcome.project.place
    return outcome.project.name if place == "." else place


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what is said at the end: how many there were, and what comes next."""
    upgraded = [outcome for outcome in outcomes if outcome.merged]
    failed = [outcome for outcome in outcomes if outcome.problem]
    if not upgraded and not failed:
        return []
    count = f"{len(upgraded)} de {len(outcomes)} actualizados"
    lines = [count + (f"; {len(failed)} quedaron como estaban." if failed else ".")] * (
        len(outcomes) > 1
    )
    if any(f"{NEW}." in line for each in upgraded if each.merged for line in each.merged.conflicts):
        lines.append(f"De cada X y X{NEW}, dejá uno solo, con lo tuyo y lo nuevo.")
    if upgraded:
        lines.append(
            "Mirá qué cambió con «git diff»; va en un commit, con vendor/ y uv.lock. Lo desplegado "
            "sigue como está hasta el próximo «uv run deploy.py»."
        )
    return lines


def told_behind(units: Iterable[Unit], release: Release) -> tuple[list[str], int]:
    """Return how far behind each project is, a line each, and how many could not be upgraded."""
    lines: list[tuple[str, str]] = []
    problems = 0
    for project in (project for unit in units for project in unit.projects):
        try:
            recorded = recorded_of(project)
            if is_at(project, recorded, release):
                state = f"al día ({release.version})"
            else:
                state = _both(recorded.version, release.version).replace(" a ", " → ")
        except CannotUpgradeError as problem:
            problems += 1
            state = str(problem)
        lines.append((_name(Outcome(project)), state))
    width = max((len(name) for name, _ in lines), default=0)
    return [f"{name:{width}}  {state}" for name, state in lines], problems


def told_removed(paths: Sequence[Path]) -> list[str]:
    return [f"Se fue vendor/{path.name}, que ya no usa nadie." for path in paths]
