"""The settings of a run arrive at a worker as they are."""

from __future__ import annotations

import cloudpickle
import pytest
from prefect.context import SettingsContext, serialize_context
from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL, Settings, temporary_settings

from electra_flow.distributed.settings import travelling_settings


def arrived(api_url: str | None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a task, on a worker that has others, and that reads none anew."""
    with travelling_settings(api_url):
        sent = cloudpickle.dumps(serialize_context()["settings_context"])
    monkeypatch.setenv("PREFECT_API_URL", "http://otro/api")
    monkeypatch.setattr(Settings, "__init__", None)
    settings = SettingsContext(**cloudpickle.loads(sent)).settings
    assert isinstance(settings, Settings)
    return settings


def test_those_of_the_run_and_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_settings({PREFECT_API_URL: "http://servidor/api", PREFECT_API_KEY: "clave"}):
        settings = arrived("http://servidor/api", monkeypatch)
    assert settings.api.url == "http://servidor/api"
    assert settings.api.key and settings.api.key.get_secret_value() == "clave"


def test_the_address_of_a_temporary_server(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:8123/api"
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert arrived(url, monkeypatch).api.url == url
