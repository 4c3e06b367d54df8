"""After the files are written: the check of the server, the lock, and the first commit.

Runs on cookiecutter's own Python, with the standard library alone and in the new project's
folder. Nothing here may cost the user the project: only `server_check=strict` fails. Everyone
waits for it: an import of pathlib or shutil would cost as much as a command of Git.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

UNDER_CRUFT = {{ "_repo_dir" not in cookiecutter }}
SERVER_CHECK = {{ cookiecutter.server_check | python }}
POOLS = [{{ cookiecutter.pool_dev | python }}, {{ cookiecutter.pool_prod | python }}]
SECRETS = {{ cookiecutter.secrets | names }}
TOKENS = {{ [cookiecutter.github_secret] if cookiecutter.source == "github" else [] }}
PRIVATE_LOGGER = {{ cookiecutter.prefect_logger == "consulterscommons" }}
BLOCKS = {{ ["email-server-credentials/correo-monitoreo"] if cookiecutter.flow_kind == "monitoring" else [] }}
MODULE = {{ cookiecutter.__module | python }}

PROJECT = os.getcwd()
LOCK_TIMEOUT = 60  # seconds
GIT_TIMEOUT = 10  # seconds


def check() -> bool:
    """Say what is missing on the server, and return whether the project may stay."""
    if SERVER_CHECK == "skip":
        return True
    sys.dont_write_bytecode = True  # the project's own module is imported: leave no trace
    sys.path.insert(0, PROJECT)
    try:
        settings = {**active_profile(), **os.environ}
    except Exception as error:  # whatever is in that file, it is not worth the project
        print(f"No se pudo leer el perfil de Prefect: {error}")
        settings = dict(os.environ)
    if not settings.get("PREFECT_API_URL", "").strip():
        # Said before the import below, which costs more than everything else here.
        print("No se revisaron pools ni secretos: no hay un servidor configurado (PREFECT_API_URL).")
        return SERVER_CHECK == "warn"
    from deployment.server_check import check_server

    print("Revisión del servidor de Prefect")
    missing = False
    for finding in check_server(settings, POOLS, TOKENS + SECRETS, blocks=BLOCKS):
        missing = missing or finding.level == "error"
        print(f"  {finding}", flush=True)
    return not missing or SERVER_CHECK == "warn"


def active_profile() -> dict[str, str]:
    """Read the settings of Prefect's active profile, as Prefect itself would find it."""
    home = os.environ.get("PREFECT_HOME") or os.path.join("~", ".prefect")
    path = os.environ.get("PREFECT_PROFILES_PATH") or os.path.join(home, "profiles.toml")
    try:
        with open(os.path.expanduser(path), "rb") as file:
            text = file.read().decode("utf-8")
    except FileNotFoundError:
        return {}
    import json
    import tomllib

    profiles = tomllib.loads(text)
    name = os.environ.get("PREFECT_PROFILE") or profiles.get("active", "")
    settings = profiles.get("profiles", {}).get(name, {})
    return {
        key: json.dumps(value) if isinstance(value, dict) else str(value)
        for key, value in settings.items()
    }


def lock_dependencies() -> None:
    """Write uv.lock, so that the first commit has it, where uv is there and can."""
    locked = run("uv", "lock", "--quiet", timeout=LOCK_TIMEOUT)
    if locked is None:
        print("No está uv (https://docs.astral.sh/uv/): instalalo, o seguí «Sin uv» en README.md.")
    elif not locked:
        print("uv no pudo fijar las dependencias (uv.lock); «uv run» lo va a intentar de nuevo.")


def repository() -> str | None:
    """Return the folder of the Git repository that the project stands in, if there is one."""
    ceilings = os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)  # as for Git itself
    folder, outer = PROJECT, None
    while folder != outer and folder not in ceilings:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        folder, outer = os.path.dirname(folder), folder
    return None


