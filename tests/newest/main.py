"""Generate, test, deploy and run with the newest of everything that the dependencies allow.

When something fails, say which dependency it is: what is newer than in good-newest.txt is held at
the version there, half by half, until one is left (docs/decisions/newest.md).

--lowest        the lowest of what is declared instead, and the newest of everything else
--override REQ  in place of what everybody requires, extras as well: `--override fastapi` tries it
                without its cap
--keep          where all of it works, write the versions into the file of the good ones
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from newest.search import Search, UnexplainedError
from newest.user import User
from newest.versions import differing, good_file, read, write

say = partial(print, flush=True)


def main() -> int:
    """Do it; return 0 if all of it works, and 1 if something does not."""
    parser = argparse.ArgumentParser(
        "run.py newest", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lowest", action="store_true")
    parser.add_argument("--override", action="append", default=[], metavar="REQ")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if options.keep and options.override:
        parser.error("--keep is for versions that nobody overrides")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # nothing is left behind then, either
    file = good_file(options.lowest)
    what = "lowest" if options.lowest else "newest"
    with tempfile.TemporaryDirectory(prefix="newest-", ignore_cleanup_errors=True) as folder:
        user = User(Path(folder).resolve(), lowest=options.lowest, overrides=options.override)
        search = Search(user, read(file), say)
        wrong: list[str] = []
        try:
            search.all_kinds()
        except UnexplainedError as error:
            wrong = [str(error)]
    wrong = search.found + wrong
    for line in wrong:
        # GitHub shows such a line at the head of a run's page, where its mail leads.
        say(f"::error::{line}" if "GITHUB_ACTIONS" in os.environ else f"{what}: {line}")
    if wrong:
        return 1
    if options.keep:
        write(file, search.used, lowest=options.lowest)
    others = [f"{one.name} {search.used[one]}" for one in differing(search.used, search.good)]
    say(f"not as in {file.name} before: {', '.join(others) or 'none'}")
    say(f"{what}: everything works, with {len(search.used)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
