"""What `Flow.from_source` takes for code that travels in an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.runner.storage import RunnerStorage

TOP = "/app"  # in an image; the Dockerfile says so, too
_STEP = "prefect.deployments.steps.set_working_directory"


class ImageStorage:
    """The code as it is here for `from_source`; for a run, a folder of the image that it runs in."""

    pull_interval: int | None = None

    def __init__(self, here: str | Path | RunnerStorage, directory: str) -> None:
        """Name both places.

        Args:
            here: The storage of the source.
            directory: The project's folder in the image.
        """
        self._here = here
        self._directory = directory

    @property
    def destination(self) -> Path:
        """The project's folder in the copy that `Flow.from_source` reads."""
        return Path(self._here) if isinstance(self._here, (str, Path)) else self._here.destination

    def set_base_path(self, path: Path) -> None:
        """Say where a copy goes, if it takes one."""
        if not isinstance(self._here, (str, Path)):
            self._here.set_base_path(path)

    async def pull_code(self) -> None:
        """Copy the code, unless it is a folder's as it is."""
        if not isinstance(self._here, (str, Path)):
            await self._here.pull_code()

    def to_pull_step(self) -> dict[str, Any]:
        """Return what a run does before its code is read: nothing is fetched."""
        return {_STEP: {"directory": self._directory}}


def has_code_in_image(pull_steps: Sequence[dict[str, Any]] | None) -> bool:
    """Tell whether a deployment of the server has its code in an image that was built for it."""
    places = [step.get(_STEP, {}).get("directory", "") for step in pull_steps or ()]
    return len(places) == 1 and (places[0] == TOP or str(places[0]).startswith(f"{TOP}/"))
