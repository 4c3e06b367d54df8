"""After the files are written: the check of the server, the lock, and the first commit.

Runs on cookiecutter's own Python, with the standard library alone and in the new project's
folder. Nothing here may cost the user the project: only `server_check=strict` fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

UNDER_CRUFT = {{ "_repo_dir" not in cookiecutter }}
SERVER_CHECK = {{ cookiecutter.server_check | python }}
POOLS = [{{ cookiecutter.pool_dev | python }}, {{ cookiecutter.pool_prod | python }}]
SECRETS = {{ cookiecutter.secrets | names }}
MODULE = {{ cookiecutter.__module | python }}

LOCK_TIMEOUT = 60  # seconds
GIT_TIMEOUT = 10  # seconds


def check_server() -> bool:
    """Say what is missing on the server, and return whether the project may stay."""
    if SERVER_CHECK == "skip":
        return True
    sys.dont_write_bytecode = True  # the project's own module is imported: leave no trace
    sys.path.insert(0, str(Path.cwd()))
    try:
        settings = {**active_profile(), **os.environ}
    except (OSError, ValueError) as error:
        print(f"No se pudo leer el perfil de Prefect: {error}")
        settings = dict(os.environ)
    if not settings.get("PREFECT_API_URL", "").strip():
        # Said before the import below, which costs more than everything else here.
        print("Sin revisar pools ni secretos: no hay un servidor configurado (PREFECT_API_URL).")
        return SERVER_CHECK == "warn"
    from deployment.server_check import Server, check_server

    server = Server.from_settings(settings)
    findings = check_server(server, POOLS, SECRETS)
    print(f"Servidor de Prefect: {server.shown_url}")
    for finding in findings:
        print(f"  {finding}")
    missing = any(finding.level == "error" for finding in findings)
    return not missing or SERVER_CHECK == "warn"


def active_profile() -> dict[str, str]:
    """Read the settings of Prefect's active profile, as Prefect itself would find it."""
    home = Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect").expanduser()
    path = Path(os.environ.get("PREFECT_PROFILES_PATH") or home / "profiles.toml")
    if not path.is_file():
        return {}
    import tomllib

    profiles = tomllib.loads(path.read_text(encoding="utf-8"))
    name = os.environ.get("PREFECT_PROFILE") or profiles.get("active", "")
    return {key: str(value) for key, value in profiles.get("profiles", {}).get(name, {}).items()}


def lock_dependencies() -> None:
    """Write uv.lock, where uv is there and can."""
    if not shutil.which("uv"):
        return
    try:
        done = run("uv", "lock", "--quiet", timeout=LOCK_TIMEOUT).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        done = False
    if not done:
        print("uv no pudo fijar las dependencias (uv.lock); «uv run» lo va a intentar de nuevo.")


def first_commit() -> None:
    """Make the project a Git repository with one commit, unless it stands in one."""
    if not shutil.which("git") or any((parent / ".git").exists() for parent in Path.cwd().parents):
        return
    try:
        for command in (
            ("-c", "init.defaultBranch=main", "init", "--quiet"),
            ("add", "--all"),
            # Neither hooks nor a passphrase of the user's may stop a generated commit.
            ("commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", "Proyecto generado"),
        ):
            if run("git", *command, timeout=GIT_TIMEOUT).returncode:
                print("Sin primer commit: configurá tu nombre y tu correo en Git y hacelo a mano.")
                return
    except (OSError, subprocess.TimeoutExpired):
        print("Sin primer commit: Git no respondió.")


def run(*command: str, timeout: float) -> subprocess.CompletedProcess[bytes]:
    """Run a command in the project, silent and without a question to anyone."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_DIR")}
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
        env=env,
    )


def main() -> int:
    sys.stdout.reconfigure(errors="replace")
    if UNDER_CRUFT:  # renders into temporary folders, several times; a repository confuses it
        return 0
    if not check_server():
        print("No se generó nada (server_check=strict).")
        return 1
    lock_dependencies()
    first_commit()
    print(f"Listo. Para correr el flujo:\n  cd {Path.cwd().name}\n  uv run src/{MODULE}.py")
    if not shutil.which("uv"):
        print("Falta uv (https://docs.astral.sh/uv/); sin él, seguí «Sin uv» del README.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
