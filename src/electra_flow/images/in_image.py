"""A source whose code travels in an image: what is checked of it, and how a run starts in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from electra_flow.checks.finding import Finding, error
from electra_flow.checks.uv_workspace import workspace_above
from electra_flow.checks.work_pool import IMAGE_TYPES
from electra_flow.images.context import DOCKERFILE, has_dockerfile, place_of
from electra_flow.images.engine import check_engine
from electra_flow.images.storage import TOP, ImageStorage
from electra_flow.images.tag import Tag, tag_of_folder
from electra_flow.model.image import Image, as_image
from electra_flow.model.project import Project
from electra_flow.model.source import Source
from electra_flow.sources.folder import require
from electra_flow.sources.git_source import GitSource
from electra_flow.sources.log_folder import log_folder

if TYPE_CHECKING:
    from electra_flow.images.building import ProjectImage

_FIXED = "imagen"  # an environment whose runs stay at their commit, as GitSource says


def with_images(project: Project) -> Project:
    """Return a project whose environments with `image=` have their code there."""
    environments = {
        name: own
        if own.image is None
        else replace(own, source=InImage(own.source, as_image(own.image)))
        for name, own in project.environments.items()
    }
    return replace(project, environments=environments)


class InImage:
    """The code of another source, in an image.

    Attributes:
        folder: The project's folder on this machine.
        secrets: The Secret blocks that deploying takes to reach the code; a run needs none.
        pool_types: The types of work pools that can run it.
        within: The source.
        image: What is declared of the image.
    """

    pool_types: Sequence[str] = IMAGE_TYPES

    def __init__(self, within: Source, image: Image) -> None:
        self.within, self.image = within, image
        self.folder: Path = within.folder
        self.secrets: Sequence[str] = within.secrets

    def code(self) -> AbstractContextManager[Path]:
        """Give the project's folder as it goes into the image."""
        return self.within.code()

    def check(self, env: str, entrypoints: Collection[str]) -> Iterator[Finding]:
        """Check what the source does, what an image takes besides, and the engine that builds it."""
        if isinstance(self.within, GitSource):
            yield from self.within.check(_FIXED, entrypoints)
        else:
            require(self.folder)
        lock = Path(workspace_above(str(self.folder)) or self.folder, "uv.lock")
        if not lock.is_file():
            yield error(f"No está {lock}: la imagen instala lo que dice.", "uv lock")
        if problem := check_engine():
            yield problem
            return
        whose = "del proyecto" if has_dockerfile(self.folder) else "de electra-flow"
        where = (
            "se sube a su registro"
            if self.image.push
            else f"queda en el Docker de esta máquina, que tiene que ser el del worker de {env} (para "
            "otra, push=True)"
        )
        yield Finding(
            "",
            f"El código va en la imagen «{self.image.name}», con el {DOCKERFILE} {whose}; {where}.",
        )

    def storage(self, env: str, entrypoint: str) -> ImageStorage:
        """Return what `Flow.from_source` takes.

        Raises:
            SourceError: If it cannot be said where the project is in the image.
        """
        here = self.within.storage(_FIXED, entrypoint)
        place = place_of(self.folder)
        return ImageStorage(here, TOP if place == "." else f"{TOP}/{place}")

    def job_variables(self, name: str) -> dict[str, Any]:
        """Return nothing of this machine: the image says with what a run starts."""
        return {"env": {"PYTHONUTF8": "1", **log_folder(name)}}

    def deploy_options(self) -> dict[str, Any]:
        """Return what `Flow.deploy` takes besides, the same image for each deployment."""
        return {"image": self.built, "build": True, "push": self.image.push}

    def describe(self, env: str) -> str:
        """Say which code is deployed."""
        if isinstance(self.within, GitSource):
            code = self.within.describe(_FIXED)
        else:
            code = f"la carpeta {self.folder}, como está ahora"
        return f"{code}, en la imagen {self.built.reference}"

    @cached_property
    def built(self) -> ProjectImage:
        """The image, which is built when Prefect asks for it for the first time."""
        from electra_flow.images.building import ProjectImage

        exported = isinstance(self.within, GitSource)
        code = self.within.whole if isinstance(self.within, GitSource) else self.within.code
        return ProjectImage(self.image, *self._tag, code, exported=exported)

    @cached_property
    def _tag(self) -> Tag:
        if isinstance(self.within, GitSource):
            return Tag(self.within.commit, self.within.commit)
        return tag_of_folder(self.folder)
