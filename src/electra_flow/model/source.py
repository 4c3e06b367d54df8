"""What deploying asks of a source of code; `electra_flow.sources` has the two that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from prefect.runner.storage import RunnerStorage

    from electra_flow.checks.finding import Finding


class SourceError(Exception):
    """Why the code cannot be deployed, with the command that mends it, in Spanish."""


@runtime_checkable
class Source(Protocol):
    """Where each run takes its code from."""

    @property
    def folder(self) -> Path:
        """The project's folder on this machine."""

    @property
    def secrets(self) -> Sequence[str]:
        """The Secret blocks that it takes to reach the code."""

    @property
    def pool_types(self) -> Sequence[str]:
        """The types of work pools whose runs can reach the code, the most usual first."""

    def code(self) -> AbstractContextManager[Path]:
        """Give the project's folder as a worker will see it."""

    def check(self, env: str, entrypoints: Collection[str]) -> Iterator[Finding]:
        """Check that what is deployed is what is seen in this folder."""

    def storage(self, env: str, entrypoint: str) -> str | Path | RunnerStorage:
        """Return what `Flow.from_source` takes; raise SourceError if it no longer holds."""

    def job_variables(self, name: str) -> dict[str, Any]:
        """Return how a run of the project `name` starts: in which environment, with what variables."""

    def describe(self, env: str) -> str:
        """Say in one line which code is deployed, in Spanish."""
