"""Deploying what deploy.py declares, as it does itself, and again when the file changes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from electra_flow.checks.flows_here import FlowsHere
from electra_flow.checks.own_modules import own_modules
from electra_flow.deploying.review import review_code
from electra_flow.deploying.wording import count_errors
from electra_flow.developing.declared import ENVIRONMENT, Declared
from electra_flow.developing.problem import DevError
from electra_flow.model.source import SourceError

if TYPE_CHECKING:
    from electra_flow.checks.flow_import import ImportedFlow
    from electra_flow.deploying.publish import Published
    from electra_flow.developing.terminal import Terminal


def review(declared: Declared, terminal: Terminal) -> Mapping[str, ImportedFlow]:
    """Return the flows by entrypoint, once all is found that is to be said.

    Raises:
        DevError: If something stops a deployment.
    """
    own = declared.own
    flows = FlowsHere({**declared.project.env, **own.env})
    errors = 0
    try:
        with own.source.code():  # the folder has to be there
            for finding in review_code(declared.project, declared.deployments, ENVIRONMENT, flows):
                errors += finding.level == "error"
                if finding.level in ("aviso", "error"):
                    terminal.show(finding)
    except SourceError as problem:
        raise DevError(str(problem)) from None
    if errors:
        raise DevError(f"No se desplegó nada: hay {count_errors(errors)}.")
    return flows.flows


def publish(
    declared: Declared, flows: Mapping[str, ImportedFlow], terminal: Terminal
) -> list[Published]:
    """Deploy all, and say what is on the server and what changed there.

    Raises:
        DevError: If the server or deploy.py itself does not take one.
    """
    from electra_flow.deploying.publish import publish_all, refusal

    done: list[Published] = []
    try:
        for published in publish_all(
            declared.project, declared.deployments, flows, ENVIRONMENT, declared.publish
        ):
            done.append(published)
            terminal.say(f"Desplegado: {published.name} en el work pool «{published.pool}»")
            for change in published.changes:
                terminal.say(f"  Cambia: {change}")
            for change in published.schedule_changes:
                terminal.say(f"  Programación: {change}")
    except Exception as problem:  # whatever Prefect or the server did not take
        name = declared.deployments[len(done)].name_in(ENVIRONMENT)
        raise DevError(refusal(problem, declared.script, [name])) from None
    return done


class Changes:
    """Whether deploy.py, or a module of the project that it imports, is another than before."""

    def __init__(self, script: Path) -> None:
        self._folder = script.parent
        self._seen = _state([script])

    def look_at_imported(self) -> None:
        """Look from now on at what has been imported as well, and at the rest as before.

        What somebody wrote while the file before was read or deployed, is a change.
        """
        self._seen = _state(own_modules(self._folder).values()) | self._seen

    def any(self) -> bool:
        """Tell whether there is a change since the last time that was asked."""
        before = self._seen
        self._seen = before | _state(before)
        return self._seen != before


def _state(files: Iterable[Path]) -> dict[Path, tuple[float, int]]:
    state = {}
    for file in files:
        with contextlib.suppress(OSError):  # an editor replaces it just now
            about = file.stat()
            state[file] = (about.st_mtime, about.st_size)
    return state
