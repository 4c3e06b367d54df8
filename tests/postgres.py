"""A PostgreSQL of the tests' own: in a folder of its own, on a free port of loopback.

Its programs are the machine's: Debian's package «postgresql», which `.ci/run` installs where it is
missing, and GitHub's machines have. (Wheels that bring them are there, of 11 to 16 MB and of one person
each: not worth a dependency that every clone would download.)
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import free_port, wait_until

UNPRIVILEGED = ("postgres", "nobody")  # who runs it where we are root, whom it refuses
USER, PASSWORD = "postgres", "clave-4711"


@dataclass
class Postgres:
    """A running PostgreSQL, and what makes a Prefect server use it."""

    programs: Path
    port: int
    pid: int

    def url(self, user: str = USER, password: str = PASSWORD, database: str = "postgres") -> str:
        return f"postgresql+asyncpg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a server on a database that nobody used."""
        name = f"prefect_{free_port()}"
        self.sql(f"CREATE DATABASE {name}")
        return {"PREFECT_SERVER_DATABASE_CONNECTION_URL": self.url(database=name)}

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run commands as its superuser, and return what they print."""
        command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]
        done = self.program(*command, "--dbname", database, input=text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def program(self, name: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run one of its client programs."""
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER}
        env |= {"PGPASSWORD": PASSWORD, "PATH": os.defpath, "LANG": "C.UTF-8"}
        command = [self.programs / name, *arguments]
        return subprocess.run(command, env=env, capture_output=True, encoding="utf-8", **more)


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None if there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: float(path.parents[1].name),
    )
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL; skip the test where there is none."""
    programs = find_programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL here (apt-get install postgresql)")
    # Not below pytest's folders, which nobody but their owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    options: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, "encoding": "utf-8"}
    secret = folder / "password"
    secret.write_text(PASSWORD, "utf-8")
    if os.geteuid() == 0:
        user = _unprivileged()
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        for path in (folder, secret):
            os.chown(path, user.pw_uid, user.pw_gid)
    port = free_port()
    make = ["-D", folder / "data", "-U", USER, "--pwfile", secret, "-A", "scram-sha-256"]
    make += ["-E", "UTF8", "--locale=C.UTF-8"]
    try:
        made = subprocess.run([programs / "initdb", *make], capture_output=True, **options)
        assert made.returncode == 0, made.stderr
        serve = ["-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder]
        with (folder / "log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [programs / "postgres", *serve], stdout=log, stderr=log, **options
            )
        running = Postgres(programs, port, process.pid)
        try:
            wait_until(lambda: running.program("pg_isready").returncode == 0, "a PostgreSQL", 60)
            yield running
        finally:
            process.send_signal(signal.SIGINT)  # it waits for nobody
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail(f"none of the users {', '.join(UNPRIVILEGED)} is here, and PostgreSQL refuses root")
