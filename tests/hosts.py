"""Several machines on this one: network namespaces with an address, a name and a link to cut.

They reach this machine and each other, and nothing else: there is no route out of them. Their addresses
are of the range that is set aside for measuring networks (RFC 2544). It takes root and Debian's package
«iproute2», which `.ci/run` installs; elsewhere the tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

NEEDED = ("ip", "unshare", "hostname")


@dataclass
class Host:
    """A machine of its own, as far as the network and its name go; its disk is this machine's.

    Attributes:
        name: What it is called.
        space: Its network namespace.
        link: This machine's end of its cable.
    """

    name: str
    space: str
    link: str

    def command(self, *command: object) -> tuple[str, ...]:
        """Return a command that runs another one there."""
        ip, unshare, hostname = map(str, map(shutil.which, NEEDED))  # its PATH may be another one
        name_and_run = f'{hostname} "$0" && exec "$@"'
        there = (ip, "netns", "exec", self.space, unshare, "--uts", "/bin/sh", "-c", name_and_run)
        return (*there, self.name, *map(str, command))

    def cut(self) -> None:
        """Pull its cable out: nothing is told to anybody."""
        _ip("link", "set", self.link, "down")

    def mend(self) -> None:
        """Put its cable in again."""
        _ip("link", "set", self.link, "up")


@contextmanager
def hosts(*names: str) -> Iterator[tuple[str, list[Host]]]:
    """Make machines; return this one's address, as they see it, and them. Skip where it cannot be."""
    if os.name == "nt" or os.geteuid() != 0 or not all(map(shutil.which, NEEDED)):
        pytest.skip("machines in network namespaces take root and ip (apt-get install iproute2)")
    own = os.getpid()
    net = f"198.18.{own % 256}"
    bridge = f"ef{own}"
    made = [
        Host(name, f"ef{own}-{number}", f"ef{own}h{number}") for number, name in enumerate(names)
    ]
    try:
        try:
            _ip("link", "add", bridge, "type", "bridge")
            for host in made:
                _ip("netns", "add", host.space)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.output.strip()}")
        _ip("address", "add", f"{net}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for number, host in enumerate(made):
            _ip("link", "add", host.link, "type", "veth", "peer", "eth0", "netns", host.space)
            _ip("link", "set", host.link, "master", bridge, "up")
            _ip("-n", host.space, "address", "add", f"{net}.{number + 11}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                _ip("-n", host.space, "link", "set", link, "up")
        yield f"{net}.1", made
    finally:
        for command in (
            *(("netns", "delete", host.space) for host in made),
            ("link", "delete", bridge),
        ):
            subprocess.run(["ip", *command], capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(
        ["ip", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
