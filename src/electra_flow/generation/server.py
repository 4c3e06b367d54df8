"""The check of Prefect's server at generation: what is missing there, said before it is needed."""

from __future__ import annotations

import os

from electra_flow.generation.voice import say


def server_has_all(
    folder: str,
    *,
    pools: list[tuple[str, bool]],
    secrets: list[str],
    blocks: list[str],
    strict: bool,
) -> bool:
    """Say what is missing on the server; return whether the project may stay.

    Args:
        folder: Where Prefect's settings are looked for, besides the environment and the profile.
        pools: The work pools that have to be there, and whether their runs take the code from Git.
        secrets: The Secret blocks that have to be there.
        blocks: Other blocks that have to be there, as `type/name`.
        strict: Whether anything that is missing is a reason against the project.
    """
    from electra_flow.checks.settings import SettingsError, read_settings

    try:
        settings = read_settings(folder, quick=True).values
    except SettingsError as error:
        say(f"No se pudo leer la configuración de Prefect: {error}")
        settings = dict(os.environ)
    if not settings.get("PREFECT_API_URL", "").strip():
        # Said before the import below, which costs more than everything else here.
        say("No se revisaron pools ni secretos: no hay un servidor configurado (PREFECT_API_URL).")
        return not strict
    from electra_flow.checks.server import Need, check_needs
    from electra_flow.checks.work_pool import FOLDER_TYPES, GIT_TYPES, PoolUse

    say("Revisión del servidor de Prefect")
    missing = False
    needs = [
        Need("pool", name, use=PoolUse(GIT_TYPES if from_git else FOLDER_TYPES))
        for name, from_git in pools
    ]
    needs += [Need("block", name) for name in (*(f"secret/{one}" for one in secrets), *blocks)]
    for _, finding in check_needs(settings, needs):
        missing = missing or finding.level == "error"
        say(f"  {finding}")
    return not missing or not strict
