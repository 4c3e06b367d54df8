"""The installed version hands an upgrade over to the code of the version to come.

So a mistake in how projects are upgraded is mended by the next version, also for those whose own
version makes it. Frozen, since any version may call any later one:

- the wheel is unpacked as release.py does (the library into `src/`, `electra_answers/` beside it),
  and both folders come first on the path;
- `python -P -m electra_flow.upgrading FILE` is run in the folder where the user is. FILE is JSON of
  ASCII: `{"wheel": …, "folder": …, "below": …, "check": …, "chosen": …}`. `wheel` is the path of the
  wheel, under its own name; `folder`, that of the project, or the one that has projects `below`;
  `check`, whether nothing is to be changed; `chosen`, whether the user named the version;
- what it prints is for the user, and its exit code is the command's.

What is new gets a key that may be missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from electra_flow.upgrading.release import Release
from electra_flow.upgrading.template import code_of


@dataclass(frozen=True)
class Request:
    """What the user wants; see above."""

    wheel: str
    folder: str
    below: bool
    check: bool
    chosen: bool


def hand_over(release: Release, folder: Path, *, below: bool, check: bool, chosen: bool) -> int:
    """Upgrade with the code of the version to come; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="ef", ignore_cleanup_errors=True) as scratch:
        unpacked = release.unpack(Path(scratch, "code"))
        wheel = Path(scratch, release.name)
        wheel.write_bytes(release.content)
        request = Request(str(wheel), str(folder.resolve()), below, check, chosen)
        file = Path(scratch, "request.json")
        file.write_text(json.dumps(asdict(request)), encoding="ascii")
        command = [sys.executable, "-P", "-m", "electra_flow.upgrading", str(file)]
        process = subprocess.Popen(command, env=code_of(unpacked))
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # it was interrupted too, and puts everything back
                continue


def read_request(file: Path) -> Request:
    """Read what an earlier version wrote."""
    data = json.loads(file.read_text(encoding="ascii"))
    return Request(
        wheel=data["wheel"],
        folder=data["folder"],
        below=data.get("below", False),
        check=data.get("check", False),
        chosen=data.get("chosen", True),
    )
