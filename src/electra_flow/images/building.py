"""Prefect's `DockerImage` of a project: built and pushed once a deploy, its failures told in one line."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO, cast

from prefect.docker import DockerImage
from prefect.utilities.dockerutils import BuildError, PushError

from electra_flow.images.context import DOCKERFILE, has_dockerfile, place_of, write_context
from electra_flow.images.engine import told
from electra_flow.images.progress import Progress
from electra_flow.model.image import Image
from electra_flow.model.source import SourceError


class ProjectImage(DockerImage):
    """The image of a project, which all deployments of one deploy share."""

    def __init__(
        self,
        image: Image,
        tag: str,
        commit: str,
        code: Callable[[], AbstractContextManager[Path]],
        *,
        exported: bool,
    ) -> None:
        """Name it; nothing is built yet.

        Args:
            image: What is declared.
            tag: Its tag.
            commit: The commit, as a run is to tell it; empty if there is none.
            code: Gives the project's folder, as it is to be deployed.
            exported: Whether that is an export of a commit, which holds nothing else.
        """
        self._progress = Progress(sys.stdout)
        ours = {
            "pull": False,
            "rm": True,
            "forcerm": True,
        }  # a base of this machine has no registry
        super().__init__(
            image.name,
            tag,
            DOCKERFILE,
            cast(TextIO, self._progress),
            **ours | dict(image.build_options),
        )
        self._base = image.base or "python:{}.{}-slim".format(*sys.version_info)
        self._commit, self._code, self._exported = commit, code, exported
        self._built = self._pushed = False

    def build(self) -> None:
        """Build it, if it is not built yet.

        Raises:
            SourceError: If it cannot be built: the step, and what it said.
        """
        if self._built:
            return
        begun = time.monotonic()
        with (
            self._code() as project,
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ):
            whose = (
                "el Dockerfile del proyecto"
                if has_dockerfile(project)
                else f"el Dockerfile de electra-flow, sobre {self._base}"
            )
            self._progress.say(f"  Imagen {self.reference}: se construye con {whose}…")
            write_context(project, Path(folder), exported=self._exported, ending=self._ending())
            arguments = {"BASE": self._base, "PROYECTO": place_of(project)}
            arguments |= self.build_kwargs.get("buildargs", {})
            self.build_kwargs |= {"context": folder, "buildargs": arguments}
            try:
                super().build()
            except (BuildError, RuntimeError, OSError) as problem:
                raise SourceError(self._not_built(problem)) from None
        self._progress.say(f"    Construida en {time.monotonic() - begun:.0f} s.")
        self._built = True

    def push(self) -> None:
        """Push it, if it is not pushed yet.

        Raises:
            SourceError: If the registry does not take it.
        """
        if self._pushed:
            return
        begun = time.monotonic()
        self._progress.say(f"  Imagen {self.reference}: se sube al registro…")
        try:
            super().push()
        except (PushError, RuntimeError, OSError) as problem:
            raise SourceError(self._not_pushed(problem)) from None
        self._progress.say(f"    Subida en {time.monotonic() - begun:.0f} s.")
        self._pushed = True

    def _ending(self) -> str:
        """Return what tells a run which image it is in, whatever the rest of the Dockerfile says."""
        return f'ENV ELECTRA_FLOW_COMMIT="{self._commit}" ELECTRA_FLOW_IMAGE="{self.reference}"\n'

    def _not_built(self, problem: Exception) -> str:
        said = _said(problem)
        step = self._progress.step
        if step.command.startswith("FROM"):
            base = step.command.split()[1].replace("${BASE}", self._base)
            return (
                f"No se construyó la imagen {self.reference}: no se pudo usar la de base, «{base}», "
                f"que dice Image(base=…) o el Dockerfile. Docker dijo: {said}"
            )
        if step.number:
            return (
                f"No se construyó la imagen {self.reference}, en el paso {step.number} del Dockerfile "
                f"({step.command}). Dijo: {self._progress.last_words() or said}"
            )
        return f"No se construyó la imagen {self.reference}. Docker dijo: {said}"

    def _not_pushed(self, problem: Exception) -> str:
        said = _said(problem)
        host, slash, _ = self.name.partition("/")
        named = bool(slash) and ("." in host or ":" in host or host == "localhost")
        registry = host if named else "Docker Hub"
        why, mend = "", ""
        if re.search(r"unauthorized|denied|no basic auth|authentication", said, re.IGNORECASE):
            why = f": {registry} no te deja"
            mend = f"Entrá con «docker login{f' {host}' * named}», o revisá el nombre. "
        elif re.search(r"refused|no such host|dial tcp|timeout|lookup", said, re.IGNORECASE):
            why = f": no hay conexión con {registry}"
            mend = "Revisá el nombre y la red. "
        return (
            f"La imagen {self.reference} quedó construida acá y no se subió{why}. {mend}"
            f"Docker dijo: {said}"
        )


def _said(problem: Exception) -> str:
    """Return what Docker said; Prefect says «Docker is not running» of whatever it did not take."""
    cause = problem.__cause__
    return told(cause if isinstance(cause, Exception) else problem)
