"""`deploy.py`: in which order things are done. What is checked, merged and said stands beside."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from electra_flow.checks.flow_import import CHANNEL
from electra_flow.checks.settings import SettingsError
from electra_flow.deploying.declaration import read_deployments
from electra_flow.deploying.deploy import deploy
from electra_flow.deploying.mistakes import mistake, tell_mistakes_of_script, unexpected_again
from electra_flow.deploying.options import BATCH, DONE, REFUSED, read_options
from electra_flow.deploying.schedule import schedule
from electra_flow.deploying.wording import complain, prepare_streams
from electra_flow.images.in_image import with_images
from electra_flow.model.source import SourceError

if TYPE_CHECKING:
    from electra_flow.deploying.batch import Batch
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.prepared import Prepared
    from electra_flow.model.project import Project

tell_mistakes_of_script()  # also of what deploy.py declares before it calls `main`


def main(
    project: Project,
    deployments: Callable[[], Sequence[Deployment]],
    publish: Callable[[Prepared], object],
    usage: str | None,
) -> int:
    """Ejecuta `deploy.py`.

    Args:
        project: Lo que comparten los despliegues.
        deployments: Arma la lista de despliegues; se llama acá, para poder explicar sus errores.
        publish: Despliega uno, ya revisado, con el `deploy` de Prefect.
        usage: La ayuda del comando: el texto que encabeza deploy.py.

    Returns:
        El código de salida: 0 si se hizo; 1 si una revisión o el servidor dijeron que no, o si la
        ejecución no terminó bien; 2 si el comando está mal escrito.
    """
    prepare_streams()
    channel = os.environ.pop(CHANNEL, "")
    if channel:  # this is the clean interpreter of another deploy.py
        from electra_flow.checks.import_probe import answer

        answer(channel, project, list(deployments()))
    batch = _batch()
    if batch and not batch.begins(project, sys.argv[1:]):
        return DONE
    options = read_options(sys.argv[1:], project.environments, usage or "")
    try:
        declared = read_deployments(deployments)
    except Exception as error:
        complain(mistake(error, sys.argv[0]))
        return REFUSED
    unexpected_again()
    project = with_images(project)
    try:
        if batch:
            return batch.run(project, declared, publish, options)
        if options.dates:
            return schedule(project, declared, options)
        return deploy(project, declared, publish, options)
    except KeyboardInterrupt:
        complain(
            "Interrumpido. Lo que ya se hizo queda en el servidor, y una ejecución empezada sigue "
            "en su worker."
        )
    except (SettingsError, SourceError) as problem:
        complain(str(problem))
    return REFUSED


def _batch() -> Batch | None:
    """Return the channel to `electra-flow deploy`, where that is who started this."""
    folder = os.environ.pop(BATCH, "")
    if not folder:
        return None
    from electra_flow.deploying.batch import Batch

    return Batch(folder)
