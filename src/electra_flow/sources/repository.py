"""What `Flow.from_source` takes for a private repository, and what a worker does before each run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect.runner.storage import GitRepository

from electra_flow.sources.git import authenticated
from electra_flow.sources.working_copy import WorkingCopy

_NAME = "repositorio"  # the folder of the clone, in the folder of a run


class PrivateRepository(GitRepository):
    """Prefect's `GitRepository`, without the token in the address.

    Prefect's own clones with the token in the address: it stays in `.git/config` and, while it
    clones, in the list of processes.
    """

    def __init__(self, copy: WorkingCopy, *, url: str, ref: str, block: str, file: str) -> None:
        """Name what a run fetches.

        Args:
            copy: The project's folder in a clone of the repository.
            url: The repository's address.
            ref: The commit, or the branch's full name.
            block: The Secret block with the token.
            file: The flow's file in the project.
        """
        super().__init__(url, name=_NAME)
        self._copy = copy
        self._address = url
        self._ref = ref
        self._block = block
        self._file = file

    @property
    def destination(self) -> Path:
        """The project's folder in the copy that `Flow.from_source` reads."""
        return super().destination / self._copy.prefix

    async def pull_code(self) -> None:
        """Copy the commit's code, which is here and is known to be the repository's."""
        self._copy.export(super().destination)

    def to_pull_step(self) -> list[dict[str, Any]]:  # type: ignore[override]  # as RunnerStorage's
        """Return what a worker does before each run."""
        project = f"{_NAME}/{self._copy.prefix}".rstrip("/")
        token = (
            f"{{{{ prefect.blocks.secret.{self._block} }}}}"  # a reference, which the run resolves
        )
        arguments = {
            "url": self._address,
            "ref": self._ref,
            "folder": _NAME,
            "project": project,
            "file": self._file,
            "git_env": authenticated(self._address, token),
        }
        fetch = {
            "setup": Path(__file__).with_name("pull_step.py").read_text(encoding="utf-8"),
            "stmt": "fetch_code(**arguments)",
            "globals": {"arguments": arguments},
            "number": 1,
        }
        return [
            # A step is any function that the worker's own Python can import, with arguments by name,
            # and timeit is the one of the standard library that runs a text. A step of the library
            # would have to be installed in the worker's environment: one that cannot be imported, as
            # one that fails, leaves only «exited with status code: 1» in Prefect's UI; `requires`
            # calls pip at every run, without the token; and a `run_shell_script` is another text on
            # each system's shell.
            {"timeit.timeit": fetch},
            {"prefect.deployments.steps.set_working_directory": {"directory": project}},
        ]
