"""The services of the pages «worker» and «servidor»: systemd's own verifier, and Windows' beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest


def block(language: str, start: str, page: str = "worker") -> str:
    """Return the code of a page that starts with a text."""
    text = files("electra_flow").joinpath(f"docs/{page}.md").read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)
    (found,) = (block for block in blocks if block.startswith(start))
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize(
    ("page", "pool"),
    [("worker", "pool-prod"), ("worker", "Producción 2.0"), ("servidor", "")],
)
def test_systemd_s_own_verifier_finds_nothing_in_the_unit(
    tmp_path: Path, page: str, pool: str
) -> None:
    unit = block("ini", "[Unit]", page).replace("pool-prod", pool)
    unit = unit.replace("/opt/prefect-server", "/opt/prefect")
    program = tmp_path / "opt" / ".venv" / "bin" / "prefect"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "prefect-worker-prod.service"

    def verify(text: str) -> tuple[int, str]:
        path.write_text(text.replace("/opt/prefect", str(tmp_path / "opt")), "utf-8")
        command = ["systemd-analyze", "verify", str(path)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        lines = (done.stdout + done.stderr).splitlines()
        about_it = [line for line in lines if path.name in line or "prefect" in line]
        return done.returncode, "\n".join(about_it)

    assert verify(unit) == (0, "")
    assert "Restrat" in verify(unit.replace("Restart=", "Restrat="))[1], "it sees mistakes"
    assert verify(unit.replace("bin/prefect", "bin/perfect"))[0] != 0


def test_the_unit_and_the_windows_service_say_the_same() -> None:
    unit, service = block("ini", "[Unit]"), block("bat", "set S=")
    for setting in ("PREFECT_API_URL=http://servidor-prefect:4200/api", "PYTHONUTF8=1"):
        assert setting in unit and setting in service
    assert "worker start --pool" in unit and "worker start --pool" in service
    settings = dict(re.findall(r"^nssm set %S% (\w+) (.+)$", service, re.M))
    assert settings["Start"] == "SERVICE_DELAYED_AUTO_START"
    assert settings["AppExit"] == "Default Restart"
    assert settings["AppStdout"] == settings["AppStderr"] and settings["AppRotateFiles"] == "1"
    assert settings["AppDirectory"] == r"C:\Prefect"


def test_the_unit_of_the_server_and_its_windows_service_say_the_same() -> None:
    unit, service = block("ini", "[Unit]", "servidor"), block("bat", "set S=", "servidor")
    (command,) = re.findall(r"^ExecStart=\S+/prefect (.+)$", unit, re.M)
    settings = dict(re.findall(r"^nssm set %S% (\w+) (.+)$", service, re.M))
    assert settings["AppParameters"] == f'"{command}"'
    assert settings["Start"] == "SERVICE_DELAYED_AUTO_START"
    assert settings["AppExit"] == "Default Restart"
