"""Prefect's settings of a run, as its tasks take them to Dask's workers."""

from __future__ import annotations

from typing import Any

from prefect.context import SettingsContext, get_settings_context
from prefect.settings import PREFECT_API_URL


class TravellingSettings(SettingsContext):
    """Settings that arrive as they are.

    Prefect sends them as texts, and reads them anew for each task: 120 ms of processor time of 150.
    """

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:
        """Return them, with the passwords: the tasks ask the same server."""
        return {"profile": self.profile, "settings": self.settings}


def travelling_settings(api_url: str | None) -> TravellingSettings:
    """Return the current settings, for the tasks of a run.

    Args:
        api_url: The run's server. Where none is set, the run has a temporary one; without its
            address, each worker would start another.
    """
    current = get_settings_context()
    settings = current.settings
    if not settings.api.url:
        settings = settings.copy_with_update(updates={PREFECT_API_URL: api_url})
    return TravellingSettings(profile=current.profile, settings=settings)
