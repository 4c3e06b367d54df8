"""What Git knows of a project that is to be rewritten."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

from migrations.problem import CannotThinError

_STRAY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def require_committed(folder: Path) -> Path:
    """Return the top of a project's repository, if all of the project is in its last commit.

    Raises:
        CannotThinError: It is in no repository, or something there is in no commit: it could be lost.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        raise CannotThinError(
            f"{folder} no está en un repositorio de Git, y así no se podría volver atrás: ahí, "
            "«git init», «git add --all» y «git commit -m Antes»."
        )
    if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
        raise CannotThinError(f"El repositorio de {folder} no tiene ningún commit: hacé uno.")
    # A workflow may stand at the top, and changes with the project.
    paths = (".", ":(top).github/workflows")
    status = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", *paths)
    if status.returncode:
        raise CannotThinError(f"Git no pudo leer {folder}. Dijo: {_reason(status)}")
    changed = [line[3:] for line in status.stdout.decode("utf-8", "replace").splitlines()]
    if changed:
        more = f" y {len(changed) - 1} más" if len(changed) > 1 else ""
        raise CannotThinError(
            f"En {folder} hay cambios sin commit ({changed[0]}{more}): hacé un commit, o sacalos con "
            "«git stash -u», y volvé a empezar."
        )
    return Path(os.path.realpath(os.fsdecode(top.stdout.rstrip(b"\r\n"))))


def tracked(folder: Path) -> dict[str, bytes]:
    """Return the files of a project that Git has, by their path with slashes."""
    listed = _git(folder, "ls-files", "-z", "--", ".").stdout.decode("utf-8", "surrogateescape")
    names = [name for name in listed.split("\0") if name]
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


def as_added(folder: Path) -> dict[str, bytes] | None:
    """Return the files of a project in the commit that added its deploy.py, if there is one."""
    log = _git(folder, "log", "--diff-filter=A", "--format=%H", "--", "deploy.py")
    commits = log.stdout.decode().split()
    if log.returncode or not commits:
        return None
    return files_of(folder, commits[-1])


def files_of(folder: Path, commit: str) -> dict[str, bytes] | None:
    """Return the files of a commit below a folder, as they were committed; None if it is not there."""
    plain = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")
    archive = _git(folder, *plain, "archive", "--format=tar", commit)
    if archive.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        files = [(member.name, tar.extractfile(member)) for member in tar if member.isfile()]
        return {name: file.read() for name, file in files if file}


def ignored(path: Path) -> bool:
    """Tell whether Git is told to leave a file out."""
    return _git(path.parent, "check-ignore", "--quiet", path.name).returncode == 0


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    env = {key: value for key, value in os.environ.items() if key not in _STRAY}
    try:
        return subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=folder,
            env=env | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except FileNotFoundError:
        raise CannotThinError("No está Git (https://git-scm.com/): instalalo.") from None


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    return " ".join(done.stderr.decode("utf-8", "replace").split()) or f"código {done.returncode}"
