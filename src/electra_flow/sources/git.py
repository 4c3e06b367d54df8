"""Running Git: in which environment, with which token, and what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from electra_flow.model.source import SourceError

# What is in Git LFS stays a pointer, for who fetches and for who checks: a worker with git-lfs,
# which comes with Git for Windows, would not know where to fetch it from.
NO_LFS = {"GIT_LFS_SKIP_SMUDGE": "1"}

# A hook of Git sets these, and they are of the repository that it runs for.
OUTER_REPOSITORY = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}

# Git runs a credential.helper that begins with ! in its own sh, on Windows too.
_CREDENTIALS = '!token() { echo username=x-access-token; echo "password=$FLOW_GIT_TOKEN"; }; token'

Done = subprocess.CompletedProcess[str]


def run_git(
    folder: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    given: str = "",
) -> Done:
    """Run Git in a folder, without a question; a refusal raises nothing.

    Args:
        folder: The working directory.
        arguments: The command and its arguments.
        env: Environment variables besides those of this process.
        timeout: Seconds that it may take.
        given: What it reads from its standard input.

    Raises:
        SourceError: If Git is not there, or does not end in time.
    """
    own = {key: value for key, value in os.environ.items() if key not in OUTER_REPOSITORY}
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=own | {"LC_ALL": "C"} | dict(env or {}),
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
        )
    except FileNotFoundError:
        raise SourceError("No está Git (https://git-scm.com/): instalalo.") from None
    except OSError as error:
        raise SourceError(f"No se pudo ejecutar Git: {error.strerror}.") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"Git no terminó en {timeout:g} segundos: {arguments[0]}.") from None


def reason(done: Done) -> str:
    """Return what Git said, in one line."""
    return " ".join(done.stderr.split()) or f"código {done.returncode}"


def authenticated(url: str, token: str) -> dict[str, str]:
    """Return the environment in which Git uses a token, for the server of `url` and no other.

    The token is in no address, no file and no list of processes. Nothing is asked or remembered.
    """
    server = "/".join(url.split("/")[:3])
    settings = [
        ("credential.helper", ""),  # those that are set up, which could ask or keep
        (f"credential.{server}.helper", _CREDENTIALS),
    ]
    env = NO_LFS | {
        "FLOW_GIT_TOKEN": token,
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for index, (key, value) in enumerate(settings):
        env |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return env
