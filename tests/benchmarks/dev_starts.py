"""`electra-flow dev`, started and ended again and again, each time a little later: what is left?

The moments go evenly from its first second until its run sleeps, and the ways go round: Ctrl-C, twice
Ctrl-C, a closed terminal, the kill of it, the kill of the `uv run` that started it.

--times N  how often (50)
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from end_to_end.dev import FLOW, SLOW, Dev, started
from harness import ROOT, TOOLS, Project, run, user_environment


def interrupt(dev: Dev) -> None:
    os.killpg(dev.process.pid, signal.SIGINT)


def interrupt_twice(dev: Dev) -> None:
    interrupt(dev)
    time.sleep(0.3)
    if dev.process.poll() is None:
        interrupt(dev)


def close_terminal(dev: Dev) -> None:
    os.killpg(dev.process.pid, signal.SIGHUP)


def kill(dev: Dev) -> None:
    dev.process.kill()


WAYS: dict[str, Callable[[Dev], None]] = {
    "Ctrl-C": interrupt,
    "Ctrl-C twice": interrupt_twice,
    "terminal closed": close_terminal,
    "killed": kill,
    "uv run killed": kill,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    times = parser.parse_args().times
    left = 0
    with tempfile.TemporaryDirectory() as name:
        above = Path(name)
        env = user_environment(above / "user") | {"PATH": os.environ["PATH"]}
        made = run(TOOLS / "cookiecutter", "--no-input", ROOT, cwd=above, env=env)
        assert made.code == 0, made.output
        project = Project(above / "mi-flujo", above / "mi-flujo" / ".venv" / "bin" / "python", env)
        (project.path / FLOW).write_text(SLOW, "utf-8")
        assert run(TOOLS / "uv", "sync", cwd=project.path, env=env).code == 0
        for _ in range(2):  # the first time takes longer, as none of those below does
            begun = time.monotonic()
            with started(project, above) as dev:
                dev.until("durmiendo con")
                longest = time.monotonic() - begun
                interrupt(dev)
                dev.process.wait(60)
        print(f"{longest:.1f} s until its run sleeps", flush=True)
        for number in range(times):
            way = list(WAYS)[number % len(WAYS)]
            moment = 0.2 + (longest - 0.2) * number / max(times - 1, 1)
            before = (TOOLS / "uv", "run") if way == "uv run killed" else ()
            with started(project, above, *before) as dev:
                time.sleep(moment)
                said = dev.said.splitlines()
                WAYS[way](dev)
                try:
                    dev.process.wait(60)
                    dev.assert_nothing_is_left(project)
                    told = "nothing is left"
                except Exception as problem:
                    left += 1
                    told = f"LEFT: {problem}"
            print(
                f"{number + 1}: {way} at {moment:.1f} s («{said[-1] if said else ''}»): {told}",
                flush=True,
            )
    print(f"{left} of {times} left something")
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main())