def point_conventions_at_project(outer: str) -> None:
    """Make the conventions and the workflow name the project, since both run in `outer`."""
    import json
    import re
    import shlex

    def text(value: str) -> str:  # a string of JSON is one of YAML
        return json.dumps(value, ensure_ascii=False)

    inside = os.path.relpath(PROJECT, outer).replace(os.sep, "/")
    argument = text(shlex.quote(inside))[1:-1]  # the commands stand in double quotes already
    only = f"files: {text(f'^{re.escape(inside)}/')}  # en el repositorio hay más que este proyecto"
    replace(
        ".pre-commit-config.yaml",
        ("--project .", f"--project {argument}"),
        ("--directory .", f"--directory {argument}"),
        ("repos:\n", f"{only}\nrepos:\n"),
    )
    workflow = f".github/workflows/{os.path.basename(PROJECT)}.yml"
    pattern = re.sub(r"[]*?+![\\]", r"\\\g<0>", inside)
    paths = f"    paths: [{text(f'{pattern}/**')}, {text(workflow)}]\n"
    folder = f"defaults:\n  run:\n    working-directory: {text(inside)}\n\n"
    replace(
        workflow,
        ("    branches: [main, master]\n", f"    branches: [main, master]\n{paths}"),
        ("  pull_request:\n", f"  pull_request:\n{paths}"),
        ("jobs:\n", f"{folder}jobs:\n"),
    )
    print(f"Para la CI, mové {inside}/{workflow} a .github/workflows, en la raíz del repositorio.")


def replace(path: str, *changes: tuple[str, str]) -> None:
    """Make changes to the text of a file."""
    with open(path, "r+", encoding="utf-8", newline="\n") as file:
        text = file.read()
        for old, new in changes:
            text = text.replace(old, new)
        file.seek(0)
        file.write(text)
        file.truncate()


def first_commit() -> None:
    """Make the project a Git repository with one commit."""
    # Neither hooks nor a passphrase of the user's may stop a generated commit; tidying up
    # (maintenance) and compressing would only cost time.
    settings = (
        "init.defaultBranch=main",
        "maintenance.auto=false",
        "gc.auto=0",
        "core.looseCompression=0",
    )
    options = [part for setting in settings for part in ("-c", setting)]
    commit = ("commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", "Proyecto generado")
    for command in (("init", "--quiet"), ("add", "--all"), commit):
        done = run("git", *options, *command, timeout=GIT_TIMEOUT)
        if done is None:
            return
        if not done:
            print("Sin primer commit: configurá tu nombre y tu correo en Git y hacelo a mano.")
            return


def run(*command: str, timeout: float) -> bool | None:
    """Run a command in the project, silently and without a question to anyone.

    Returns:
        Whether it succeeded within `timeout` seconds; None if it is not installed.
    """
    outer_repository = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    env = {key: value for key, value in os.environ.items() if key not in outer_repository}
    env.setdefault("UV_SYSTEM_CERTS", "true")  # companies sign the traffic to the registry
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=env,
        )
    except FileNotFoundError:
        return None
    except OSError:
        return False
    # `wait(timeout=…)` polls, which would double the time of these short commands.
    limit = threading.Timer(timeout, process.kill)
    limit.start()
    try:
        return process.wait() == 0
    finally:
        limit.cancel()


def main() -> int:
    """Return the exit code: 1 only if the check is strict and something is missing."""
    sys.stdout.reconfigure(errors="replace")
    if UNDER_CRUFT:  # renders into temporary folders, several times; a repository confuses it
        return 0
    if not check():
        print("No se generó nada (server_check=strict).")
        return 1
    lock_dependencies()
    outer = repository()
    if outer is None:
        first_commit()
    elif outer != PROJECT:
        point_conventions_at_project(outer)
    if SECRETS:
        print("El flujo usa secretos: antes de correrlo, creá los de «Secretos», en README.md.")
    if PRIVATE_LOGGER:
        print("El flujo usa consulterscommons: antes de correrlo, seguí «Logs», en README.md.")
    if TOKENS:
        print("El código sale de GitHub: antes de desplegar, seguí «Token», en README.md.")
    if BLOCKS:
        print("El informe va por correo: antes de desplegar, seguí «El informe», en README.md.")
    print(f"Listo. Para correr el flujo:\n  cd {os.path.basename(PROJECT)}\n  uv run src/{MODULE}.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
