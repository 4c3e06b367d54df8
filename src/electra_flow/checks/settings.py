"""The settings that Prefect would use, without importing Prefect, which takes two seconds.

The precedence is that of Prefect's `settings/base.py`: the environment, `.env`, `prefect.toml`,
`pyproject.toml`, the active profile. The post-generation hook reads them too, and everyone waits for
it: what costs milliseconds (pathlib, dataclasses, tomllib) is not imported here.
"""

# ruff: noqa: PTH111, PTH113, PTH118
from __future__ import annotations

import os

from electra_flow.checks.toml_file import TomlError, parse, read_text, table

TYPE_CHECKING = False  # importing `typing` would cost the hook 12 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

# The settings that are looked for in TOML files, by their place in them.
_IN_TOML = {
    ("api", "url"): "PREFECT_API_URL",
    ("api", "key"): "PREFECT_API_KEY",
    ("api", "auth_string"): "PREFECT_API_AUTH_STRING",
    ("api", "ssl_cert_file"): "PREFECT_API_SSL_CERT_FILE",
    ("api", "tls_insecure_skip_verify"): "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
    ("client", "custom_headers"): "PREFECT_CLIENT_CUSTOM_HEADERS",
    ("profiles_path",): "PREFECT_PROFILES_PATH",
}
# The profiles that Prefect has itself (`settings/profiles.toml`).
_BUILT_IN: dict[str, dict[str, str]] = {
    "ephemeral": {},
    "local": {"PREFECT_API_URL": "http://127.0.0.1:4200/api"},
    "test": {},
    "cloud": {},
}


class SettingsError(Exception):
    """Why Prefect's settings cannot be used: one line in Spanish, which names the file or setting."""


class Settings:
    """What Prefect is set to.

    Attributes:
        values: The settings, named like Prefect's environment variables. They hold secrets.
        profile: The active profile's name.
        origin: Where PREFECT_API_URL comes from, in Spanish.
    """

    def __init__(self, values: dict[str, str], profile: str, origin: str) -> None:
        self.values = values
        self.profile = profile
        self.origin = origin

    def __repr__(self) -> str:
        return f"Settings({sorted(self.values)}, {self.profile!r}, {self.origin!r})"


def read_settings(
    folder: Path | str, environ: Mapping[str, str] | None = None, *, quick: bool = False
) -> Settings:
    """Read what Prefect would read, were it started in `folder`.

    Args:
        folder: The working directory, with `.env`, `prefect.toml` and `pyproject.toml`.
        environ: The environment variables; those of this process by default.
        quick: Leave a TOML file of `folder` unparsed that holds the name of none of the settings, so
            that its mistakes are not found: for the hook, which has just written these files.

    Raises:
        SettingsError: If a file cannot be read.
    """
    environ = os.environ if environ is None else environ
    try:
        own = _prefect_s(environ)
        sources = [
            ("de una variable de entorno", own),
            ("de .env, en esta carpeta", _from_env_file(folder, environ)),
            ("de prefect.toml, en esta carpeta", _from_toml(folder, "prefect.toml", quick)),
            ("de pyproject.toml, en esta carpeta", _from_toml(folder, "pyproject.toml", quick)),
        ]
        profile, settings = _active_profile(folder, environ, _merge(sources))
    except TomlError as error:
        raise SettingsError(str(error)) from None
    sources.append(("de este perfil", settings))
    values = _merge(sources)
    origin = "sin PREFECT_API_URL"
    if values.get("PREFECT_API_URL", "").strip():
        origin = "PREFECT_API_URL, " + next(
            origin for origin, settings in sources if "PREFECT_API_URL" in settings
        )
    return Settings(values, profile, origin)


def _merge(sources: list[tuple[str, dict[str, str]]]) -> dict[str, str]:
    """Return all settings; the first source wins, also with an empty one."""
    merged: dict[str, str] = {}
    for _, settings in reversed(sources):
        merged |= settings
    return merged


def _prefect_s(variables: Mapping[str, str]) -> dict[str, str]:
    """Return Prefect's settings of some variables, whose names it reads in either case."""
    upper = ((name.upper(), value) for name, value in variables.items())
    return {name: value for name, value in upper if name.startswith("PREFECT_")}


def _from_env_file(folder: Path | str, environ: Mapping[str, str]) -> dict[str, str]:
    path = os.path.join(folder, ".env")
    text = read_text(path, ".env") if os.path.isfile(path) else None
    if not text:
        return {}
    from electra_flow.checks import env_file

    return _prefect_s(env_file.parse(text, environ))


def _from_toml(folder: Path | str, name: str, quick: bool) -> dict[str, str]:
    text = read_text(os.path.join(folder, name), name)
    if not text or quick and not any(place[-1] in text for place in _IN_TOML):
        return {}
    data = parse(text, name)
    if name == "pyproject.toml":
        data = table(data, "tool", "prefect")
    found: dict[str, str] = {}
    for (*tables, key), variable in _IN_TOML.items():
        value = table(data, *tables).get(key)
        if value is not None:
            found[variable] = _text(value)
    return found


def _active_profile(
    folder: Path | str, environ: Mapping[str, str], settings: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """Return the name and the settings of the active profile.

    As Prefect does, a `~` is not expanded and PREFECT_HOME counts in the environment alone: its
    values come from where they come from for Prefect, or the check would ask another server.
    """
    home = environ.get("PREFECT_HOME")
    path = settings.get("PREFECT_PROFILES_PATH") or os.path.join(
        home or os.path.expanduser(os.path.join("~", ".prefect")), "profiles.toml"
    )
    name = environ.get("PREFECT_PROFILE", "")
    text = read_text(os.path.join(folder, path), path)
    data = parse(text, path) if text is not None else {}
    name = name or str(data.get("active", ""))
    profiles = table(data, "profiles")
    if name in profiles:
        own = table(profiles, name)
        return name, {variable: _text(value) for variable, value in own.items()}
    if name not in _BUILT_IN:
        return "ephemeral", {}
    at_home = not home and not settings.get("PREFECT_PROFILES_PATH")
    # Prefect uses the settings of its own profiles only where it finds no file of the user's.
    return name, _BUILT_IN[name] if text is None and at_home else {}


def _text(value: Any) -> str:
    """Return a value of TOML as it would stand in an environment variable."""
    if not isinstance(value, dict):
        return str(value)
    import json

    return json.dumps(value)
