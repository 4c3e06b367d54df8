"""A Docker engine of the tests' own, and an image with what Prefect's own has: Python, Git, uv, Prefect.

The engine is Debian's («docker.io»), with a socket, data and processes apart from the machine's own. No
image can be pulled here, so that one is made of Debian's packages, unpacked and not configured
(«mmdebstrap», 14 s; configured ones take 50), and of Prefect as the projects have it. It is kept in the
user's cache: the first time it takes half a minute, later four seconds.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import pytest
from docker.errors import DockerException

from harness import UV, started, wait_until

if TYPE_CHECKING:
    from docker.models.containers import Container

IMAGE = "prefect-de-prueba:1"  # with a tag: a worker pulls what has none, or «latest»
PROGRAMS = ("dockerd", "mmdebstrap")
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # where Debian has them, and a user does not look
CERTIFICATES = Path(
    "/etc/ssl/certs/ca-certificates.crt"
)  # this machine's, which the registry needs
PACKAGES = "base-files,base-passwd,ca-certificates,coreutils,dash,git,libc-bin,python3"
HOOKS = (  # what configuring the packages would have done
    'cd "$1" && cp usr/share/base-passwd/passwd.master etc/passwd',
    'cd "$1" && cp usr/share/base-passwd/group.master etc/group && ln -sf dash usr/bin/sh',
    'cd "$1" && chmod 1777 tmp && rm -rf usr/share/doc usr/share/locale usr/share/man var/lib/apt',
    f'cp {CERTIFICATES} "$1/etc/ssl/certs/"',
    f'mkdir -p "$1/usr/local/bin" && cp {UV} "$1/usr/local/bin/"',
)
ENV = {
    "LANG": "C.UTF-8",
    "PATH": "/opt/prefect/bin:/usr/local/bin:/usr/bin:/bin",
    "SSL_CERT_FILE": str(CERTIFICATES),
    "UV_LINK_MODE": "copy",  # as Prefect's
    "UV_SYSTEM_CERTS": "true",
    "UV_PYTHON_DOWNLOADS": "never",
}
CAPPED = ("fastapi<0.151", "sqlalchemy<2.1")  # as in pyproject.toml
# Importing compiles what a run needs. (Prefect's own image has all of it compiled, which takes longer.)
IMPORTED = "prefect.cli.flow_run, prefect.engine, prefect.runner._workspace_resolver"
INSTALL = f"""set -e
uv venv --quiet /opt/prefect --python /usr/bin/python3
uv pip install --quiet --python /opt/prefect/bin/python "$@"
/opt/prefect/bin/python -c 'import {IMPORTED}'
"""


@dataclass
class Engine:
    """A running Docker engine that has the image.

    Attributes:
        env: What makes a worker, a deploy.py or Docker's own program use it.
        client: A client of it.
    """

    env: dict[str, str]
    client: docker.DockerClient

    def containers(self) -> list[Container]:
        """Return all its containers, those that have ended included."""
        return self.client.containers.list(all=True)


@contextmanager
def docker_engine() -> Iterator[Engine]:
    """Run an engine that has the image, and end it with all its containers; skip where there is none."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
    if missing:
        pytest.skip(f"no {' or '.join(missing)} here (apt-get install docker.io mmdebstrap)")
    if os.geteuid() != 0:
        pytest.skip("only root can run a Docker engine")
    # Not below pytest's folders: a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="docker-", dir=_place()))
    host = f"unix://{folder}/socket"
    places = ("--data-root", folder / "data", "--exec-root", folder / "exec")
    # Without a network of its own: containers have the machine's.
    alone = ("--iptables=false", "--ip6tables=false", "--bridge=none")
    command = ("dockerd", *alone, *places, "--pidfile", folder / "pid", "--host", host)
    log = folder / "dockerd.log"
    try:
        with started(*command, env={"PATH": PATH}, log=log) as process:
            wait_until(lambda: (folder / "socket").exists() or process.poll(), f"an engine ({log})")
            if process.poll():
                pytest.skip(
                    f"no Docker engine runs here: {log.read_text('utf-8').splitlines()[-1]}"
                )
            client = docker.DockerClient(base_url=host, timeout=300)
            wait_until(lambda: _answers(client), f"a Docker engine ({log})")
            engine = Engine({"DOCKER_HOST": host}, client)
            _bring_image(engine)
            yield engine
            for container in engine.containers():
                container.remove(force=True)
            client.close()
    finally:
        # The engine leaves the machine's network mounted, which containers have used.
        subprocess.run(["umount", "--quiet", "--recursive", *(folder / "exec").glob("netns/*")])
        shutil.rmtree(folder)


def _place() -> Path | None:
    """Return the folder of memory, if it has room: a disk takes ten seconds to remove an engine."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 6 * 10**9 else None


def _answers(client: docker.DockerClient) -> bool:
    try:
        return client.ping()
    except DockerException:
        return False


def _bring_image(engine: Engine) -> None:
    """Import the image from the cache, where the first of all test processes leaves it."""
    requirements = [f"prefect=={version('prefect')}", *CAPPED]
    recipe = repr([PACKAGES, HOOKS, ENV, INSTALL, requirements, version("uv")])
    content = hashlib.sha256(recipe.encode() + CERTIFICATES.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "electra-flow-tests"
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / f"image-{content.hexdigest()[:16]}.tar"
    with (cache / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for old in cache.glob("image-*"):
                old.unlink()
            _make_image(engine, requirements, kept)
    name, tag = IMAGE.split(":")
    changes = [f"ENV {variable}={value}" for variable, value in ENV.items()]
    _import(engine, kept, name, tag, changes=changes)


def _import(engine: Engine, file: Path, name: str, tag: str, **options: Any) -> None:
    """Import an image; `import_image_from_file` sends 8 KB at a time, which takes three times as long."""
    with file.open("rb") as content:
        parts = iter(functools.partial(content.read, 2**20), b"")
        engine.client.api.import_image_from_data(parts, name, tag, **options)


def _make_image(engine: Engine, requirements: list[str], kept: Path) -> None:
    """Make the file system of the image, as a tar file."""
    packages = kept.with_suffix(".packages")
    hooks = [f"--extract-hook={hook}" for hook in HOOKS]
    merged = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"
    options = (
        "--quiet",
        "--format=tar",
        "--variant=extract",
        f"--include={PACKAGES}",
        merged,
        *hooks,
    )
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text("utf-8").splitlines()
    )
    suite = release["VERSION_CODENAME"].strip('"')
    command = ("mmdebstrap", *options, suite, str(packages))
    made = subprocess.run(command, env={"PATH": PATH}, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    _import(engine, packages, "packages", "1")
    packages.unlink()
    uv_cache = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True)
    container = engine.client.containers.create(
        "packages:1",
        ["/bin/sh", "-c", INSTALL, "sh", *requirements],
        environment=ENV | {"UV_CACHE_DIR": "/cache"},
        volumes=[f"{uv_cache.stdout.strip()}:/cache"],
        network_mode="host",
    )
    container.start()
    ended: dict[str, Any] = container.wait()
    assert ended["StatusCode"] == 0, container.logs().decode()
    part = kept.with_suffix(".part")
    with part.open("wb") as file:
        file.writelines(container.export())
    part.rename(kept)
    container.remove()
    engine.client.images.remove("packages:1")
