"""Prefect's settings, read without Prefect in its own precedence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from electra_flow.checks.settings import SettingsError, read_settings

URL = "PREFECT_API_URL"
# From the weakest to the strongest, with the origin that is said.
SOURCES = {
    "profile": "PREFECT_API_URL, de este perfil",
    "pyproject.toml": "PREFECT_API_URL, de pyproject.toml, en esta carpeta",
    "prefect.toml": "PREFECT_API_URL, de prefect.toml, en esta carpeta",
    ".env": "PREFECT_API_URL, de .env, en esta carpeta",
    "environment": "PREFECT_API_URL, de una variable de entorno",
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose profile «oficina» is active and has an address."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "profiles.toml").write_text(
        'active = "oficina"\n[profiles.casa]\nPREFECT_API_URL = "http://casa/api"\n'
        '[profiles.oficina]\nPREFECT_API_URL = "http://profile/api"\n'
        'PREFECT_API_TLS_INSECURE_SKIP_VERIFY = true\nPREFECT_CLIENT_CUSTOM_HEADERS = {X = "1"}\n',
        "utf-8",
    )
    return {"PREFECT_HOME": str(tmp_path / "home")}


@pytest.mark.parametrize("strongest", SOURCES)
def test_the_precedence_is_prefect_s_and_the_origin_is_said(
    tmp_path: Path, home: dict[str, str], strongest: str
) -> None:
    names = list(SOURCES)
    there = names[: names.index(strongest) + 1]
    if "pyproject.toml" in there:
        text = '[tool.prefect.api]\nurl = "http://pyproject.toml/api"\n'
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    if "prefect.toml" in there:
        (tmp_path / "prefect.toml").write_text('api.url = "http://prefect.toml/api"\n', "utf-8")
    if ".env" in there:
        (tmp_path / ".env").write_text("PREFECT_API_URL=http://.env/api\n", "utf-8")
    if "environment" in there:
        home[URL] = "http://environment/api"
    for quick in (False, True):
        settings = read_settings(tmp_path, home, quick=quick)
        assert settings.values[URL] == f"http://{strongest}/api"
        assert (settings.profile, settings.origin) == ("oficina", SOURCES[strongest])


def test_an_empty_address_is_none_and_hides_the_weaker_ones(
    tmp_path: Path, home: dict[str, str]
) -> None:
    settings = read_settings(str(tmp_path), home | {URL: ""})
    assert settings.values[URL] == "" and settings.origin == "sin PREFECT_API_URL"


def test_the_tables_of_toml_are_the_variables(tmp_path: Path, home: dict[str, str]) -> None:
    (tmp_path / "prefect.toml").write_text(
        '[api]\nkey = "k"\nauth_string = "a:b"\nssl_cert_file = "c.pem"\n'
        'tls_insecure_skip_verify = false\n[client]\ncustom_headers = {Y = "2"}\n',
        "utf-8",
    )
    values = read_settings(tmp_path, home).values
    assert values["PREFECT_API_KEY"] == "k" and values["PREFECT_API_AUTH_STRING"] == "a:b"
    assert values["PREFECT_API_SSL_CERT_FILE"] == "c.pem"
    assert values["PREFECT_API_TLS_INSECURE_SKIP_VERIFY"] == "False"
    assert values["PREFECT_CLIENT_CUSTOM_HEADERS"] == '{"Y": "2"}'


def test_what_a_profile_holds_that_is_no_text_is_as_in_a_variable(
    tmp_path: Path, home: dict[str, str]
) -> None:
    values = read_settings(tmp_path, home).values
    assert values["PREFECT_API_TLS_INSECURE_SKIP_VERIFY"] == "True"
    assert values["PREFECT_CLIENT_CUSTOM_HEADERS"] == '{"X": "1"}'


def test_another_profile_is_chosen_by_a_variable(tmp_path: Path, home: dict[str, str]) -> None:
    settings = read_settings(tmp_path, home | {"PREFECT_PROFILE": "casa"})
    assert (settings.profile, settings.values[URL]) == ("casa", "http://casa/api")


@pytest.mark.parametrize("where", ["environment", ".env", "prefect.toml", "pyproject.toml"])
def test_the_file_of_the_profiles_may_be_elsewhere(
    tmp_path: Path, home: dict[str, str], where: str
) -> None:
    other = tmp_path / "otros.toml"
    other.write_text('active="x"\n[profiles.x]\nPREFECT_API_URL="http://x/api"\n', "utf-8")
    if where == "environment":
        home["PREFECT_PROFILES_PATH"] = "otros.toml"  # from the folder on, as everything
    elif where == ".env":
        (tmp_path / ".env").write_text(f"PREFECT_PROFILES_PATH='{other}'\n", "utf-8")
    elif where == "prefect.toml":
        (tmp_path / where).write_text(f"profiles_path = '{other}'\n", "utf-8")
    else:
        (tmp_path / where).write_text(f"[tool.prefect]\nprofiles_path = '{other}'\n", "utf-8")
    settings = read_settings(tmp_path, home, quick=True)
    assert (settings.profile, settings.values[URL]) == ("x", "http://x/api")


@pytest.mark.parametrize(
    ("variables", "profile", "url"),
    [
        ({}, "ephemeral", None),
        ({"PREFECT_PROFILE": "nadie"}, "ephemeral", None),
        ({"PREFECT_PROFILE": "local"}, "local", "http://127.0.0.1:4200/api"),
        ({"PREFECT_PROFILE": "local", "PREFECT_HOME": "no-hay"}, "local", None),
    ],
)
def test_without_a_file_the_profiles_are_prefect_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables, profile, url
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    settings = read_settings(tmp_path, variables)
    assert (settings.profile, settings.values.get(URL)) == (profile, url)


def test_a_name_of_the_environment_counts_in_either_case_and_others_do_not(tmp_path: Path) -> None:
    environ = {"prefect_api_url": "http://x/api", "PATH": "/bin", "PREFECT_HOME": str(tmp_path)}
    values = read_settings(tmp_path, environ).values
    assert values[URL] == "http://x/api" and "PATH" not in values


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("profiles.toml", "active = [", "profiles.toml no es TOML válido"),
        ("prefect.toml", "[api]\nurl = http://x", "prefect.toml no es TOML válido (línea 2)"),
        ("pyproject.toml", "[tool", "pyproject.toml no es TOML válido (termina antes de tiempo)"),
        (".env", b"PREFECT_API_URL=\xff", ".env no está en UTF-8"),
        ("prefect.toml", b"url = '\xe1'", "prefect.toml no está en UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(
    tmp_path: Path, name: str, text: str | bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as error:
        read_settings(tmp_path, {"PREFECT_HOME": str(tmp_path)})
    assert said in str(error.value) and "\n" not in str(error.value)


def test_in_a_hurry_a_file_without_any_of_the_settings_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "prefect.toml").write_text("[logging", "utf-8")
    assert read_settings(tmp_path, {"PREFECT_HOME": str(tmp_path)}, quick=True).values
    with pytest.raises(SettingsError):
        read_settings(tmp_path, {"PREFECT_HOME": str(tmp_path)})


def test_what_is_secret_is_not_in_what_debugging_shows(tmp_path: Path) -> None:
    environ = {"PREFECT_API_KEY": "clave-4711", "PREFECT_HOME": str(tmp_path)}
    settings = read_settings(tmp_path, environ)
    assert settings.values["PREFECT_API_KEY"] == "clave-4711"
    assert "clave-4711" not in f"{settings!r} {settings}"


def test_the_hook_waits_for_no_module_that_it_does_not_need(tmp_path: Path) -> None:
    """Without a profile and with files of the template's, which hold none of these settings."""
    (tmp_path / "prefect.toml").write_text("[logging]\nextra_loggers = []\n", "utf-8")
    code = (
        "import sys; from electra_flow.checks.settings import read_settings; "
        "print(read_settings('.', {'PREFECT_HOME': '.'}, quick=True).origin); "
        "print({'pathlib', 'json', 'dataclasses', 'tomllib', 'ssl'} & set(sys.modules))"
    )
    # -S: what is in site-packages may import them by itself.
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": ""},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout.splitlines() == ["sin PREFECT_API_URL", "set()"]
