"""The versions of packages, and those that are known to work: good-newest.txt, good-lowest.txt.

What an author has installed stands in two environments, which may hold two versions of one package:
the tools (uv, and cookiecutter with what it needs) and the project's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

HEAD = """\
# The versions with which `python3 run.py newest{option}` passed; `--keep` writes them anew.
"""


class Package(NamedTuple):
    """A package of one of the two environments."""

    place: str
    name: str


Versions = dict[Package, str]


def good_file(lowest: bool) -> Path:
    """Return where the versions that are known to work stand."""
    return Path(__file__).with_name(f"good-{'lowest' if lowest else 'newest'}.txt")


def frozen(place: str, text: str) -> Versions:
    """Return the versions in what `pip freeze` says; what is no package of an index is none."""
    return {
        Package(place, name): version for name, version in re.findall(r"(?m)^(\S+)==(\S+)$", text)
    }


def read(path: Path) -> Versions:
    """Return the versions in a file; none where there is no file."""
    found: Versions = {}
    text = path.read_text("utf-8") if path.exists() else ""
    for place, lines in re.findall(r"(?ms)^\[(\w+)\]$(.*?)(?=^\[|\Z)", text):
        found |= frozen(place, lines)
    return found


def write(path: Path, versions: Versions, *, lowest: bool) -> None:
    """Write the versions into a file, sorted, so that a difference is easy to read."""
    text = HEAD.format(option=" --lowest" if lowest else "")
    for place in sorted({package.place for package in versions}, reverse=True):
        own = sorted(package for package in versions if package.place == place)
        text += f"\n[{place}]\n" + "".join(f"{one.name}=={versions[one]}\n" for one in own)
    path.write_text(text, encoding="utf-8", newline="\n")


def differing(now: Versions, good: Versions) -> list[Package]:
    """Return those of `good` that are there now in another version."""
    return [one for one in sorted(good) if one in now and now[one] != good[one]]


def up_to(place: str, versions: Versions) -> list[str]:
    """Return constraints that hold the packages of an environment at these versions.

    At most these: where something else cannot do with one of them, an older one of that else is
    resolved, and not nothing at all.
    """
    return [
        f"{one.name}<={version}" for one, version in sorted(versions.items()) if one.place == place
    ]
