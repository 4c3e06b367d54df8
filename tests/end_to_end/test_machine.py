"""A worker's machine, as `deploy.py` finds it: a real worker's process, a profile that Prefect wrote.

What it says of Windows and of services is tested with played ones (tests/checks/test_machine.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prefect.settings import (
    PREFECT_PROFILES_PATH,
    Profile,
    ProfilesCollection,
    save_profiles,
    temporary_settings,
)

from end_to_end.declared import Declared

if TYPE_CHECKING:
    from harness import Server

pytestmark = pytest.mark.real


def test_a_worker_in_a_terminal_is_a_warning_for_prod_alone(
    declared: Declared, worker_log: Path
) -> None:
    warning = "  aviso  En esta máquina, el worker corre en una terminal"
    assert warning not in declared.deploy("--check").output, "that pool has none"
    declared.pool = "pool-con-worker"
    assert warning in declared.deploy("--check").output
    assert warning not in declared.deploy("--check", "--env", "dev").output


def test_it_says_which_profile_is_used_and_where_the_address_is_from(
    declared: Declared, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    by_variable = declared.done("--check")
    assert (
        "         Perfil de Prefect: ephemeral (PREFECT_API_URL, de una variable de entorno)."
        in by_variable
    )
    monkeypatch.delenv("PREFECT_API_URL")
    nothing = declared.deploy("--check")
    assert "         Perfil de Prefect: ephemeral (sin PREFECT_API_URL)." in nothing.lines
    assert nothing.code == 1
    own = Profile(name="equipo", settings={"PREFECT_API_URL": server.url})
    with temporary_settings({PREFECT_PROFILES_PATH: tmp_path / "profiles.toml"}):
        save_profiles(ProfilesCollection([own], active="equipo"))
    by_profile = declared.done("--check")
    assert "         Perfil de Prefect: equipo (PREFECT_API_URL, de este perfil)." in by_profile
