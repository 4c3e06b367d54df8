"""Make the pictures of the READMEs, each from the real thing, into docs/pictures/.

They show what a user sees who does what the READMEs say, in folders of such a user, with servers and
a mail server on loopback. What tells this machine from another is not in them.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import ROOT
from pictures.user import environment

NAMES = ("two_commands", "interface", "report")


def main(wanted: list[str]) -> int:
    """Make the pictures, or those that are named."""
    if unknown := set(wanted) - set(NAMES):
        print(f"No such picture: {', '.join(unknown)}. There are {', '.join(NAMES)}.")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder, "home"))
        for name in wanted or NAMES:
            place = Path(folder, name).resolve()
            place.mkdir()
            picture = importlib.import_module(f"pictures.{name}").make(place, env)
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size // 1000} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
